from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING, LabelRule
from budgetbot.core.model import Alert, Driver, Entity, Finding, Part, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import patterns
from budgetbot.rules.rule import Context
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-20T09:00")
NEW_YORK = ZoneInfo("America/New_York")
LONG_AGO = utc("2026-01-01")


def budget(**fields: Any) -> Budget:
    return Budget.model_validate(
        {
            "name": "b",
            "amount": 1000,
            "period": "month",
            "thresholds": [{"at": "80%", "severity": "warning"}],
        }
        | fields
    )


def levels(*at: str) -> list[dict[str, str]]:
    return [{"at": level, "severity": "warning"} for level in at]


def context(known: History, *, zone: str = "UTC", since: datetime = LONG_AGO, **more: Any) -> Context:
    return Context(known, ZoneInfo(zone), "USD", since, **more)


def found(rule: Budget, known: History, now: datetime = NOW, **more: Any) -> list[Finding]:
    return rule.evaluate(context(known, **more), now)


def current(rule: Budget, known: History, now: datetime = NOW, **more: Any) -> list[Finding]:
    return [finding for finding in found(rule, known, now, **more) if not finding.late]


def named(findings: list[Finding]) -> dict[str | None, bool]:
    """The name of the first part of a scope to whether its level is reached."""
    return {next(iter(f.scope.names.values()), ""): f.active for f in findings}


def open_alert(scope: Scope = Scope(), level: str = "80%") -> Alert:  # noqa: B008
    return Alert("a", "b", "budget", Severity.WARNING, scope, level, 0, 0, "2026-11", 1, "firing", NOW)


@pytest.mark.parametrize(
    ("nanos", "active", "clear"),
    [
        (799_999_999_999, False, False),
        (800_000_000_000, True, False),
        (800_000_000_001, True, False),
        (780_000_000_000, False, False),  # a fiftieth of the amount below, still inside the band
        (779_999_999_999, False, True),
        (0, False, True),
        (-5, False, True),
    ],
)
def test_a_level_is_compared_to_the_nano(nanos: int, active: bool, clear: bool) -> None:
    (finding,) = current(budget(), history([Spend(series("p1"), utc("2026-11-10"), nanos)]))

    assert (finding.active, finding.clear, finding.line) == (active, clear, 800 * NANO)


