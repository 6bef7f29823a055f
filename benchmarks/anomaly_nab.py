"""The Numenta Anomaly Benchmark's score of `detect_stream`, from a copy of its corpus; nothing is fitted on it.

Its rules (nab/sweeper.py, https://github.com/numenta/NAB, standard profile): the first flag in a window earns up to 1,
the sooner the more; a window without one costs 1; a flag outside costs up to 0.11. One threshold for the whole corpus,
chosen on it, as for every row of its own table. 0 is a detector that says nothing, 100 a perfect one.
"""

from __future__ import annotations

import json
from math import exp
from pathlib import Path

import numpy as np

from benchmarks.anomaly_stream import detect_stream
from budgetbot.core.anomaly_past import Floats

_FALSE = 0.11


def nab(root: Path) -> float:
    """The corpus at `root` holds `data/` and `labels/combined_windows.json`."""
    windows: dict[str, list[list[str]]] = json.loads((root / "labels" / "combined_windows.json").read_text())
    parts: list[tuple[Floats, Floats, Floats]] = []
    known = 0
    for name, labels in sorted(windows.items()):
        rows = [line.split(",") for line in (root / "data" / name).read_text().splitlines()[1:]]
        times = np.array([row[0].replace(" ", "T") for row in rows], dtype="datetime64[s]")
        scores = detect_stream(times, np.array([float(row[1]) for row in rows]))
        spans = [(np.datetime64(a[:19].replace(" ", "T")), np.datetime64(b[:19].replace(" ", "T"))) for a, b in labels]
        worth, window = _worth(
            times, [(int(np.searchsorted(times, a)), int(np.searchsorted(times, b))) for a, b in spans]
        )
        start = int(min(0.15 * len(times), 0.15 * 5000))
        parts.append((scores[start:], worth[start:], np.where(window >= 0, window + known, -1)[start:]))
        known += len(labels)
    scores, worth, window = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return _best(scores, worth, window, known)


def _worth(times: Floats, spans: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """What a flag at each row earns or costs, and which window it lies in (-1: none)."""
    worth, window = np.full(len(times), -_FALSE), np.full(len(times), -1.0)
    for which, (first, last) in enumerate(spans):
        width = last - first + 1
        for i in range(first, last + 1):
            worth[i], window[i] = _sigmoid(-(last - i + 1) / width) / _sigmoid(-1.0), which
        end = spans[which + 1][0] if which + 1 < len(spans) else len(times)
        for i in range(last + 1, end):
            worth[i] = _FALSE * _sigmoid((i - last) / max(width - 1, 1))
    return worth, window


def _sigmoid(position: float) -> float:
    return -1.0 if position > 3.0 else 2.0 / (1.0 + exp(5.0 * position)) - 1.0


def _best(scores: Floats, worth: Floats, window: Floats, known: int) -> float:
    """Sweep the threshold down, keeping the best sum."""
    earned = np.full(known, -1.0)
    total, best, false = -float(known), -float(known), 0.0
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order].tolist()
    for place, i in enumerate(order.tolist()):
        which = int(window[i])
        if which < 0:
            false += worth[i]
        elif worth[i] > earned[which]:
            total += worth[i] - earned[which]
            earned[which] = worth[i]
        if place + 1 == len(ordered) or ordered[place + 1] != ordered[place]:
            best = max(best, total + false)
    return float(100.0 * (best + known) / (2.0 * known))
