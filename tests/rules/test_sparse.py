"""An evaluation speaks of what is reached or waited for, and of nothing else; it must not miss any of that."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.grant import Grant
from budgetbot.core.money import NANO
from tests.standins.budgets import NOW, budget, context, levels, open_alert
from tests.standins.fx import rates
from tests.standins.spend import Spend, fresh, history, series, usd, utc

FX = rates("EUR USD 1.1 2026-01-01")
ROWS = st.lists(
    st.builds(
        lambda project, day, dollars, currency: Spend(
            series(project), utc(f"2026-11-{day}"), dollars * NANO, currency=currency
        ),
        st.sampled_from(["p1", "p2", "p3", None]),
        st.integers(13, 20),
        st.integers(-50, 120),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=25,
)
GRANTS = st.lists(
    st.builds(
        lambda day, days, add: Grant("b", add * NANO, utc(f"2026-11-{day}"), utc(f"2026-11-{day + days}"), "lead", "x"),
        st.integers(13, 20),
        st.integers(1, 8),
        st.integers(1, 90),
    ),
    max_size=2,
)


@given(ROWS, GRANTS, st.booleans())
def test_nothing_that_is_reached_is_missed(rows: list[Spend], grants: list[Grant], carries: bool) -> None:
    rule = budget(
        period="day",
        each=["project"],
        amount=100,
        overrides=[{"match": {"project": "p2"}, "amount": 40}],
        thresholds=[*levels("80%", "$90", "100%"), {"forecast": "100%", "severity": "info"}],
        rollover={"max": "50%"} if carries else None,
    )
    known = context(history(rows, [fresh(NOW)]), grants=grants, fx=FX)

    said = rule.evaluate(known, NOW)

    assert said == [finding for finding in rule.every_level(known, NOW) if finding.active]


def test_a_level_with_an_alert_is_spoken_of_though_it_is_not_reached() -> None:
    rule = budget(each=["project"], thresholds=levels("50%", "80%"))
    known = history([usd("2026-11-10", 10, "p1"), usd("2026-11-10", 20, "p2")])
    key = known.group(rule.match, ["project"]).scopes[1].key

    assert rule.evaluate(context(known), NOW) == []
    (finding,) = rule.evaluate(context(known, watched=frozenset({(key, "80%")})), NOW)
    assert (finding.scope.ids["project"], finding.level, finding.clear) == ("p2", "80%", True)


def test_of_a_closed_period_only_what_was_open_to_its_end_is_spoken_of() -> None:
    rule, now = budget(), utc("2026-11-02")
    known = history([usd("2026-10-10", 700), usd("2026-11-01", 1)])
    alert = replace(open_alert(), period="2026-10", start=utc("2026-10-01"), end=utc("2026-11-01"))

    closing = rule.evaluate(context(known, open=[alert], watched=frozenset({("", "80%")})), now)
    after = rule.evaluate(context(known, watched=frozenset({("", "80%")})), now)

    assert [(f.period, f.late, f.evidence["spent"]) for f in closing] == [
        ("2026-11", False, "1.00"),
        ("2026-10", True, "700.00"),
    ]
    assert [f.period for f in after] == ["2026-11"]
