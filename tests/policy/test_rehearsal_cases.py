"""What must not be passed over, one case each: the plain way through the same past says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from budgetbot.core.directory import Directory
from budgetbot.core.escalate import Escalation, Step
from budgetbot.core.fx import Fx, Rate
from budgetbot.core.grant import Grant
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.money import NANO
from budgetbot.core.past import PastMark
from budgetbot.core.replay_ledger import Ledger
from budgetbot.core.silence import Silence
from budgetbot.core.window import Window
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.rehearsal import Rehearsal
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from tests.standins.naive import naively
from tests.standins.past import Change, past
from tests.standins.spend import series, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = utc("2026-11-10")
MONTH = [PastMark("openai", "costs", BEGIN + i * HOUR, BEGIN + i * HOUR, BEGIN + i * HOUR) for i in range(24 * 3)]
TEAM = Route(Match(), ("team",))


def budget(name: str = "b", **fields: Any) -> Budget:
    levels = [{"at": "100%", "severity": "critical"}]
    return Budget.model_validate({"name": name, "amount": 100, "period": "month", "thresholds": levels} | fields)


def at(hour: int, dollars: int, project: str = "p1", day: int = 0, **more: Any) -> Change:
    """So many hours after BEGIN a bucket of a day became so much more."""
    model = more.pop("model", None)
    who = series(project, model=model)
    return Change(BEGIN + hour * HOUR, who, BEGIN + day * DAY, dollars * NANO, **more)


def told(rule: Rule, *changes: Change, days: int = 2, marks: list[PastMark] = MONTH, **fields: Any) -> list[str]:
    """Hour, receiver, reason and scope of what is sent; the same as without passing over anything."""
    rules = fields.pop("more", ())
    policy = Policy(**{"rules": (rule, *rules), "routes": (TEAM,), **fields})
    known = past(changes, marks)
    moments = [BEGIN + i * HOUR for i in range(24 * days)]

    quick = Rehearsal(policy, Ledger.of(known, Directory((), policy.labels)), moments).run()

    slow = naively(policy, known, moments)
    assert quick.rows == slow.rows
    assert quick.alerts == slow.alerts
    return [
        " ".join([str((row.created_at - BEGIN) // HOUR), row.receiver, row.reason, *_scope(row.alert)])
        for row in quick.rows.values()
        if row.status == "pending"
    ]


def _scope(alert: Any) -> list[str]:
    return [str(value) for value in alert.scope.names.values()]


def test_what_sinks_below_the_level_and_only_later_below_the_band_is_over_then() -> None:
    assert told(budget(), at(2, 102), at(5, -3), at(9, -5)) == ["2 team first", "9 team resolved"]


def test_what_fell_while_the_source_was_stale_is_over_when_it_is_read_again() -> None:
    marks = [mark for mark in MONTH if not 3 <= (mark.at - BEGIN) // HOUR < 20]

    assert told(budget(), at(2, 102), at(11, -50), marks=marks) == ["2 team first", "20 team resolved"]


def test_alerts_told_in_one_message_are_told_anew_when_the_one_that_spoke_for_them_is_over() -> None:
    rule = budget(each=["project"])
    rise = [at(2, 101 + i, f"p{i}") for i in range(4)]
    leader = told(rule, *rise)[0].split()[-1]

    said = told(rule, *rise, at(9, -90, leader))

    assert said[0] == f"2 team first {leader}"
    assert said[1] == f"9 team resolved {leader}"
    assert [line.rsplit(" ", 1)[0] for line in said[2:]] == ["9 team first"]


def test_a_silence_that_ends_while_it_fires() -> None:
    silence = Silence(Match(), BEGIN, BEGIN + 7 * HOUR, "a", "b")

    assert told(budget(), at(2, 102), silences=(silence,)) == ["7 team first"]


def test_hours_of_the_week_that_end_while_it_fires() -> None:
    night = Window("night", ZoneInfo("UTC"), frozenset(range(7)), time(22), time(7))

    route = replace(TEAM, muted=(night,))
    assert told(budget(), at(2, 102), routes=(route,), windows={"night": night}) == ["7 team first"]


def test_what_must_hold_for_a_while() -> None:
    assert told(budget(**{"for": "5h"}), at(2, 102)) == ["7 team first"]
    assert told(budget(**{"for": "5h"}), at(2, 102), at(4, -50)) == []


def test_what_is_repeated() -> None:
    assert told(budget(repeat="15h"), at(2, 102)) == [
        "2 team first",
        "17 team repeat",
        "32 team repeat",
        "47 team repeat",
    ]


def test_what_is_repeated_by_severity() -> None:
    levels = [{"at": "80%", "severity": "warning"}, {"at": "100%", "severity": "critical"}]
    by_severity = budget(repeat={"critical": "10h"}, thresholds=levels)

    assert told(by_severity, at(2, 85), at(20, 20)) == [
        "2 team first",
        "20 team worse",
        "30 team repeat",
        "40 team repeat",
    ]


def test_the_steps_of_an_escalation() -> None:
    up = Escalation("up", (Step(timedelta(0), ("one",)), Step(5 * HOUR, ("two",)), Step(30 * HOUR, ("three",))))
    fields: dict[str, Any] = {"routes": (Route(Match(), escalation="up"),), "escalations": {"up": up}}

    assert told(budget(), at(2, 102), **fields) == ["2 one first", "7 two escalated", "32 three escalated"]


def test_the_end_of_a_period() -> None:
    assert told(budget(period="day"), at(2, 102)) == ["2 team first", "24 team expired"]


def test_a_bill_that_comes_when_the_day_is_over() -> None:
    assert told(budget(period="day"), at(40, 102)) == ["40 team first"]


def test_an_override_that_matches_no_more_because_of_what_else_is_used() -> None:
    labels = (LabelRule(Match((("model", Patterns(("m1",))),)), (("kind", "small"),)),)
    rule = budget(each=["project"], overrides=[{"match": {"kind": "small"}, "amount": 1000}])

    assert told(rule, at(2, 102, model="m1"), at(9, 1, model="m2"), labels=labels) == ["9 team first p1"]


def test_a_grant_that_ends() -> None:
    grant = Grant("b", 50 * NANO, BEGIN, BEGIN + 10 * HOUR, "a", "b", Match())

    assert told(budget(), at(2, 130), grants=(grant,)) == ["10 team first"]


def test_another_currency_with_and_without_a_rate() -> None:
    euros = at(9, 60, unit="EUR")

    assert told(budget(), at(2, 60), euros)[0] == "9 team first"
    fx = Fx([Rate("EUR", "USD", Decimal("1.1"), date(2026, 1, 1))])
    assert told(budget(), at(2, 60), euros, fx=fx) == ["9 team first"]


def test_a_window_that_moves_on() -> None:
    rule = budget(period={"rolling": "1d"})

    assert told(rule, at(2, 102)) == ["2 team first", "24 team resolved"]


def test_a_source_that_goes_quiet_and_comes_back() -> None:
    rule = Freshness.model_validate({"name": "quiet", "stale_after": "4h"})
    marks = [mark for mark in MONTH if not 3 <= (mark.at - BEGIN) // HOUR < 20]

    assert told(rule, at(2, 1), marks=marks) == ["6 team first openai", "20 team resolved openai"]


def test_rules_with_the_same_scopes_of_which_only_one_has_news() -> None:
    rules = (budget("low", amount=10, each=["project"]),)

    said = told(budget("high", each=["project"]), at(2, 20, "p1"), at(5, 90, "p2"), at(9, 90, "p1"), more=rules)

    assert said == ["2 team first p1", "5 team first p2", "9 team first p1"]


def test_moments_are_whole_hours_and_data_between_two_is_known_at_the_second() -> None:
    change = at(2, 102)._replace(at=BEGIN + timedelta(hours=1, minutes=20))

    assert told(budget(), change) == ["2 team first"]
