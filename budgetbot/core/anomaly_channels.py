"""The channels of the detector: each gives a score per series, 1 or more being unusual. Pure.

Evidence, money and per cent are ANDed by taking the least of their scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from budgetbot.core.anomaly_memory import Look, Memory
from budgetbot.core.anomaly_past import Floats
from budgetbot.core.anomaly_profile import Moment
from budgetbot.core.anomaly_tempo import Window

_LEAST = 0.3  # of the logarithm: a rise below 35 % is not told
_BEYOND = 1.1  # times the highest of two months: what is not beyond it needs more evidence
_HIDDEN = 1.3
_EARLY = 21  # days
_GONE = 1.6  # of the logarithm: less than a fifth is a drop
_DROP = 4.5  # usual errors
_DEEPER = 1.5  # and beyond the lowest so far


@dataclass(frozen=True)
class Asked:
    """What a bucket is held against beside its past: `price` and `share` turn price-free money into what was seen."""

    now: Moment
    holiday: bool
    price: Floats
    share: Floats
    peers: Floats
    strict: float


def raised(memory: Memory, look: Look, asked: Asked) -> list[Floats]:
    """Per window: above the level, and above what explains it."""
    return [_window(j, one, memory, look, asked) for j, one in enumerate(memory.tempo.windows)]


def _window(j: int, one: Window, memory: Memory, look: Look, asked: Asked) -> Floats:
    own = memory.errors[j]
    total = memory.total(look.spent, one.size)
    line = np.maximum(
        one.sure * look.unsure[j],
        np.maximum(own.highest() + memory.tempo.margin * look.scales[j], memory.tempo.tail * own.highest()),
    )
    line = np.where(total > _BEYOND * _top(j, one, memory), line, _HIDDEN * line) * asked.strict * _early(memory)
    if one.size == 1:
        above = _unexplained(memory, look, asked.now)
        excess = look.spent - memory.money(look.usual)
    else:
        above = look.errors[j] - np.maximum(own.mean(one.weight), 0.0)
        excess = total / one.size * (1.0 - np.exp(-np.maximum(look.errors[j], 0.0)))
    money = excess * asked.price * asked.share / (one.floor * memory.floor)
    score = np.minimum(np.minimum(above / line, above / _LEAST), money)
    return np.where(memory.age < one.age * memory.tempo.per_day, 0.0, score)


def _early(memory: Memory) -> Floats:
    """Times the evidence: the profile of a few days is a guess."""
    days = memory.age / memory.tempo.per_day
    return np.asarray(1.0 + memory.tempo.early * np.maximum(1.0 - days / _EARLY, 0.0))


def _top(j: int, one: Window, memory: Memory) -> Floats:
    """A slow rise is not hidden by its own start; in a young series a ramp would pass for one."""
    tops = memory.sums[j]
    whole = tops.highest()
    if not one.lag:
        return whole
    return np.where(memory.age < memory.tempo.young * memory.tempo.per_day, whole, tops.highest(one.lag))


def _unexplained(memory: Memory, look: Look, now: Moment) -> Floats:
    """Above what the same day of earlier months, and of the last two weeks, would explain."""
    week = 7 * memory.tempo.per_day
    _, either = memory.months.before(now)
    raw, counts = memory.raw.rows, memory.counts.rows
    twice = np.where(counts[-2 * week] > 0, np.minimum(raw[-week], raw[-2 * week]), -np.inf)
    return look.logged - np.maximum(look.usual + either, twice)


def dropped(memory: Memory, look: Look, asked: Asked) -> Floats:
    """Nearly nothing where there should be much: on a business day, or for the second time at a week-end."""
    if asked.holiday:
        return np.zeros_like(look.spent)
    line = np.maximum(_DROP * look.scale, memory.errors[0].lowest() + _DEEPER * look.scale) * asked.strict
    usual = memory.spent.rows[-28 * memory.tempo.per_day :].mean(axis=0)
    much = np.minimum(look.expected, usual) * asked.price * asked.share / (1.5 * memory.floor)
    score = np.minimum(np.minimum(-look.above / line, -look.above / _GONE), much)
    if asked.now.weekday >= 5:
        score = np.where(memory.fell, score, 0.0)
    return np.where(memory.age < memory.tempo.warm * memory.tempo.per_day, 0.0, score)
