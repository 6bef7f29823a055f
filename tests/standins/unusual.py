"""Rules for unusual spend written as people write them, and days of spend by the hour that are as usual."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from budgetbot.core.history import History
from budgetbot.core.model import Alert, Finding
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.rule import Rule
from tests.standins.budgets import context
from tests.standins.spend import Spend, fresh, history, series, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = utc("2026-11-20T09:00")
FIRST = NOW - 16 * DAY  # of all hours: where tests begin alike, what the past was is found out once for all of them
MILLI = 1_000_000


def anomaly(**fields: Any) -> Anomaly:
    """Keys by the hour, from 25 dollars on, or with other fields."""
    plain = {"name": "runaway-key", "each": ["api_key"], "bucket": "hour", "min_impact": 25}
    return Anomaly.model_validate(plain | fields)


def new_spender(**fields: Any) -> Anomaly:
    """Keys that are new, from 10 dollars on, or with other fields."""
    return Anomaly.model_validate(
        {"name": "new-spender", "kind": "new", "each": ["api_key"], "min_impact": 10} | fields
    )


def burn_rate(**fields: Any) -> BurnRate:
    """Ten times the usual over an hour and ten minutes, or with other fields."""
    windows = [{"over": "1h", "times": 10}, {"over": "10m", "times": 10}]
    return BurnRate.model_validate({"name": "tenfold", "of": "usual", "all": windows, "min_impact": 50} | fields)


def usual(at: datetime, key: int) -> int:
    """Four dollars an hour by day, two by night, in nano-units, less by the number of the key; a little uneven."""
    dollars = 4_000 if 8 <= at.hour < 20 else 2_000
    uneven = (at.hour * 7 + at.day * 13 + key * 5) % 11 * 40
    return max(dollars + uneven - key * 100, 0) * MILLI


def hourly(
    key: str,
    number: int = 0,
    *,
    until: datetime = NOW,
    first: datetime = FIRST,
    project: str = "p1",
    amount: Callable[[datetime, int], int] = usual,
    source: str = "openai",
) -> list[Spend]:
    """What a key spent hour by hour until a moment; the hour that fills as far as it has come."""
    one = series(project, source, api_key=key, model="gpt-5")
    hours = [first + i * HOUR for i in range(-((first - until) // HOUR))]
    rows: list[Spend] = []
    for at in hours:
        part = min(HOUR, until - at) // timedelta(minutes=1)
        rows.append(Spend(one, at, amount(at, number) * part // 60, length=HOUR))
    return rows


def daily(key: str, dollars: Callable[[datetime], int], *, until: datetime = NOW, days: int = 60) -> list[Spend]:
    """What a key spent day by day, in whole dollars, until yesterday."""
    midnight = until.replace(hour=0, minute=0)
    starts = [midnight - n * DAY for n in range(days, 0, -1)]
    return [Spend(series("p1", api_key=key, model="gpt-5"), at, dollars(at) * 1_000 * MILLI) for at in starts]


def since(start: datetime, times: int, until: datetime | None = None) -> Callable[[datetime, int], int]:
    """As usual, and so many times as much from a moment on."""

    def amount(at: datetime, key: int) -> int:
        burning = start <= at and (until is None or at < until)
        return usual(at, key) * (times if burning else 1)

    return amount


def said(rule: Rule, rows: list[Spend] | History, now: datetime = NOW, **more: Any) -> list[Finding]:
    """What a rule says of spend that was read whole just now, or of a history."""
    known = rows if isinstance(rows, History) else history(rows, [fresh(now)])
    return rule.evaluate(context(known, **more), now)


def firing(finding: Finding, fired: datetime = NOW) -> Alert:
    """The alert that a finding began."""
    return Alert(
        "a", finding.rule, finding.kind, finding.severity, finding.scope, finding.level, 0, finding.line,
        finding.period or "since", 1, "firing", fired, finding.start, finding.end, fired, evidence=finding.evidence,
    )  # fmt: skip


def waiting(*alerts: Alert) -> dict[str, Any]:
    """The context of alerts that are open."""
    return {"open": alerts, "watched": frozenset((alert.scope.key, alert.level) for alert in alerts)}


def key_of(finding: Finding) -> str | None:
    """Which key it is about."""
    return finding.scope.ids.get("api_key")