def test_seventy_and_ten_cents_are_eighty_cents() -> None:
    known = history([Spend(series("p1"), utc("2026-11-10"), n * NANO // 10) for n in (7, 1)])

    assert current(budget(amount="1.00"), known)[0].active


def test_a_line_that_falls_between_two_nanos_is_reached_by_the_one_above() -> None:
    rule = budget(amount="0.000000003", thresholds=levels("50%"))

    assert current(rule, history([Spend(series("p1"), utc("2026-11-10"), 1)]))[0].active is False
    assert current(rule, history([Spend(series("p1"), utc("2026-11-10"), 2)]))[0].active is True


def test_levels_may_be_shares_and_money_and_rank_by_their_line() -> None:
    rule = budget(amount=5000, thresholds=levels("$4200", "100%", "80%"))

    findings = current(rule, history([usd("2026-11-10", 4100)]))

    assert [(f.level, f.line, f.active) for f in findings] == [
        ("80%", 4000 * NANO, True),
        ("$4200", 4200 * NANO, False),
        ("100%", 5000 * NANO, False),
    ]
    assert [f.rank for f in findings] == sorted(f.rank for f in findings)


def test_an_estimated_part_counts_for_the_expected_value() -> None:
    row = Spend(series("p1"), utc("2026-11-10"), 700 * NANO, estimated=100 * NANO)

    (finding,) = current(budget(), history([row]))

    assert finding.active
    assert (finding.evidence["spent"], finding.evidence["low"], finding.evidence["high"]) == (
        "800.00",
        "700.00",
        "900.00",
    )


def test_the_evidence_is_all_that_was_compared() -> None:
    rows = [
        Spend(series("p1"), utc("2026-11-10"), 812_500_000_001, estimated=10 * NANO),
        usd("2026-10-31", 999),
        usd("2026-12-01", 999),
    ]

    (finding,) = current(budget(), history(rows, [fresh(NOW)]))

    assert finding.evidence == {
        "spent": "822.500000001",
        "billed": "812.500000001",
        "estimated": "10.00",
        "low": "812.500000001",
        "high": "832.500000001",
        "amount": "1000.00",
        "effective_amount": "1000.00",
        "line": "800.00",
        "currency": "USD",
        "fraction": 0.822500000001,
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "complete_to": "2026-11-20T09:00:00Z",
        "settled_to": "2026-11-18T00:00:00Z",
        "per_day_left": "16.136363636",
    }
    assert (finding.period, finding.start, finding.end, finding.ends, finding.late) == (
        "2026-11",
        utc("2026-11-01"),
        utc("2026-12-01"),
        True,
        False,
    )


def test_what_is_not_known_is_null_in_the_evidence() -> None:
    (finding,) = current(budget(), history([]))

    assert (finding.evidence["complete_to"], finding.evidence["settled_to"]) == (None, None)
    assert (finding.active, finding.clear, finding.evidence["spent"]) == (False, True, "0.00")


def test_stale_data_may_fire_and_never_clears() -> None:
    quiet = frozenset({"openai"})

    assert current(budget(), history([usd("2026-11-10", 900)]), stale=quiet)[0].active
    (finding,) = current(budget(), history([]), stale=quiet)
    assert (finding.active, finding.clear) == (False, False)


@pytest.mark.parametrize("at", ["2%", "1%", "0.1%", "$5"])
def test_a_level_below_the_band_clears_at_half_of_it(at: str) -> None:
    rule = budget(thresholds=levels(at), period={"rolling": "7d"})
    (finding,) = current(rule, history([]))
    half = finding.line // 2

    def clear(nanos: int) -> bool:
        return current(rule, history([Spend(series("p1"), utc("2026-11-19"), nanos)]))[0].clear

    assert finding.clear
    assert (clear(half - 1), clear(half)) == (True, False)


def test_what_is_left_is_told_by_the_day_that_has_begun_included() -> None:
    def left(spent: int, at: str) -> object:
        return current(budget(), history([usd("2026-11-10", spent)]), utc(at))[0].evidence.get("per_day_left")

    assert left(890, "2026-11-20T00:00") == "10.00"
    assert left(890, "2026-11-20T00:01") == "10.00"
    assert left(890, "2026-11-30T23:59") == "110.00"
    assert left(1000, "2026-11-20") is None


def test_only_what_matches_counts() -> None:
    rule = budget(match={"project": "research*"}, amount=100)
    names = [Entity("openai", "project", "p1", "research-eu")]
    known = history([usd("2026-11-10", 79, "p1"), usd("2026-11-10", 500, "p2")], (), names)

    assert current(rule, known)[0].evidence["spent"] == "79.00"


def test_each_value_has_the_amount_for_itself() -> None:
    rule = budget(amount=100, each=["project"])
    known = history([usd("2026-11-10", 90, "p1"), usd("2026-11-10", 70, "p2"), usd("2026-11-10", 85, None)])

    assert named(current(rule, known)) == {"p1": True, "p2": False, None: True}


def test_without_any_spend_a_budget_of_each_has_no_scope_and_a_plain_one_has_one() -> None:
    assert current(budget(each=["project"]), history([])) == []
    assert [f.scope for f in current(budget(), history([]))] == [Scope()]


def test_the_last_override_that_matches_wins() -> None:
    overrides = [
        {"match": {"project": "big*"}, "amount": 200},
        {"match": {"project": "p3"}, "amount": 300},
    ]
    names = [Entity("openai", "project", id, name) for id, name in (("p2", "big-one"), ("p3", "big-two"))]
    known = history([usd("2026-11-10", 90, id) for id in ("p1", "p2", "p3")], (), names)

    findings = current(budget(amount=100, each=["project"], overrides=overrides), known)

    assert {f.scope.ids["project"]: f.evidence["amount"] for f in findings} == {
        "p1": "100.00",
        "p2": "200.00",
        "p3": "300.00",
    }
    assert [f.line for f in findings] == [80 * NANO, 160 * NANO, 240 * NANO]


def test_an_override_may_speak_of_a_label_that_all_of_a_scope_has() -> None:
    labels = [LabelRule(budget(match={"project": "p2"}).match, (("team", "research"),))]
    rule = budget(amount=100, each=["project"], overrides=[{"match": {"team": "research"}, "amount": 200}])
    known = history([usd("2026-11-10", 90, "p1"), usd("2026-11-10", 90, "p2")], labels=labels)

    assert named(current(rule, known)) == {"p1": True, "p2": False}


def test_an_override_of_what_is_unattributed() -> None:
    rule = budget(amount=100, each=["project"], overrides=[{"match": {"project": "none"}, "amount": 200}])

    assert named(current(rule, history([usd("2026-11-10", 90, id) for id in ("p1", None)]))) == {
        "p1": True,
        None: False,
    }


def test_a_scope_whose_spend_went_away_is_still_spoken_of_while_its_alert_is_open() -> None:
    gone = Scope((Part("project", "p9", "openai", "Old"),))
    rule = budget(each=["project"])

    (finding,) = current(rule, history([]), open=[open_alert(gone)])
    assert (finding.scope, finding.active, finding.clear, finding.evidence["spent"]) == (gone, False, True, "0.00")
    (finding,) = current(rule, history([]), open=[open_alert(gone)], stale=frozenset({"openai"}))
    assert (finding.active, finding.clear) == (False, False)


def test_a_plain_budget_whose_spend_went_away_is_spoken_of_once() -> None:
    assert len(current(budget(), history([]), open=[open_alert()])) == 1


def test_a_closed_period_is_looked_at_for_five_days() -> None:
    known = history([usd("2026-10-10", 900), usd("2026-11-01", 10)])

    last = found(budget(), known, utc("2026-11-05T23:59"))
    assert [(f.period, f.late, f.active) for f in last] == [("2026-11", False, False), ("2026-10", True, True)]
    assert [f.period for f in found(budget(), known, utc("2026-11-06"))] == ["2026-11"]


def test_every_closed_day_of_the_grace_time_is_looked_at() -> None:
    findings = found(budget(period="day"), history([]), utc("2026-11-20T09:00"))

    assert [f.period for f in findings] == [f"2026-11-{day}" for day in (20, 19, 18, 17, 16, 15)]
    assert [f.late for f in findings] == [False, *[True] * 5]


def test_a_period_that_was_over_when_the_rule_came_is_none_of_its_business() -> None:
    known, now = history([usd("2026-10-10", 900)]), utc("2026-11-02")

    assert [f.period for f in found(budget(), known, now, since=utc("2026-11-01"))] == ["2026-11"]
    assert len(found(budget(), known, now, since=utc("2026-10-31T23:59"))) == 2


def test_the_history_that_is_needed_reaches_over_all_periods_that_are_looked_at() -> None:
    zone = ZoneInfo("UTC")

    assert budget().span(NOW, zone).start == utc("2026-11-01")
    assert budget().span(utc("2026-11-03"), zone).start == utc("2026-10-01")
    assert budget(period="day").span(NOW, zone).start == utc("2026-11-15")
    assert budget().span(NOW, zone).end == utc("2026-12-01")


@pytest.mark.parametrize(("first", "until"), [("2026-11-10", "2026-11-19"), ("2026-11-17", "2026-11-19")])
def test_a_single_stretch_is_looked_at_within_its_dates_and_for_five_days_after(first: str, until: str) -> None:
    rule = budget(period={"from": first, "until": until})
    known = history([usd("2026-11-18", 900)])

    def at(moment: str) -> list[bool]:
        return [f.late for f in found(rule, known, utc(moment)) if f.active]

    assert found(rule, known, utc(first) - timedelta(minutes=1)) == []
    assert at("2026-11-18T12:00") == [False]
    assert [at(moment) for moment in ("2026-11-19", "2026-11-20", "2026-11-23T23:59")] == [[True]] * 3
    assert found(rule, known, utc("2026-11-24")) == []
    assert rule.span(utc("2026-11-20"), ZoneInfo("UTC")).start == utc(first)


def test_a_rolling_window_has_no_period_that_ends() -> None:
    rule = budget(period={"rolling": "7d"})
    known = history([usd("2026-11-14", 500), usd("2026-11-20", 400), usd("2026-11-13", 999)])

    (finding,) = found(rule, known)

    assert (finding.period, finding.ends, finding.late) == (None, False, False)
    assert (finding.active, finding.evidence["spent"]) == (True, "900.00")
    assert (finding.start, finding.end) == (utc("2026-11-14"), utc("2026-11-21"))
    assert finding.evidence["window"] == "7d"
    assert "per_day_left" not in finding.evidence


def test_the_drivers_are_the_dearest_of_every_dimension_that_tells_something() -> None:
    names = [Entity("openai", "api_key", "k1", "ci", owner="dev@example.com")]
    rows = [usd("2026-11-10", 100 * n, "p1", model=f"m{n}", api_key="k1" if n > 2 else None) for n in range(1, 5)]

    (finding,) = current(budget(), history(rows, (), names))

    assert finding.drivers == (
        Driver("api_key", "k1", "ci", 700 * NANO, "dev@example.com"),
        Driver("api_key", None, None, 300 * NANO),
        Driver("project", "p1", None, 1000 * NANO),
        Driver("model", "m4", None, 400 * NANO),
        Driver("model", "m3", None, 300 * NANO),
        Driver("model", "m2", None, 200 * NANO),
    )


def test_what_the_budget_is_split_by_does_not_drive_it_and_below_a_level_nothing_does() -> None:
    rows = [usd("2026-11-10", 900, "p1", model="o3"), usd("2026-11-10", 10, "p2", model="o3")]

    high, low = current(budget(each=["project"]), history(rows))

    assert [d.dimension for d in high.drivers] == ["model"]
    assert low.drivers == ()


def test_what_cannot_be_converted_is_said_and_not_counted() -> None:
    rows = [usd("2026-11-10", 10, "p1"), Spend(series("p2"), utc("2026-11-10"), 5 * NANO, currency="EUR")]

    (whole,) = current(budget(), history(rows))
    one, other = current(budget(each=["project"]), history(rows))

    assert (whole.evidence["spent"], whole.evidence["unconverted"]) == ("10.00", {"EUR": "5.00"})
    assert (one.evidence["spent"], one.evidence["unconverted"]) == ("10.00", {"EUR": "0.00"})
    assert (other.evidence["spent"], other.evidence["unconverted"]) == ("0.00", {"EUR": "5.00"})


def test_a_budget_in_another_currency_counts_that_currency() -> None:
    rows = [usd("2026-11-10", 10), Spend(series("p1"), utc("2026-11-10"), 900 * NANO, currency="EUR")]

    (finding,) = current(budget(amount="1000 EUR"), history(rows))

    assert (finding.active, finding.evidence["currency"], finding.evidence["spent"]) == (True, "EUR", "900.00")


def test_days_are_local_days_of_the_zone() -> None:
    hours = [Spend(series("p1"), utc(f"2026-11-20T{h:02}:00"), 100 * NANO, length=timedelta(hours=1)) for h in (4, 5)]

    findings = found(budget(period="day"), history(hours), NOW, zone="America/New_York")

    assert [(f.period, f.evidence["spent"]) for f in findings[:2]] == [
        ("2026-11-20", "100.00"),
        ("2026-11-19", "100.00"),
    ]
    assert findings[0].start == utc("2026-11-20T05:00")


def test_a_short_day_holds_the_bill_of_that_day() -> None:
    rule, known = budget(period="day"), history([usd("2026-03-08", 900)])

    assert current(rule, known, utc("2026-03-08T15:00"), zone="America/New_York")[0].active


def test_the_subject_of_a_finding_is_what_its_scope_has_in_common() -> None:
    labels = [LabelRule(EVERYTHING, (("team", "research"),))]
    rows = [usd("2026-11-10", 1, "p1", model="o3"), usd("2026-11-10", 1, "p1", model="gpt-4o")]

    (finding,) = current(budget(), history(rows, labels=labels))

    assert finding.subject == {
        "provider": ("openai",),
        "source": ("openai",),
        "project": ("p1",),
        "team": ("research",),
    }


def test_the_identity_of_a_budget_is_what_it_counts_and_not_how_much() -> None:
    utc_zone = ZoneInfo("UTC")
    same = {budget(**f).identity(utc_zone) for f in ({}, {"amount": 5}, {"thresholds": levels("50%")}, {"for": "1h"})}
    others = {
        budget(match={"project": "a"}).identity(utc_zone),
        budget(each=["project"]).identity(utc_zone),
        budget(period="day").identity(utc_zone),
        budget(amount="1000 EUR").identity(utc_zone),
        budget().identity(NEW_YORK),
    }

    assert len(same) == 1
    assert len(others | same) == 6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"thresholds": levels("80%", "$800")}, "levels 80% and \\$800 are the same line"),
        ({"thresholds": []}, "at least 1 item"),
        ({"thresholds": levels("€800"), "amount": "1000 USD"}, "not in the budget's currency"),
        ({"overrides": [{"match": {}, "amount": "5 EUR"}]}, "another currency"),
        ({"limit": 5}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        budget(**fields)


def test_a_pattern_of_a_budget_is_the_pattern_of_a_match() -> None:
    assert budget(match={"project": ["a*", {"not": ["ab"]}]}).match.fields == (
        ("project", patterns(["a*", {"not": ["ab"]}])),
    )
