from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from budgetbot.core.money import NANO
from budgetbot.rules.fields import patterns
from tests.standins.budgets import NOW, budget, current, levels
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NEW_YORK = ZoneInfo("America/New_York")


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


def test_what_cannot_be_converted_is_said_and_not_counted() -> None:
    rows = [usd("2026-11-10", 10, "p1"), Spend(series("p2"), utc("2026-11-10"), 5 * NANO, currency="EUR")]

    whole, _ = current(budget(), history(rows))
    one, other, _ = current(budget(each=["project"]), history(rows))

    assert (whole.evidence["spent"], whole.evidence["unconverted"]) == ("10.00", {"EUR": "5.00"})
    assert (one.evidence["spent"], "unconverted" in one.evidence) == ("10.00", False)
    assert (other.evidence["spent"], other.evidence["unconverted"]) == ("0.00", {"EUR": "5.00"})


def test_a_budget_in_another_currency_counts_that_currency() -> None:
    rows = [usd("2026-11-10", 10), Spend(series("p1"), utc("2026-11-10"), 900 * NANO, currency="EUR")]

    finding, _ = current(budget(amount="1000 EUR"), history(rows))

    assert (finding.active, finding.evidence["currency"], finding.evidence["spent"]) == (True, "EUR", "900.00")


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
