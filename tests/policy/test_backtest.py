"""What a policy would have caught, how early, and what was noise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from budgetbot.core.match import Match
from budgetbot.core.money import NANO
from budgetbot.core.notification import Reason
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.policy.backtest import Backtest, backtest, hours
from budgetbot.policy.backtest_difference import Difference, difference
from budgetbot.policy.backtest_report import report
from budgetbot.policy.policy import Policy, Route
from budgetbot.rules.budget import Budget
from tests.standins.past import Change, past
from tests.standins.spend import series, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOVEMBER = Span(utc("2026-11-01"), utc("2026-12-02"))


def day(date: str, dollars: int, project: str = "p1", known: int = 24, **more: Any) -> Change:
    """A day of the bill that became known so many hours after it began."""
    start = utc(date)
    return Change(start + known * HOUR, series(project), start, dollars * NANO, **more)


def budget(amount: int = 100, *levels: str, name: str = "b", period: str = "month", **more: Any) -> Budget:
    severity = {"50%": "info", "100%": "critical"}
    thresholds = [{"at": at, "severity": severity.get(at, "warning")} for at in levels or ("50%", "80%", "100%")]
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": thresholds} | more)


def run(known: Past, *rules: Budget, span: Span = NOVEMBER) -> Backtest:
    return backtest(Policy(rules=rules, routes=(Route(Match(), ("team",)),), hash="h"), known, span)


def alerts(found: Backtest) -> list[str]:
    """Time, level, noise."""
    return [
        f"{one.at:%d %H} {one.alert.level}{' noise' if one.noise else ''}"
        for result in found.rules
        for one in result.fired
    ]


def test_a_period_that_ended_over_its_amount_was_warned_of_so_long_before() -> None:
    known = past([day("2026-11-03", 60), day("2026-11-10", 30), day("2026-11-20", 30)])

    found = run(known, budget())

    assert alerts(found) == ["04 00 50%", "11 00 80%", "21 00 100%"]
    (over,) = found.rules[0].judged.overruns
    assert (over.effective, over.spent, over.exceeded_at) == (100 * NANO, 120 * NANO, utc("2026-11-21"))
    assert over.lead == 17 * DAY
    assert (found.rules[0].judged.periods, found.rules[0].judged.unwarned, found.rules[0].noise) == (1, 0, 0)
    assert found.told == {"team": {Reason.FIRST: 1, Reason.WORSE: 2, Reason.EXPIRED: 1}}


def test_spend_that_became_known_after_the_amount_was_crossed_is_an_overrun_without_a_warning() -> None:
    known = past([day("2026-11-03", 120, known=30)])

    found = run(known, budget())

    assert alerts(found) == ["04 06 50%", "04 06 80%", "04 06 100%"]
    assert found.rules[0].judged.unwarned == 1
    assert found.rules[0].leads == []


def test_a_warning_of_a_period_that_ended_below_its_amount_was_noise_and_an_info_never_is() -> None:
    found = run(past([day("2026-11-03", 60), day("2026-11-10", 30)]), budget())

    assert alerts(found) == ["04 00 50%", "11 00 80% noise"]
    assert found.rules[0].judged.overruns == ()


def test_a_level_above_the_amount_was_noise_where_it_was_not_reached_in_the_end() -> None:
    restated = [day("2026-11-10", 100, known=24), day("2026-11-10", -60, known=70)]

    found = run(past([day("2026-11-03", 110), *restated]), budget(100, "100%", "200%"))

    assert alerts(found) == ["04 00 100%", "11 00 200% noise"]


def test_what_was_passed_before_the_first_day_is_no_news_and_counts_as_a_warning() -> None:
    known = past([day("2026-11-03", 60), day("2026-11-20", 50)])

    found = run(known, budget(), span=Span(utc("2026-11-15"), NOVEMBER.end))

    assert alerts(found) == ["21 00 80%", "21 00 100%"]
    assert found.rules[0].leads == [17 * DAY]


def test_a_period_that_is_still_open_is_told_apart() -> None:
    found = run(past([day("2026-11-03", 160)]), budget(), span=Span(NOVEMBER.start, utc("2026-11-20")))

    judged = found.rules[0].judged
    assert (judged.periods, judged.overruns, judged.still_open) == (0, (), 1)
    assert [one.noise for one in found.rules[0].fired] == [None, None, None]


def test_each_scope_is_judged_on_its_own() -> None:
    known = past([day("2026-11-03", 120, "p1"), day("2026-11-03", 90, "p2"), day("2026-11-03", 1, "p3")])

    found = run(known, budget(each=["project"]))

    assert found.rules[0].judged.periods == 3
    assert [over.scope.ids for over in found.rules[0].judged.overruns] == [{"project": "p1"}]
    noise = {one.alert.scope.ids["project"]: one.noise for one in found.rules[0].fired if one.alert.level == "80%"}
    assert noise == {"p1": False, "p2": True}


def test_whole_hours_are_run_from_the_first_until_the_last_which_is_left_out() -> None:
    assert hours(Span(utc("2026-11-01T00:30"), utc("2026-11-01T03:00"))) == [
        utc("2026-11-01T01:00"),
        utc("2026-11-01T02:00"),
    ]
    assert hours(Span(utc("2026-11-01T03:00"), utc("2026-11-01T03:00"))) == []


def test_the_share_of_what_was_read_late_is_said_currency_by_currency() -> None:
    known = past([day("2026-11-03", 30, assumed=True), day("2026-11-04", 10), day("2026-11-05", 5, unit="EUR")])

    assert run(known, budget()).assumed == {"EUR": 0.0, "USD": 0.75}


def test_an_empty_ledger_has_nothing_to_tell() -> None:
    found = run(Past(), budget())

    assert (found.data, found.fired, found.told) == (None, 0, {})


def test_the_report_has_money_as_decimal_strings_and_is_the_same_each_time() -> None:
    known = past([day("2026-11-03", 60), day("2026-11-20", 70)])

    row = report(run(known, budget()))

    assert row == report(run(known, budget()))
    rules: Any = row["rules"]
    assert [rule["rule"] for rule in rules] == ["b"]
    assert rules[0]["exceeded"] == [
        {
            "by": {},
            "ids": {},
            "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
            "effective_amount": "100.00",
            "spent": "130.00",
            "unit": "USD",
            "exceeded_at": "2026-11-21T00:00:00Z",
            "warned_at": "2026-11-04T00:00:00Z",
            "lead_hours": 408.0,
        }
    ]


def compared(known: Past, before: Budget, after: Budget) -> Difference:
    return difference(run(known, before), run(known, after))


def test_another_level_that_warns_earlier_is_a_gain() -> None:
    known = past([day("2026-11-03", 30), day("2026-11-09", 55), day("2026-11-20", 30)])

    found = compared(known, budget(100, "80%", "100%"), budget(100, "25%", "80%", "100%"))

    assert [rule.what for rule in found.rules] == ["changed"]
    assert found.earlier == (6 * DAY,)
    assert [one.alert.level for one in found.new] == ["25%"]
    assert found.gone == []


def test_an_overrun_that_only_one_of_them_warned_of_is_caught_or_missed() -> None:
    known = past([day("2026-11-03", 30), day("2026-11-20", 80)])
    without, with_it = budget(100, "100%"), budget(100, "25%", "100%")

    assert (compared(known, without, with_it).caught, compared(known, without, with_it).missed) == (1, 0)
    assert (compared(known, with_it, without).caught, compared(known, with_it, without).missed) == (0, 1)


def test_a_rule_under_another_name_is_new_and_the_old_one_is_gone() -> None:
    found = compared(past([day("2026-11-03", 120)]), budget(name="old"), budget(name="new"))

    assert {rule.name: rule.what for rule in found.rules} == {"new": "new", "old": "gone"}
    assert (len(found.new), len(found.gone)) == (3, 3)


def test_the_same_policy_changes_nothing() -> None:
    found = compared(past([day("2026-11-03", 120)]), budget(), budget())

    assert [rule.what for rule in found.rules] == ["same"]
    assert (found.new, found.gone, found.earlier, found.caught) == ([], [], (), 0)
