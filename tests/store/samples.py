"""Buckets, alerts and notifications to store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from budgetbot.core.model import Alert, Bucket, CostLine, Driver, Part, RuleInfo, Scope, Series, Severity, UsageRow
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.period import Span

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LAG = timedelta(hours=24)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
SOURCE = "openai"

Amounts = Mapping[str, str]


def series(project: str | None = "proj_1", model: str | None = None, **more: Any) -> Series:
    """A series of one project."""
    return Series("openai", SOURCE, project=project, model=model, **more)


def costs(amounts: Amounts, start: datetime = TODAY, *, width: timedelta = DAY, currency: str = "USD") -> Bucket:
    """A bucket of the bill, by project."""
    lines = tuple(CostLine(series(project), Decimal(amount), currency) for project, amount in amounts.items())
    return Bucket("costs", start, start + width, costs=lines)


def usage(rows: Iterable[tuple[Series, Mapping[str, int]]], start: datetime = TODAY, width: timedelta = HOUR) -> Bucket:
    """A bucket of usage."""
    return Bucket("completions", start, start + width, usage=tuple(UsageRow(*row) for row in rows))


def alert(id: str = "a1", **changes: Any) -> Alert:
    """A firing alert with everything on it."""
    whole = Alert(
        id=id,
        rule="monthly",
        kind="budget",
        severity=Severity.WARNING,
        scope=Scope((Part("project", "proj_1", SOURCE, "research"), Part("team", None))),
        level="80%",
        rank=4_000 * 10**9,
        line=4_000 * 10**9,
        period="2026-11",
        episode=1,
        state="firing",
        active_since=NOW,
        start=datetime(2026, 11, 1, tzinfo=UTC),
        end=datetime(2026, 12, 1, tzinfo=UTC),
        fired_at=NOW,
        policy_hash="abc",
        evidence={"spent": "4100.00", "fraction": 0.82, "levels": [1, None, {"a": True}]},
        drivers=(Driver("project", "proj_1", "research", 4_100 * 10**9, "ml-lead@example.com"),),
        labels={"team": "research"},
    )
    return replace(whole, **changes)


def notification(key: str = "n1", of: Alert | None = None, **changes: Any) -> Notification:
    """The first word on an alert."""
    of = of or alert()
    whole = Notification(
        key=key,
        receiver="screen",
        reason=Reason.FIRST,
        thread="monthly/project/2026-11",
        created_at=NOW,
        alert=of,
        rule=RuleInfo(of.rule, of.kind, "id", hold=MINUTE, repeat=4 * HOUR, notify=("screen",), where="a.yaml:3"),
        others=("50%",),
    )
    return replace(whole, **changes)
