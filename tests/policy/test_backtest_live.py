"""What a backtest says is what was said: the live pipeline over some days, hour by hour, and the same days again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from budgetbot.app import REGISTRIES
from budgetbot.core.directory import Directory
from budgetbot.core.model import Alert, Bucket, CostLine, Entity, Series, UsageRow
from budgetbot.core.period import Span
from budgetbot.core.replay_ledger import Ledger
from budgetbot.cycle import Parts, evaluate, pull_all
from budgetbot.errors import SourceError
from budgetbot.policy.backtest import hours, metrics, reach
from budgetbot.policy.load import load_policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import Rehearsal, known_long_ago, remembered
from budgetbot.sources import Grain, Report
from budgetbot.store import Store
from tests.standins.inbox import Inbox
from tests.standins.spend import utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE = Span(utc("2026-10-31"), utc("2026-11-02T18:00"))
SPEND = {"research": 3, "web": 1, "ci": 2}  # thousands of requests an hour
POLICY = """
version: 1
labels:
  - {match: {project: [web, ci]}, set: {team: product}}
budgets:
  - name: all-month
    amount: 170
    period: month
    repeat: 9h
    thresholds: [{at: 50%, severity: info}, {at: 80%, severity: warning}, {at: 100%, severity: critical}]
  - name: each-day
    each: [project]
    amount: 20
    period: day
    thresholds: [{at: 50%, severity: info}, {at: 100%, severity: warning}]
  - name: all-day
    amount: 40
    period: day
    for: 2h
    thresholds: [{at: 75%, severity: warning}]
  - {name: rolling, match: {team: product}, amount: 45, period: {rolling: 2d}, thresholds: [{at: 100%, severity: info}]}
usage_budgets:
  - {name: used, each: [project], metric: requests, amount: 60000, period: day, thresholds: [{at: 99%, severity: info}]}
freshness:
  - {name: quiet, stale_after: 3h, severity: warning}
receivers: [{name: first, console: {}}, {name: second, console: {}}]
time_windows: [{name: night, hours: "22:00-07:00"}]
escalations: [{name: up, steps: [{after: 0m, to: [first]}, {after: 3h, to: [second]}]}]
silences: [{match: {rule: all-day}, from: 2026-10-31T10:00Z, until: 2026-10-31T20:00Z, by: a, reason: b}]
routes:
  - {match: {severity: critical}, escalation: up}
  - {match: {team: product}, to: [second], muted: [night]}
  - {to: [first]}
"""


class Account:
    """Usage is told at once, and every project's bill of a day so many hours after its end; one day is restated."""

    provider, name = "openai", "openai"

    def reports(self) -> tuple[Report, ...]:
        return Report("costs", "cost", "day"), Report("completions", "usage")

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        if utc("2026-11-01T09:00") <= now < utc("2026-11-01T15:00"):
            raise SourceError("HTTP 503")
        width = HOUR if grain == "hour" else DAY
        start = span.start
        while start < min(span.end, now):
            end = start + width
            if report.kind == "cost":
                yield Bucket(report.name, start, end, costs=tuple(_bill(start, now)))
            else:
                yield Bucket(report.name, start, end, usage=tuple(_usage(start, min(end, now))))
            start = end

    def entities(self) -> Iterator[Entity]:
        return (Entity("openai", "project", f"proj_{name}", name) for name in SPEND)

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


def _bill(day: datetime, now: datetime) -> Iterator[CostLine]:
    for i, name in enumerate(SPEND):
        if now >= day + DAY + (6 + 5 * i) * HOUR:
            cents = 100 * SPEND[name] * 4 + (900 if day.day == 31 else 0)
            cents -= 700 if now >= day + DAY + 26 * HOUR and day.day in (30, 31) else 0
            series = Series("openai", "openai", f"proj_{name}", line_item="gpt-4o")
            yield CostLine(series, Decimal(cents) / 100, "USD")


def _usage(start: datetime, end: datetime) -> Iterator[UsageRow]:
    for name, thousands in SPEND.items():
        count = thousands * int((end - start) / HOUR * 1000) * (4 if start.day == 1 and name == "ci" else 1)
        series = Series("openai", "openai", f"proj_{name}", f"key_{name}", model="gpt-4o")
        if count:
            yield UsageRow(series, {"requests": count, "input_tokens": count * 60, "output_tokens": count * 5})


def live(store: Store, folder: Path, moments: Sequence[datetime]) -> Parts:
    """Every hour one cycle; the rules have been there for ever."""
    (folder / "policy.yaml").write_text(POLICY)
    policy = load_policy(folder / "policy.yaml", REGISTRIES)
    parts = Parts(store, policy, [Account()], {name: Inbox(name) for name in policy.receivers})
    store.alerts.record([], [], moments[0], seen=dict(known_long_ago(policy)))
    for now in moments:
        pull_all(parts, now)
        evaluate(parts, now)
    return parts


def again(parts: Parts, moments: Sequence[datetime]) -> Recorder:
    """The same from what the ledger remembers."""
    policy = remembered(parts.policy)
    directory = Directory(parts.store.ledger.entities(), policy.labels)
    wide = reach(policy, Span(moments[0], moments[-1]))
    past = parts.store.ledger.past(wide, directory, (), metrics(policy, moments[-1]))
    return Rehearsal(policy, Ledger.of(past, directory), moments).run()


def test_the_same_alerts_and_notifications_as_the_live_pipeline_hour_by_hour(
    sqlite_store: Store, tmp_path: Path
) -> None:
    moments = hours(LIVE)
    parts = live(sqlite_store, tmp_path, moments)

    found = again(parts, moments)

    said = {a.id: shown(a) for a in sqlite_store.alerts.all()}
    assert {a.id: shown(a) for a in found.alerts.values()} == said
    told = sqlite_store.alerts.told(list(said))
    assert {row for a in found.alerts.values() for row in found.heard(a)} == set(told)
    assert {str(row.reason) for row in told} == {"first", "worse", "repeat", "escalated", "resolved", "expired"}
    assert {row.status for row in told} == {"pending", "grouped", "inhibited"}
    assert {a.rule for a in said.values()} == {rule.name for rule in remembered(parts.policy).rules}


def shown(alert: Alert) -> Alert:
    """Without the words of a failed pull, which nobody remembers, and what is only found out where people are told."""
    live = {"error", "trend", "pace", "told", "change", *(() if alert.kind == "forecast" else ("forecast",))}
    return replace(alert, evidence={k: v for k, v in alert.evidence.items() if k not in live})
