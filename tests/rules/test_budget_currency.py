"""Budgets and what was spent in other currencies."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.model import Alert, Finding, Scope, Severity
from budgetbot.core.money import NANO
from tests.standins.budgets import NOW, budget, current, found, levels
from tests.standins.fx import USD_EUR, rates
from tests.standins.spend import Spend, history, series, usd, utc


def eur(day: str, euros: int, project: str = "p1") -> Spend:
    return Spend(series(project), utc(day), euros * NANO, currency="EUR")


def policy_findings(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.kind == "policy"]


def reported(level: str) -> Alert:
    return Alert("a", "b", "policy", Severity.WARNING, Scope(), level, 0, 0, "since-x", 1, "firing", NOW)


def test_a_budget_in_another_currency_counts_converted_spend() -> None:
    (finding,) = current(budget(amount="400 EUR"), history([usd("2026-11-10", 700)]), fx=USD_EUR)

    assert (finding.evidence["spent"], finding.evidence["currency"], finding.active) == ("350.00", "EUR", True)
    assert "unconverted" not in finding.evidence


def test_own_and_converted_currency_are_counted_together() -> None:
    (finding,) = current(budget(), history([usd("2026-11-10", 700), eur("2026-11-11", 50)]), fx=USD_EUR)

    assert (finding.evidence["spent"], finding.active) == ("800.00", True)


def test_a_level_is_compared_to_the_nano_after_the_conversion() -> None:
    fx = rates("EUR USD 1.1 2026-01-01")
    line = Spend(series("p1"), utc("2026-11-10"), 727_272_727_273, currency="EUR")  # times 1.1 is 800.0000000003

    (reached,) = current(budget(), history([line]), fx=fx)
    (below,) = current(budget(), history([line._replace(billed=727_272_727_272)]), fx=fx)

    assert (reached.active, below.active) == (True, False)


def test_each_scope_is_converted_by_itself() -> None:
    rows = [usd("2026-11-10", 700, "p1"), usd("2026-11-10", 900, "p2"), eur("2026-11-10", 50, "p1")]

    one, other = current(budget(amount="400 EUR", each=["project"]), history(rows), fx=USD_EUR)

    assert (one.evidence["spent"], other.evidence["spent"]) == ("400.00", "450.00")


def test_drivers_are_converted_and_add_up_to_what_was_spent() -> None:
    rows = [usd("2026-11-10", 700, "p1"), usd("2026-11-10", 200, "p2"), eur("2026-11-10", 60, "p2")]

    (finding,) = current(budget(amount="400 EUR"), history(rows), fx=USD_EUR)

    assert [(d.id, d.amount) for d in finding.drivers if d.dimension == "project"] == [
        ("p1", 350 * NANO),
        ("p2", 160 * NANO),
    ]


def test_what_cannot_be_converted_is_a_finding_of_its_own() -> None:
    level, finding = current(budget(), history([usd("2026-11-10", 10), eur("2026-11-10", 5)]))

    assert (finding.rule, finding.kind, finding.level, finding.severity) == (
        "b",
        "policy",
        "unconverted EUR",
        "warning",
    )
    assert (finding.active, finding.clear, finding.rank) == (True, False, 0)
    assert finding.evidence == {
        "currency": "USD",
        "unconverted": {"EUR": "5.00"},
        "complete_to": None,
        "settled_to": None,
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "since": "2026-11-01",
    }
    assert finding.subject["project"] == ("p1",)
    assert level.evidence["unconverted"] == {"EUR": "5.00"}


def test_days_before_the_first_rate_cannot_be_converted() -> None:
    known = history([eur("2026-11-09", 5), eur("2026-11-10", 7)])

    level, finding = current(budget(), known, fx=rates("EUR USD 2 2026-11-10"))

    assert (level.evidence["spent"], finding.evidence["unconverted"]) == ("14.00", {"EUR": "5.00"})


def test_all_scopes_of_a_budget_are_one_finding_for_each_currency() -> None:
    pounds = Spend(series("p1"), utc("2026-11-10"), 3 * NANO, currency="GBP")
    known = history([eur("2026-11-10", 5, "p1"), eur("2026-11-10", 6, "p2"), pounds])

    findings = policy_findings(current(budget(each=["project"]), known))

    assert [(f.scope, f.level) for f in findings] == [(Scope(), "unconverted EUR"), (Scope(), "unconverted GBP")]
    assert [f.evidence["unconverted"] for f in findings] == [{"EUR": "11.00"}, {"GBP": "3.00"}]


def test_with_a_rate_the_finding_is_clear_and_stale_data_clears_nothing() -> None:
    known, told = history([eur("2026-11-10", 5)]), [reported("unconverted EUR")]

    (over,) = policy_findings(current(budget(), known, fx=USD_EUR, open=told))
    (stale,) = policy_findings(current(budget(), known, fx=USD_EUR, open=told, stale=frozenset({"openai"})))

    assert (over.active, over.clear, "unconverted" in over.evidence) == (False, True, False)
    assert (stale.active, stale.clear) == (False, False)


def test_nothing_is_said_of_a_budget_whose_currency_is_all_there_is() -> None:
    assert policy_findings(found(budget(), history([usd("2026-11-10", 10)]))) == []
    assert policy_findings(found(budget(), history([usd("2026-11-10", 10), eur("2026-11-10", 5)]), fx=USD_EUR)) == []
    assert (
        policy_findings(found(budget(match={"project": "p2"}), history([usd("2026-11-10", 1), eur("2026-11-10", 5)])))
        == []
    )


def test_a_daily_budget_does_not_tell_of_it_anew_every_day() -> None:
    rule, rows = budget(period="day", thresholds=levels("100%")), [eur("2026-11-18", 5), usd("2026-11-20", 1)]
    told = [reported("unconverted EUR")]

    for days, active in ((0, True), (3, True), (7, False)):
        (finding,) = policy_findings(found(rule, history(rows), NOW + timedelta(days=days), open=told))
        assert (finding.active, finding.period, finding.ends) == (active, None, False)


def test_the_alert_of_a_whole_budget_is_no_scope_that_has_gone() -> None:
    told = [reported("unconverted EUR")]

    findings = current(budget(each=["project"]), history([usd("2026-11-10", 10)]), open=told)

    assert [(f.kind, f.scope.ids) for f in findings] == [("budget", {"project": "p1"}), ("policy", {})]
