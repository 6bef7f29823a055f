"""Anomaly detectors under one hood: the product's own, and the rules it is measured beside."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly import Block, Verdict, run
from budgetbot.core.anomaly_baseline import robust_z
from budgetbot.core.anomaly_memory import Memory
from budgetbot.core.anomaly_profile import Moment, moment
from budgetbot.core.anomaly_tempo import HOURLY

Floats = npt.NDArray[np.float64]
_REST = 48  # hours
_TOLD = 0.5  # the score of a bucket that is unusual still, and has been told


class Labelled(Protocol):
    """A series as the benchmark outside this repository has it; what it hides from detectors is left out."""

    freq: str
    times: npt.NDArray[np.datetime64]
    values: Floats
    obs: Floats
    price: Floats
    holiday: npt.NDArray[np.bool_]
    floor: float
    _peer: Floats


def detect(series: Labelled) -> dict[str, Floats]:
    """Scores (1 or more is an alarm), expected and band of one series, by the product's own detector."""
    return together([series])[0]


def together(group: Sequence[Labelled]) -> list[dict[str, Floats]]:
    """The same of several series of equal times and peers, in one pass."""
    one = group[0]
    block = Block(
        one.times.astype("datetime64[s]"),
        np.array([each.values for each in group]).T,
        np.array([each.floor for each in group]),
        first=np.array([each.obs for each in group]).T,
        price=np.array([each.price for each in group]).T,
        holiday=one.holiday,
        peers=one._peer,
        hourly=one.freq == "hourly",
    )
    found = run(block)
    told = alarms(found)
    return [
        {"score": told[:, i], "expected": found.expected[:, i], "lo": found.low[:, i], "hi": found.high[:, i]}
        for i in range(len(group))
    ]


def alarms(found: Verdict) -> Floats:
    """The scores of buckets that are told; what is told already counts half an alarm."""
    return np.where((found.score >= 1.0) & ~found.alarm, _TOLD, found.score)


def detect_stream(timestamps: npt.NDArray[np.datetime64], values: Floats) -> Floats:
    """Scores in [0, 1] of any figure in time order; the i-th uses the first i + 1 values.

    Values are gathered into hours; an hour still filling is judged by its mean so far, upwards and downwards alike. The
    score is how rare such a distance has been in this stream, as flat streams have no usual error; after a high one it
    takes a rarer one, or two days."""
    hours = timestamps.astype("datetime64[h]").astype(np.int64)
    out = np.zeros(len(values))
    memory: Memory | None = None
    ranked, inside, low = list[float](), list[float](), 0.0
    held, since = 0.0, 0
    for i, value in enumerate(values.tolist()):
        if i and hours[i] != hours[i - 1]:
            if memory is not None:
                _learn(memory, int(hours[i - 1]), sum(inside) / len(inside) - low)
            inside = []
        inside.append(value)
        if memory is None:
            spread = float(np.ptp(values[: i + 1]))
            if i < 20 or spread == 0.0:
                continue
            low = float(values[: i + 1].min()) - spread
            memory = Memory(np.array([0.5 * spread]), HOURLY)
        distance = _distance(memory, int(hours[i]), sum(inside) / len(inside) - low)
        rare = (len(ranked) - bisect_left(ranked, distance) + 1.0) / (len(ranked) + 1.0)
        insort(ranked, distance)
        score = min(-np.log10(rare) / 6.0, 0.5) + 0.5 * distance / (distance + 10.0)
        left = held * max(1.0 - (int(hours[i]) - since) / _REST, 0.0)
        out[i] = score if score > left else 0.3 * score
        if score > left:
            held, since = score, int(hours[i])
    return out


def _distance(memory: Memory, hour: int, value: float) -> float:
    """In usual errors, of the widest window's or of any other, upwards or downwards."""
    look = memory.look(np.array([max(value, 0.0)]), _place(hour), False)
    away = [abs(float(error[0])) / float(scale[0]) for error, scale in zip(look.errors, look.scales, strict=True)]
    return max(away[:3])


def _learn(memory: Memory, hour: int, value: float) -> None:
    now, spent, never = _place(hour), np.array([max(value, 0.0)]), np.zeros(1, dtype=np.bool_)
    memory.learn(spent, now, memory.look(spent, now, False), never, never, False)


def _place(hour: int) -> Moment:
    return moment(np.datetime64(hour * 3600, "s"), hourly=True)


def ours(block: Block) -> Floats:
    return alarms(run(block))


def plain_z(block: Block) -> Floats:
    """The baseline in the tree."""
    return robust_z(block.settled, _first(block), block.floor, 24 if block.hourly else 1)


def week_mean(block: Block) -> Floats:
    """More than 1.3 times the mean of the last seven days (OptScale, organization_violations/worker.py)."""
    span, first = 7 * (24 if block.hourly else 1), _first(block)
    out = np.zeros_like(block.settled)
    for i in range(span, len(out)):
        out[i] = first[i] / np.maximum(1.3 * block.settled[i - span : i].mean(axis=0), 1e-9)
    return out


def ewma(block: Block) -> Floats:
    """Beyond four usual errors of an exponential mean, and beyond the floor."""
    first, gain = _first(block), 0.2 if not block.hourly else 0.05
    mean, square = block.settled[0].copy(), np.zeros_like(block.settled[0])
    out = np.zeros_like(block.settled)
    for i in range(1, len(out)):
        away = np.abs(first[i] - mean)
        if i >= 10 * (24 if block.hourly else 1):
            out[i] = np.minimum(away / (4.0 * np.sqrt(square) + 1e-9), away / block.floor)
        error = block.settled[i] - mean
        mean, square = mean + gain * error, (1 - gain) * (square + gain * error * error)
    return out


def _first(block: Block) -> Floats:
    return block.settled if block.first is None else block.first
