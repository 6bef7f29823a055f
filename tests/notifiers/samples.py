"""One notification of each kind, with fixed times, for tests and snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from budgetbot.core.model import Alert, Driver, Json, Part, RuleInfo, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

LEAD = "Slack: ml-lead (U0LEAD)"

EVIDENCE: dict[str, Json] = {
    "spent": "840.12",
    "billed": "840.12",
    "estimated": "0.00",
    "low": "840.12",
    "high": "840.12",
    "amount": "1000.00",
    "effective_amount": "1000.00",
    "line": "800.00",
    "currency": "USD",
    "fraction": 0.84012,
    "complete_to": "2026-11-21T08:00:00+00:00",
    "settled_to": "2026-11-19T00:00:00+00:00",
    "per_day_left": "15.98",
    "period": {"start": START.isoformat(), "end": END.isoformat()},
}
ESTIMATED: dict[str, Json] = {**EVIDENCE, "billed": "760.12", "estimated": "80.00", "low": "790.00", "high": "871.50"}

RULE = RuleInfo(
    name="research-monthly",
    kind="budget",
    identity="r1",
    runbook="https://wiki.example.com/spend?team=research",
    where="policies/research.yaml:12",
)
ALERT = Alert(
    id="a1b2c3d4",
    rule="research-monthly",
    kind="budget",
    severity=Severity.WARNING,
    scope=Scope(),
    level="80%",
    rank=1,
    line=800 * NANO,
    period="2026-11",
    episode=1,
    state="firing",
    active_since=NOW,
    start=START,
    end=END,
    fired_at=NOW,
    policy_hash="3f2a91c0ffee3f2a91c0ffee",
    evidence=EVIDENCE,
    drivers=(
        Driver("api_key", "key_1", "ci-nightly", 400 * NANO, "ml-lead@example.com"),
        Driver("api_key", "key_2", "notebooks", 300 * NANO),
        Driver("api_key", "key_3", "eval-runner", 100 * NANO),
        Driver("api_key", None, None, 40 * NANO + 120_000_000),
    ),
    labels={"team": "research", "owner": "ml-lead@example.com"},
)
FORECAST = replace(
    ALERT,
    kind="forecast",
    level="forecast 100% p90%",
    line=1000 * NANO,
    evidence={
        **EVIDENCE,
        "line": "1000.00",
        "forecast": {
            "expected": "1220.50",
            "low": "1100.00",
            "high": "1390.00",
            "p_overrun": 0.9912,
            "exhausted_at": "2026-11-25T14:00:00Z",
            "earliest": "2026-11-24T06:30:00Z",
            "latest": "2026-11-28T00:00:00Z",
        },
    },
)
RAISED: dict[str, Json] = {
    "effective_amount": "1550.00",
    "line": "1240.00",
    **dict.fromkeys(("spent", "billed", "low", "high"), "1300.00"),
    "rollover": "50.00",
    "rollover_provisional": True,
    "grants": [
        {
            "add": "500.00",
            "until": "2026-11-28T00:00:00Z",
            "approved_by": "ml-lead@example.com",
            "reason": "launch",
            "covered": False,
        },
    ],
}


def cause(key: str, kind: str, amount: str, owner: str = "ml-lead@example.com") -> dict[str, Json]:
    """What one key has to do with a change."""
    named: dict[str, Json] = {"by": {"api_key": key}, "ids": {"api_key": key}, "dimension": "api_key"}
    return {"kind": kind, "amount": amount, "owner": owner, **named}


PROSPECT: dict[str, Json] = {
    "forecast": {
        "expected": "1220.50",
        "low": "1100.00",
        "high": "1390.00",
        "p_overrun": 0.9912,
        "exhausted_at": "2026-11-23T14:00:00Z",
        "earliest": "2026-11-22T06:30:00Z",
        "latest": "2026-11-25T00:00:00Z",
    },
    "pace": {
        "per_hour": "41.20",
        "usual_per_hour": "6.10",
        "by": "2026-11-22T09:00:00+01:00",
        "cost_by": "947.60",
    },
    "change": {
        "before": "310.00",
        "against": {"start": "2026-10-01T00:00:00Z", "end": "2026-10-22T00:00:00Z"},
        "why": [
            cause("ci-nightly", "volume", "310.00"),
            cause("ci-nightly", "price", "40.12"),
            cause("notebooks", "new", "200.00"),
            cause("old-agent", "gone", "-25.00"),
            {"other": True, "amount": "5.00"},
        ],
    },
    "told": ["ml-slack", "pager", "finance"],
    "trend": {
        "unit": "day",
        "points": [[f"2026-11-{day:02}T00:00:00Z", f"{day * day}.30"] for day in range(8, 22)],
        "line": "500.00",
    },
}
PROJECT = Scope((Part("project", "proj_1", "openai", "search web"),))
FRESHNESS = replace(
    ALERT,
    id="f00dcafe",
    rule="quiet-source",
    kind="freshness",
    level="6h",
    period="",
    start=None,
    end=None,
    drivers=(),
    labels={},
    evidence={
        "source": "openai",
        "report": "usage/completions",
        "complete_to": "2026-11-21T01:00:00+00:00",
        "pulled_at": "2026-11-21T02:03:00+00:00",
        "stale_after": "6h",
        "error": "HTTP 401: the key was refused",
    },
)

KEY = replace(
    ALERT,
    id="7c1f0ea9",
    rule="ci-key-daily",
    level="100%",
    severity=Severity.CRITICAL,
    line=50 * NANO,
    period="2026-11-21",
    start=NOW.replace(hour=0),
    end=NOW.replace(hour=0) + timedelta(days=1),
    drivers=(),
    labels={},
    evidence={**EVIDENCE, **dict.fromkeys(("amount", "effective_amount", "line"), "50.00")},
)

DIGEST: dict[str, Any] = {
    "name": "daily",
    "date": "2026-11-21",
    "covers": {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z", "label": "20 Nov"},
    "currency": "USD",
    "total": "123.45",
    "previous_total": "100.00",
    "change": "23.45",
    "period": {
        "label": "Nov 2026",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "total": "2012.34",
    },
    "rows": [
        {"by": {"project": "research"}, "amount": "80.00", "period_amount": "1500.00", "share": 0.648},
        {"by": {"project": "search web"}, "amount": "30.45", "period_amount": "400.34", "share": 0.2466},
        {"by": {"project": None}, "amount": "3.00", "period_amount": "12.00", "share": 0.0243},
    ],
    "other": {"amount": "10.00", "period_amount": "100.00", "count": 7},
    "movers": [
        {"by": {"project": "research"}, "amount": "80.00", "before": "50.00", "change": "30.00"},
        {"by": {"project": "search web"}, "amount": "30.45", "before": "37.00", "change": "-6.55"},
    ],
    "budgets": [
        {
            "name": "research-monthly",
            "scope": {},
            "spent": "840.12",
            "amount": "1000.00",
            "fraction": 0.84,
            "state": "ok",
        },
        {
            "name": "ci-key-daily",
            "scope": {"api_key": "ci-nightly"},
            "spent": "51.00",
            "amount": "50.00",
            "fraction": 1.02,
            "state": "firing",
        },
    ],
    "alerts": [
        {
            "id": "a1b2c3d4",
            "summary": "Warning: research-monthly: $840.12 of $1,000 (84 %), Nov 2026",
            "severity": "warning",
            "fired_at": "2026-11-21T09:00:00Z",
        }
    ],
    "freshness": [
        {
            "source": "openai",
            "report": "costs",
            "complete_to": "2026-11-21T00:00:00Z",
            "pulled_at": "2026-11-21T08:55:00Z",
            "error": None,
        },
        {
            "source": "openai",
            "report": "usage/images",
            "complete_to": "2026-11-20T22:00:00Z",
            "pulled_at": "2026-11-20T22:05:00Z",
            "error": "HTTP 500",
        },
    ],
    "chart": [
        {"label": "11-16", "amount": "61.10"},
        {"label": "11-17", "amount": "90.00"},
        {"label": "11-18", "amount": "0.40"},
        {"label": "11-19", "amount": "100.00"},
        {"label": "11-20", "amount": "123.45"},
    ],
    "complete_to": "2026-11-21T08:00:00Z",
    "settled_to": "2026-11-19T00:00:00Z",
}


def notify(
    alert: Alert = ALERT,
    reason: Reason = Reason.FIRST,
    *,
    key: str = "n-1",
    rule: RuleInfo | None = RULE,
    others: tuple[str, ...] = (),
    evidence: Mapping[str, Json] | None = None,
) -> Notification:
    """A notification about an alert, its evidence amended."""
    alert = replace(alert, evidence={**alert.evidence, **(evidence or {})})
    return Notification(key, "ml-slack", reason, "thread-1", NOW, alert=alert, rule=rule, others=others)


def deed(what: str, alert: Alert = ALERT, **fields: Json) -> Notification:
    """What somebody did about an alert."""
    told = notify(alert, Reason.CHANGED, key=f"{alert.id}:changed:1:ml-slack")
    return replace(told, deed={"what": what, "by": LEAD, "at": "2026-11-21T09:00:00Z", "alert": alert.id, **fields})


def lent(what: str, alert: Alert = ALERT, **fields: Json) -> Notification:
    """What somebody asked for, allowed or ended: a raise or planned spend."""
    known: dict[str, Json] = {
        "allowance": "r1", "kind": what.partition("_")[0], "rule": alert.rule, "amount": "500000000000",
        "currency": "USD", "since": "2026-11-21T09:00:00Z", "until": "2026-11-28T00:00:00Z", "reason": "launch",
        "asked_by": LEAD,
    }  # fmt: skip
    return deed(what, alert, **{**known, **fields})


def resolved(alert: Alert = ALERT, why: Any = "corrected", **evidence: Json) -> Notification:
    """A notification that an alert is over."""
    closed = replace(alert, state="resolved", reason=why, resolved_at=NOW + timedelta(hours=1))
    return notify(closed, Reason.RESOLVED, key="n-9", evidence={"spent": "780.00", **evidence})


def digest(**changed: Json) -> Notification:
    """The daily digest, amended."""
    return Notification("d-1", "ml-slack", Reason.DIGEST, "digest-daily", NOW, digest={**DIGEST, **changed})


def keys(count: int = 12, spent: int = 62, **changed: Any) -> list[Alert]:
    """Alerts of one rule, one for each key; the third spent most, every second one has an owner."""
    return [
        replace(
            KEY,
            id=f"7c1f0ea9{i:04x}",
            scope=Scope((Part("api_key", f"key_{i}", "openai", f"ci-{i:02}"),)),
            labels={"owner": "ml-lead@example.com"} if i % 2 else {},
            evidence={**KEY.evidence, **_spent(f"{spent - abs(i - 2)}.00")},
            **changed,
        )
        for i in range(count)
    ]


def together(alerts: Sequence[Alert], reason: Reason = Reason.FIRST, more: int = 0, **changed: Any) -> Notification:
    """One message about all of them; the first speaks."""
    rule = replace(RULE, name=alerts[0].rule, where="policies/keys.yaml:8")
    told = notify(alerts[0], reason, rule=rule)
    return replace(told, together=tuple(alerts[1:]), more=more, **changed)


def by_one_key() -> Notification:
    """One message about three rules that one key tripped at once."""
    key = Driver("api_key", "key_1", "ci-nightly", 700 * NANO)
    organisation = replace(
        ALERT, id="7c1f0ea9000a", rule="org-monthly", level="100%", severity=Severity.CRITICAL,
        drivers=(key, Driver("api_key", "key_2", "notebooks", 330 * NANO)), labels={},
        evidence={**EVIDENCE, **_spent("1030.00"), "line": "1000.00"},
    )  # fmt: skip
    project = replace(ALERT, id="7c1f0ea9000b", rule="project-monthly", scope=PROJECT, drivers=(key,))
    own = replace(keys(1)[0], id="7c1f0ea9000c", scope=Scope((Part("api_key", "key_1", "openai", "ci-nightly"),)))
    return together([organisation, own, project])


def _spent(amount: str) -> dict[str, Json]:
    return {**dict.fromkeys(("spent", "billed", "low", "high"), amount)}


def every_kind() -> dict[str, Notification]:
    """One of each, by the name of its snapshot."""
    critical = replace(ALERT, id="a9", level="100%", severity=Severity.CRITICAL, line=1000 * NANO)
    spent = dict.fromkeys(("spent", "billed", "low", "high"), "1030.00")
    over: dict[str, Json] = {**spent, "line": "1000.00", "previous_level": "80%"}
    quiet = replace(RULE, name="quiet-source", kind="freshness", runbook=None, where="policies/base.yaml:30")
    unknown = replace(
        ALERT,
        kind="anomaly",
        rule="runaway-key",
        level="high",
        scope=PROJECT,
        evidence={"expected": "12.00", "seen": "96.40", "bucket": "2026-11-21T07:00:00Z", "currency": "USD"},
    )
    ended = replace(critical, state="resolved", reason="period_ended")
    return {
        "budget-first": notify(others=("50%",)),
        "budget-first-estimated": notify(replace(ALERT, scope=PROJECT), evidence=ESTIMATED),
        "budget-first-already": notify(replace(ALERT, already=True)),
        "budget-first-late": notify(replace(critical, late=True), evidence=over),
        "budget-worse": notify(critical, Reason.WORSE, evidence=over),
        "budget-repeat": notify(reason=Reason.REPEAT),
        "budget-escalated": notify(reason=Reason.ESCALATED),
        "budget-resolved": resolved(),
        "budget-expired": notify(ended, Reason.EXPIRED, evidence=over),
        "budget-raised": notify(replace(ALERT, episode=2), evidence=RAISED),
        "budget-prospect": notify(replace(ALERT, severity=Severity.CRITICAL), evidence=PROSPECT),
        "forecast-first": notify(FORECAST),
        "forecast-resolved": resolved(
            FORECAST, forecast={"expected": "910.00", "low": "860.00", "high": "985.00", "p_overrun": 0.011}
        ),
        "freshness-first": notify(FRESHNESS, rule=quiet),
        "freshness-resolved": resolved(FRESHNESS, error=None, pulled_at="2026-11-21T09:30:00+00:00"),
        "unknown-kind": notify(unknown),
        "together-first": together(keys(40, 92), others=("80%",)),
        "together-escalated": together(keys(4), Reason.ESCALATED),
        "together-resolved": together(
            keys(5, 41, state="resolved", reason="corrected", resolved_at=NOW), Reason.RESOLVED, others=("50%",)
        ),
        "together-by-driver": by_one_key(),
        "test": notify(reason=Reason.TEST),
        "digest": digest(),
    }
