"""What differs between days and hours for the anomaly detector: windows, how fast they forget, what is assumed. Pure.

Logarithms throughout: 0.7 is a doubling. Weights and priors by reason, tuned on two worlds and held against others.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log


@dataclass(frozen=True)
class Window:
    """The mean of the last `size` buckets against the level before them.

    `gap`: buckets left out in between, lest a slow rise lifts its own level. `forget`: days after which the level
    counts half. `lag`: buckets after which an error of its own joins what is usual. `prior`: the error that is assumed,
    worth `weight` buckets; `follows`: the power by which it is larger, or smaller, where the next shorter window's is,
    for a series restless from day to day is so from week to week. `sure`: errors, in usual ones, that are told. `age`:
    days of life before it speaks. `floor`: share of the floor that its mean excess must reach; a week of a little is as
    much money as an hour of much."""

    size: int
    gap: int
    forget: float
    lag: int
    prior: float
    weight: float
    sure: float
    age: int
    slow: bool = False
    follows: float = 0.0
    floor: float = 1.0


@dataclass(frozen=True)
class Tempo:
    """Days or hours."""

    per_day: int
    keep: int  # rows of the past
    tops: int  # days over which the highest are remembered
    own: float  # share of a bucket's error that the next one inherits
    errors: float  # days after which own errors count half
    anchor: int  # buckets on one side after which that is the new level
    tail: float  # times the highest own error so far; that of many hours lies further out than that of few days
    margin: float  # usual errors beyond the highest one
    unlikely: float  # nats of evidence that a sparse series needs: more buckets a year have more chances
    settle: int  # buckets unusual at a stretch, after which the same holds
    runs: tuple[int, int]  # rows that make a burst of a sparse series
    warm: int  # days of a past, before which nothing is told
    young: int  # days of life, before which a slow rise must exceed its own start too
    early: float  # more evidence that a newborn asks, by the share of its first three weeks still to come
    windows: tuple[Window, ...]

    @property
    def hourly(self) -> bool:
        return self.per_day > 1


DAILY = Tempo(
    per_day=1,
    keep=63,
    tops=60,
    own=0.25,
    errors=30.0,
    anchor=7,
    tail=1.4,
    margin=1.0,
    unlikely=6.0,
    settle=10,
    runs=(3, 7),
    warm=10,
    young=42,
    early=0.0,
    windows=(
        Window(1, 0, 4.0, 0, 0.15, 4.0, 3.4, 10),
        Window(3, 0, 7.0, 4, 0.11, 8.0, 3.8, 13, follows=0.5, floor=0.6),
        Window(7, 0, 10.0, 14, 0.10, 12.0, 3.0, 24, slow=True, follows=0.7, floor=0.6),
        Window(7, 6, 10.0, 20, 0.13, 14.0, 3.0, 35, slow=True, floor=0.6),
    ),
)
HOURLY = Tempo(
    per_day=24,
    keep=28 * 24,
    tops=60,
    own=0.5,
    errors=14.0,
    anchor=48,
    tail=1.15,
    margin=0.5,
    unlikely=7.5,
    settle=120,
    runs=(12, 72),
    warm=8,
    young=28,
    early=0.3,
    windows=(
        Window(1, 0, 1.5, 0, 0.22, 24.0, 3.7, 8),
        Window(6, 0, 3.0, 12, 0.18, 48.0, 3.8, 9),
        Window(24, 0, 7.0, 48, 0.14, 96.0, 3.5, 10, floor=0.7),
        Window(168, 0, 14.0, 240, 0.10, 168.0, 3.3, 21, slow=True, floor=0.3),
    ),
)


def strictness(target: float) -> float:
    """What the evidence is divided by, for so many false alarms per series and year: 1 at 0.1.

    Tails of spend are heavy: each factor of ten takes a third more evidence, as measured."""
    return max(1.0 - 0.14 * log(max(target, 1e-9) / 0.1), 0.6)
