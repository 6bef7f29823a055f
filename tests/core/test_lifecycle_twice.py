"""What has to hold twice, on newer data, before anybody hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from budgetbot.core.decide import Decision, decide
from budgetbot.core.escalate import Where
from budgetbot.core.instant import iso
from budgetbot.core.lifecycle import Situation
from budgetbot.core.model import Alert, Finding, RuleInfo, Scope, Severity
from tests.standins.spend import utc

NOW = utc("2026-11-20T09:00")
HOUR = timedelta(hours=1)


def finding(complete_to: datetime | None, *, active: bool = True, clear: bool = False) -> Finding:
    return Finding(
        rule="b",
        kind="forecast",
        severity=Severity.WARNING,
        scope=Scope(),
        level="forecast 100%",
        rank=1,
        line=1,
        active=active,
        clear=clear,
        start=utc("2026-11-01"),
        end=utc("2026-12-01"),
        period="2026-11",
        evidence={} if complete_to is None else {"complete_to": iso(complete_to)},
        twice=True,
    )


def after(alerts: tuple[Alert, ...], said: Finding, now: datetime) -> Decision:
    rules = {"b": RuleInfo("b", "budget", "one")}
    situation = Situation(alerts=alerts, told=(), rules=rules, policy_hash="h")
    return decide([said], situation, lambda alert: Where(("team",)), now)


def test_the_first_time_it_waits_and_fires_the_second_time_on_newer_data() -> None:
    first = after((), finding(NOW), NOW)
    assert ([a.state for a in first.alerts], first.notifications) == (["pending"], ())

    second = after(first.alerts, finding(NOW + HOUR), NOW + HOUR)
    assert [a.state for a in second.alerts] == ["firing"]
    assert [n.reason for n in second.notifications] == ["first"]


def test_the_same_data_twice_is_one_look() -> None:
    first = after((), finding(NOW + timedelta(microseconds=5)), NOW)
    again = after(first.alerts, finding(NOW + timedelta(microseconds=5)), NOW + HOUR)
    assert (again.alerts, again.notifications) == ((), ())
    older = after(first.alerts, finding(NOW), NOW + HOUR)
    assert (older.alerts, older.notifications) == ((), ())


def test_what_is_gone_at_the_second_look_was_never_told() -> None:
    first = after((), finding(NOW), NOW)
    gone = after(first.alerts, finding(NOW + HOUR, active=False, clear=True), NOW + HOUR)
    assert gone.dropped == (first.alerts[0].id,)
    assert gone.notifications == ()


def test_data_of_unknown_age_proves_nothing() -> None:
    first = after((), finding(None), NOW)
    assert after(first.alerts, replace(finding(None)), NOW + HOUR).notifications == ()
