"""How the bot does, for Prometheus: gauges and counters over what stands in the database. It evaluates nothing.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from budgetbot import __version__
from budgetbot.core.model import Severity, Watermark
from budgetbot.core.text import clean
from budgetbot.cycle import Parts
from budgetbot.store.leases import SCHEDULER

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_LONGEST = 500  # characters of a label value
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Samples: TypeAlias = Iterable[tuple[tuple[str, ...], float]]
"""Label values in the order of their family's labels, each with its number."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. `counter`: it only rises."""

    name: str
    says: str
    labels: tuple[str, ...]
    samples: Samples
    counter: bool = False


def exposition(parts: Parts, now: datetime) -> bytes:
    """All metrics, in the text format."""
    from prometheus_client import CollectorRegistry, generate_latest  # nobody else waits for it

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families([*_sources(parts), *_work(parts), *_messages(parts, now), *_state(parts)]))
    return generate_latest(registry)


class _Families:
    """What a registry collects."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Label values are foreign text; of those that become alike by cleaning, the first counts."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        for family in self._families:
            kind = CounterMetricFamily if family.counter else GaugeMetricFamily
            metric = kind(f"budgetbot_{family.name}", family.says, labels=family.labels)
            once: dict[tuple[str, ...], float] = {}
            for values, number in family.samples:
                once.setdefault(tuple(map(_label, values)), number)
            for values, number in once.items():
                metric.add_metric(values, number)
            yield metric


@lru_cache(maxsize=10_000)
def _label(value: str) -> str:
    """Remembered: the next scrape asks for the same ones."""
    return clean(value, _LONGEST)


def _sources(parts: Parts) -> Iterator[Family]:
    marks = [mark for mark in parts.store.ledger.watermarks() if mark.source in parts.source_names]
    labels = ("source", "report")
    through = {_of(mark): mark.complete_to.timestamp() for mark in marks if mark.complete_to}
    yield Family("source_data_through_timestamp_seconds", "Everything before is known.", labels, through.items())
    pulled = {_of(mark): mark.pulled_at.timestamp() for mark in marks if mark.pulled_at}
    yield Family("source_pulled_timestamp_seconds", "When the report was last read whole.", labels, pulled.items())


def _of(mark: Watermark) -> tuple[str, str]:
    return mark.source, mark.report


def _work(parts: Parts) -> Iterator[Family]:
    done = {(job,): at.timestamp() for job, at in parts.store.jobs.last().items()}
    says = "When the job was last done without a failure."
    yield Family("last_success_timestamp_seconds", says, ("job",), done.items())
    held = 1 if parts.store.leases.held(SCHEDULER) else 0
    yield Family("lease_held", "Whether some scheduler holds the lease.", (), [((), held)])
    yield Family("policy_info", "The policy in force.", ("hash",), [((parts.policy.hash,), 1)])
    yield Family("build_info", "The version that runs.", ("version",), [((__version__,), 1)])


def _messages(parts: Parts, now: datetime) -> Iterator[Family]:
    backlog = parts.store.backlog
    waiting = {one.receiver: one for one in backlog.waiting(now)}
    names = sorted({*parts.policy.receivers, *waiting})
    ages = {(n,): max(0.0, (now - waiting[n].since).total_seconds()) if n in waiting else 0.0 for n in names}
    yield Family("outbox_oldest_seconds", "How long the oldest notification waits.", ("receiver",), ages.items())
    counts = {(n,): waiting[n].count if n in waiting else 0 for n in names}
    yield Family("outbox_pending", "Notifications that wait.", ("receiver",), counts.items())
    settled = backlog.settled()
    labels = ("receiver", "reason", "status")
    yield Family("notifications", "Notifications that came to an end.", labels, settled.items(), counter=True)
    failures = backlog.failures()
    says = "Tries that a receiver did not confirm."
    yield Family("notifications_failed", says, ("receiver", "reason"), failures.items(), counter=True)


def _state(parts: Parts) -> Iterator[Family]:
    none = dict.fromkeys(product(("pending", "firing"), (severity.value for severity in Severity)), 0)
    alerts = {**none, **parts.store.alerts.counts()}
    yield Family("alerts", "Open alerts.", ("state", "severity"), alerts.items())
    ratios = [((budget, scope), ratio) for budget, scope, ratio in _used(parts)]
    says = "Spent of the amount in the current period, at the last evaluation; 1 is all of it."
    yield Family("budget_used_ratio", says, ("budget", "scope"), ratios)


def _used(parts: Parts) -> Iterator[tuple[str, str, float]]:
    left = parts.store.jobs.left("evaluate")
    for row in left if isinstance(left, list) else ():
        if isinstance(row, list) and len(row) == 3 and isinstance(row[2], int | float):
            yield str(row[0]), str(row[1]), row[2]
