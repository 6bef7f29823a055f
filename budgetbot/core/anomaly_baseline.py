"""A plain robust z-score with floors: what the detector must beat, and what it is measured beside. Pure."""

from __future__ import annotations

import numpy as np

from budgetbot.core.anomaly_past import Floats

_DAYS = 28
_MAD = 1.4826
_LEAST = 0.3  # of the median: a rise below it is not told
_NOISE = 0.1  # of the median: the least that is taken for the usual scatter


def robust_z(settled: Floats, first: Floats, floor: Floats, per_day: int = 1, line: float = 6.0) -> Floats:
    """Score of each bucket and series, 1 or more being unusual: distance from the median of four weeks before it, in
    median absolute deviations, where it exceeds the floor and 30 %. Zeros for the first ten days."""
    out = np.zeros_like(settled)
    for i in range(10 * per_day, len(settled)):
        past = settled[max(0, i - _DAYS * per_day) : i]
        middle = np.median(past, axis=0)
        scatter = np.maximum(_MAD * np.median(np.abs(past - middle), axis=0), _NOISE * middle + 0.02 * floor)
        away = np.abs(first[i] - middle)
        out[i] = np.minimum(np.minimum(away / scatter / line, away / floor), away / (_LEAST * middle + 1e-9 * floor))
    return out
