"""Anomaly detectors under one hood: the product's own, and the rules it is measured beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.anomaly_stream import detect_stream as detect_stream  # under this hood too
from budgetbot.core.anomaly import Block, Verdict, run
from budgetbot.core.anomaly_baseline import robust_z

Floats = npt.NDArray[np.float64]
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
    found = run(block_of(group))
    told = alarms(found)
    return [
        {"score": told[:, i], "expected": found.expected[:, i], "lo": found.low[:, i], "hi": found.high[:, i]}
        for i in range(len(group))
    ]


def block_of(group: Sequence[Labelled]) -> Block:
    """Series of equal times and peers side by side."""
    one = group[0]
    return Block(
        one.times.astype("datetime64[s]"),
        np.array([each.values for each in group]).T,
        np.array([each.floor for each in group]),
        first=np.array([each.obs for each in group]).T,
        price=np.array([each.price for each in group]).T,
        holiday=one.holiday,
        peers=one._peer,
        hourly=one.freq == "hourly",
    )


def alarms(found: Verdict) -> Floats:
    """The scores of buckets that are told; what is told already counts half an alarm."""
    return np.where((found.score >= 1.0) & ~found.alarm, _TOLD, found.score)


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


def litellm(block: Block) -> Floats:
    """Today so far is at least $10, and more than three times the mean of the seven days before it, or those are 0.

    Its `user_spend_anomalies` at their defaults: there per user, looked at hourly and told once a day. As in
    litellm/integrations/SlackAlerting/user_spend_alerts.py of https://pypi.org/project/litellm/1.109.1/ (opt-in)."""
    per_day, first = 24 if block.hourly else 1, _first(block)
    out = np.zeros_like(block.settled)
    for start in range(0, len(out), per_day):
        mean = block.settled[max(0, start - 7 * per_day) : start].sum(axis=0) / 7.0
        today = first[start : start + per_day].cumsum(axis=0)
        times = np.where(mean > 0.0, today / np.maximum(3.0 * mean, 1e-9), np.inf)
        score = np.minimum(today / 10.0, times)
        told = np.maximum.accumulate(score >= 1.0, axis=0)
        told[1:], told[0] = told[:-1].copy(), False
        out[start : start + per_day] = np.where(told, np.minimum(score, _TOLD), score)
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


RULES: Mapping[str, Callable[[Block], Floats]] = {
    "ours": ours,
    "robust z, floors": plain_z,
    "EWMA, floor": ewma,
    "7-day mean x 1.3": week_mean,
    "LiteLLM": litellm,
}
"""By the name that tables show; each gives a score by bucket and series, 1 or more being an alarm."""
