"""What was spent, told in one currency."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.spend import SpendQuery, answer
from tests.standins.fx import USD_EUR, rates
from tests.standins.spend import Spend, history, series, usd, utc

NOW = utc("2026-11-20T14:00")
MONTH = Span(utc("2026-11-01"), utc("2026-12-01"))
OCTOBER = Span(utc("2026-10-01"), utc("2026-11-01"))


def asked(
    data: History, *by: str, currency: str | None = "EUR", fx: Fx = USD_EUR, default: str = "USD", **more: Any
) -> dict[str, Any]:
    query = SpendQuery(MONTH, "November 2026", by or ("project",), currency=currency, **more)
    return cast("dict[str, Any]", answer(query, data, default, NOW, fx))


def money(day: str, amount: int, currency: str, project: str = "p1") -> Spend:
    return Spend(series(project), utc(day), amount * NANO, currency=currency)


def test_the_currency_that_is_asked_for_is_told_with_everything_converted() -> None:
    euros = money("2026-11-03", 4, "EUR", "p2")

    said = asked(history([usd("2026-11-02", 10), usd("2026-11-02", 2, "p2"), euros]))

    assert (said["currency"], said["total"], "wanted" in said, "unconverted" in said) == ("EUR", "10.00", False, False)
    assert [(row["ids"]["project"], row["amount"]) for row in said["rows"]] == [("p1", "5.00"), ("p2", "5.00")]


def test_the_default_currency_is_told_where_rates_exist() -> None:
    said = asked(history([usd("2026-11-02", 10)]), currency=None, default="EUR")

    assert (said["currency"], said["total"]) == ("EUR", "5.00")


def test_without_a_rate_the_original_currency_is_told_and_the_other_named() -> None:
    for default, currency in (("USD", "GBP"), ("GBP", None)):
        said = asked(history([usd("2026-11-02", 10)]), currency=currency, default=default)

        assert (said["currency"], said["wanted"], said["total"]) == ("USD", "GBP", "10.00")
        assert "unconverted" not in said


def test_where_rates_begin_inside_the_days_the_original_currency_is_told() -> None:
    fx = rates("USD EUR 0.5 2026-11-10")

    said = asked(history([usd("2026-11-02", 10), usd("2026-11-12", 10)]), fx=fx)

    assert (said["currency"], said["wanted"], said["total"]) == ("USD", "EUR", "20.00")


def test_where_only_the_compared_days_have_no_rate_both_are_told_in_the_original_currency() -> None:
    fx = rates("USD EUR 0.5 2026-11-01")

    said = asked(history([usd("2026-10-02", 10), usd("2026-11-12", 10)]), fx=fx, compare=(OCTOBER, "October 2026"))

    assert (said["currency"], said["compare"]["total"], said["compare"]["change"]) == ("USD", "10.00", "0.00")


def test_a_currency_without_any_rate_stays_out_beside_one_that_is_converted() -> None:
    rows = [usd("2026-11-02", 10), money("2026-11-02", 3, "GBP"), money("2026-10-02", 7, "GBP"), usd("2026-10-02", 4)]

    said = asked(history(rows), compare=(OCTOBER, "October 2026"))

    assert (said["currency"], said["total"], said["unconverted"]) == ("EUR", "5.00", {"GBP": "3.00"})
    assert (said["compare"]["total"], said["compare"]["unconverted"]) == ("2.00", {"GBP": "7.00"})


def test_over_is_an_amount_of_the_currency_that_is_asked_for() -> None:
    data = history([usd("2026-11-02", 10, "p1"), usd("2026-11-02", 8, "p2")])

    assert [row.get("other", False) for row in asked(data, over=4 * NANO)["rows"]] == [False, True]
    assert [row.get("other", False) for row in asked(data, over=9 * NANO, fx=NO_FX)["rows"]] == [False, False]


def test_days_are_told_at_their_own_rates() -> None:
    fx = rates("USD EUR 0.5 2026-11-01", "USD EUR 2 2026-11-03")

    said = asked(history([usd(f"2026-11-0{day}", 10) for day in (2, 3)]), "day", fx=fx)

    assert [(row["by"]["day"], row["amount"]) for row in said["rows"]] == [
        ("2026-11-02", "5.00"),
        ("2026-11-03", "20.00"),
    ]


_ROWS = st.lists(
    st.builds(
        Spend,
        st.builds(series, st.sampled_from([None, "p1", "p2"]), model=st.sampled_from("xy")),
        st.integers(0, 30 * 24 - 1).map(lambda hours: MONTH.start + timedelta(hours=hours)),
        st.integers(-(10**15), 10**15),
        st.integers(0, 10**15),
        st.just(timedelta(hours=1)),
        st.sampled_from(["USD", "EUR", "GBP"]),
    ),
    max_size=15,
)
_FX = rates("USD EUR 0.923456789 2026-10-01", "EUR USD 1.07 2026-11-09", "GBP EUR 1.13 2026-10-01")
_BY = st.lists(st.sampled_from(["project", "model", "day", "hour"]), min_size=1, max_size=3, unique=True)


@given(_ROWS, _BY, st.none() | st.integers(1, 3))
def test_rows_sum_to_the_total_which_is_the_same_by_whatever_it_is_told(
    rows: list[Spend], by: list[str], top: int | None
) -> None:
    data = history(rows)

    said = asked(data, *by, fx=_FX, top=top)

    whole = data.group(EVERYTHING).converted(MONTH, "EUR", _FX).totals
    assert Decimal(said["total"]) * NANO == sum(total.spent for total in whole)
    for column, total in (("amount", "total"), ("billed", "billed"), ("estimated", "estimated")):
        assert sum(Decimal(row[column]) for row in said["rows"]) == Decimal(said[total])
    assert all(Decimal(row["estimated"]) >= 0 for row in said["rows"])
