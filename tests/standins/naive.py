"""The plain way through the past: at every moment a new history of all that was known, and a whole step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.history import Facts, History, Loaded
from budgetbot.core.instant import micros
from budgetbot.core.model import Watermark
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import known_long_ago, remembered
from budgetbot.policy.step import needed, step, usage_needed
from budgetbot.rules.rule import GRACE


def naively(policy: Policy, past: Past, moments: Sequence[datetime]) -> Recorder:
    """What the live cycle would have decided at these moments."""
    policy = remembered(policy)
    directory = Directory(past.directory.entities, policy.labels)
    recorder = Recorder(seen=dict(known_long_ago(policy)))
    for now in moments:
        marks = watermarks(past, now)
        known = history(past, needed(policy, now), now, directory, marks)
        for metric, span in usage_needed(policy, now).items():
            if metric in past.usage:
                known.usage[metric] = history(past.usage[metric], span, now, directory, marks)
        known.loaded = Loaded(policy.hash)
        outcome = step(policy, known, recorder.state(now - GRACE), now)
        recorder.record(outcome.decision, outcome.seen)
    return recorder


def history(past: Past, span: Span, now: datetime, directory: Directory, marks: Sequence[Watermark] = ()) -> History:
    """The rows that start in a span as they were known: sums of all changes until then, and nothing of what is zero."""
    changes = past.changes
    there = (changes.at <= micros(now)) & (changes.start >= micros(span.start)) & (changes.start < micros(span.end))
    keys = np.stack((changes.series, changes.start, changes.end, changes.currency))[:, there]
    amounts = np.stack((changes.billed, changes.estimated, changes.low, changes.high))[:, there]
    rows: dict[tuple[int, ...], list[int]] = {}
    for key, amount in zip(keys.T.tolist(), amounts.T.tolist(), strict=True):
        sums = rows.setdefault(tuple(key), [0, 0, 0, 0])
        rows[tuple(key)] = [a + b for a, b in zip(sums, amount, strict=True)]
    table = np.array([[*key, *sums] for key, sums in rows.items() if any(sums)], dtype=np.int64).reshape(-1, 8)
    known, series = np.unique(table[:, 0], return_inverse=True)
    facts = Facts(series.reshape(-1).astype(np.int64), *np.ascontiguousarray(table[:, 1:].T))
    return History([past.series[i] for i in known], past.currencies, facts, marks, directory)


def watermarks(past: Past, now: datetime) -> list[Watermark]:
    """The latest mark of each report by then; before its first one it is fresh."""
    found: dict[tuple[str, str], Watermark] = {}
    for mark in sorted(past.marks, key=lambda mark: mark.at):
        name = mark.source, mark.report
        before = found.setdefault(name, Watermark(*name, since=now, complete_to=now, pulled_at=now))
        if mark.at <= now:
            since = before.since if before.since != now else mark.at
            found[name] = Watermark(*name, since, mark.complete_to, mark.pulled_at)
    return list(found.values())
