from __future__ import annotations

import pytest

from budgetbot.core.model import Json
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.wording_digest import ALERTS, BARS, BUDGETS, ROWS, DigestMessage, digest_message
from tests.notifiers.samples import DIGEST


def told(**changed: Json) -> DigestMessage:
    return digest_message({**DIGEST, **changed})


def test_the_lead_says_the_total_the_change_the_period_and_the_open_alerts() -> None:
    assert told().lead == (
        "$123.45 was spent (20 Nov); it was $100.00 in the stretch before, +$23.45 (+23 %). "
        "Nov 2026 stands at $2,012.34. 1 open alert."
    )
    assert told().summary.startswith("20 Nov: $123.45, +$23.45 (+23 %)")


def test_a_day_on_which_nothing_was_spent_says_so() -> None:
    empty = told(total="0", previous_total=None, change=None, rows=[], other=None, chart=[], movers=[], alerts=[])

    assert empty.lead.startswith("Nothing was spent (20 Nov). ")
    assert (empty.chart, empty.rows, empty.movers, empty.alerts) == ((), (), (), ())


@pytest.mark.parametrize(("complete_to", "said"), [(None, "nothing"), ("2026-11-20T23:00:00Z", "2026-11-20 23:00 UTC")])
def test_missing_data_never_looks_like_zero_spend(complete_to: str | None, said: str) -> None:
    lead = told(total="0", complete_to=complete_to).lead

    assert lead.startswith("No spend is known yet (20 Nov)")
    assert f"Not all of it is in: data complete to {said}." in lead
    assert f"data complete to {said}." in told(complete_to=complete_to).lead


def test_no_change_is_not_told() -> None:
    assert "it was $123.45 in the stretch before. " in told(previous_total="123.45", change="0.00").lead


def test_rows_are_parts_of_the_total_and_the_rest_is_one_row() -> None:
    assert told().rows == (
        ("research", "$80.00", "64 %", "$1,500.00"),
        ("search web", "$30.45", "24 %", "$400.34"),
        ("unattributed", "$3.00", "2 %", "$12.00"),
        ("7 others", "$10.00", "8 %", "$100.00"),
    )


def test_too_many_rows_are_added_to_the_others_so_that_the_sum_stays_right() -> None:
    rows: list[Json] = [{"by": {"project": "p"}, "amount": "1.00", "period_amount": "2.00"}] * (ROWS + 5)

    shown = told(rows=rows).rows

    assert len(shown) == ROWS + 1
    assert shown[-1] == ("12 others", "$15.00", "12 %", "$110.00")


def test_bars_are_sized_against_the_longest_and_credits_have_none() -> None:
    chart: list[Json] = [{"label": str(i), "amount": amount} for i, amount in enumerate(["10.00", "5.00", "-3.00"])]

    assert [bar.size for bar in told(chart=chart).chart] == [1000, 500, 0]
    assert told(chart=[{"label": "a", "amount": "0.00"}]).chart == ()


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    bar: Json = {"label": "d", "amount": "1.00"}
    budget: Json = {"name": "b", "spent": "1.00", "amount": "2.00", "state": "ok"}
    alert: Json = {"id": "a", "summary": "s", "severity": "info"}

    many = told(chart=[bar] * 99, budgets=[budget] * 99, alerts=[alert] * 99)

    assert len(many.chart) == BARS
    assert many.budgets[-1][0] == f"and {99 - BUDGETS} more"
    assert many.alerts[-1] == f"and {99 - ALERTS} more"


def test_a_budget_shows_its_share_cut_never_rounded_up() -> None:
    budget: Json = {"name": "b", "scope": {"api_key": "k"}, "spent": "99.99", "amount": "100.00", "state": "ok"}

    assert told(budgets=[budget]).budgets == (("b (k)", "$99.99", "$100", "99 %", "ok"),)


def test_a_budget_is_told_in_its_own_currency_against_what_it_has_with_grants() -> None:
    amounts: dict[str, Json] = {"spent": "60.00", "amount": "100.00", "effective_amount": "120.00"}
    budget: Json = {"name": "b", "currency": "EUR", "state": "ok", **amounts}

    assert told(budgets=[budget]).budgets == (("b", "€60.00", "€120", "50 %", "ok"),)


def test_only_sources_that_fail_are_named() -> None:
    assert told().context == (
        "Covers 2026-11-20 00:00 UTC until 2026-11-21 00:00 UTC",
        "Data complete to 2026-11-21 08:00 UTC; bill settled to 2026-11-19 00:00 UTC",
        "openai usage/images cannot be read, complete to 2026-11-20 22:00 UTC: HTTP 500",
    )


def test_a_digest_that_is_not_of_its_shape_can_never_be_sent() -> None:
    with pytest.raises(DeliveryError, match="cannot be read") as refused:
        told(total="much")

    assert refused.value.permanent
