from __future__ import annotations

from datetime import timedelta
from typing import Any

from budgetbot.core.fx import NO_FX
from budgetbot.core.grant import Planned
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Finding
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import patterns
from budgetbot.rules.planned import excused, left_out, touching
from tests.standins.budgets import budget, current
from tests.standins.fx import USD_EUR
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-16")
LOAD_TEST = Match((("project", patterns(["load-*"])),))
DAY = timedelta(days=1)


def planned(since: str, until: str, up_to: int = 4000, match: Match = LOAD_TEST, currency: str = "USD") -> Planned:
    return Planned("load-test", match, utc(since), utc(until), up_to * NANO, currency, "load test")


def daily(dollars: int, project: str) -> list[Spend]:
    return [usd(f"{NOW - DAY * back:%Y-%m-%d}", dollars, project) for back in range(45, 0, -1)]


def burst(dollars: int, *days: str, project: str = "load-1") -> list[Spend]:
    return [usd(f"2026-11-{day}", dollars, project) for day in days]


def foreseen(*rows: Spend, rule: Budget | None = None, **more: Any) -> list[Finding]:
    rule = rule or budget(amount=3000, thresholds=[{"forecast": "100%", "severity": "warning"}])
    return current(rule, history(rows, [fresh(NOW)]), NOW, **more)


def expected(finding: Finding) -> float:
    told: Any = finding.evidence["forecast"]
    return float(told["expected"])


def test_planned_spend_that_is_over_is_left_out_of_what_is_foretold() -> None:
    rows = [*daily(40, "p1"), *burst(200, "09", "10", "11", "12", "13", "14", "15")]

    (usual,) = foreseen(*rows)
    (less,) = foreseen(*rows, planned=[planned("2026-11-09", "2026-11-16")])

    assert usual.active
    assert not less.active
    assert 2500 < expected(less) < 2700  # 2,000 spent, and 40 a day for the rest
    assert less.evidence["spent"] == "2000.00"


def test_other_spend_of_those_days_still_counts_as_usual() -> None:
    rows = [*daily(40, "p1"), *burst(200, "12", "13")]

    (all_of_it,) = foreseen(*rows, planned=[planned("2026-11-12", "2026-11-14", match=EVERYTHING)])
    (part,) = foreseen(*rows, planned=[planned("2026-11-12", "2026-11-14")])

    assert abs(expected(all_of_it) - expected(part)) < 30  # a day without word is not a day without spend


def test_while_planned_spend_keeps_to_its_amount_no_forecast_speaks() -> None:
    rows = [*daily(150, "p1"), *burst(300, "14", "15")]

    (quiet,) = foreseen(*rows, planned=[planned("2026-11-14", "2026-11-20", up_to=600)])
    (beyond,) = foreseen(*rows, planned=[planned("2026-11-14", "2026-11-20", up_to=599)])
    (over,) = foreseen(*rows, planned=[planned("2026-11-14", "2026-11-16", up_to=600)])

    assert [f.active for f in (quiet, beyond, over)] == [False, True, True]
    assert not quiet.clear


def test_budgets_fire_all_the_same() -> None:
    rule = budget(amount=1000)

    (finding,) = foreseen(*burst(900, "15"), rule=rule, planned=[planned("2026-11-14", "2026-11-20")])

    assert finding.active


def test_a_window_speaks_for_the_scopes_that_it_touches() -> None:
    rule = budget(amount=3000, each=["project"], thresholds=[{"forecast": "100%", "severity": "warning"}])
    rows = [*daily(150, "p1"), *daily(150, "load-1")]

    findings = foreseen(*rows, rule=rule, planned=[planned("2026-11-15", "2026-11-20")])

    assert {f.scope.ids["project"]: f.active for f in findings} == {"p1": True, "load-1": False}


def test_spend_is_left_out_to_the_bucket() -> None:
    hour = timedelta(hours=1)
    rows = [Spend(series("load-1"), utc("2026-11-15T00:00") + hour * n, NANO, length=hour) for n in range(24)]
    group = history(rows).group(EVERYTHING)
    spans = [Span(NOW - DAY * (n + 1), NOW - DAY * n) for n in (2, 1, 0)]

    windows = list(touching([planned("2026-11-15T08:00", "2026-11-15T20:00")], group, EVERYTHING, []))

    assert (left_out(windows, spans, 1, "USD", NO_FX) // NANO).tolist() == [[0, 0, 12]]


def test_an_amount_in_another_currency_is_compared_in_that_one() -> None:
    money = history(burst(100, "15"))
    group = money.group(EVERYTHING)

    def quiet(up_to: int) -> bool:
        window = planned("2026-11-15", "2026-11-20", up_to, currency="EUR")
        return bool(excused(list(touching([window], group, EVERYTHING, [])), money, NOW, USD_EUR))

    assert [quiet(50), quiet(49)] == [True, False]
