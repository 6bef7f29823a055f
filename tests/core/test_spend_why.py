"""`why` in the answer about spend, as JSON values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from budgetbot.core.compared import NO_USE, Use
from budgetbot.core.history import History
from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Entity
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.spend import SpendQuery, answer
from tests.standins.fx import rates
from tests.standins.spend import Spend, history, series, usd, utc

NOW = utc("2026-11-20T14:00")
DAY = Span(utc("2026-11-19"), utc("2026-11-20"))
BEFORE = Span(utc("2026-11-18"), utc("2026-11-19"))


def asked(data: History, used: tuple[Use, Use] = (NO_USE, NO_USE), **more: Any) -> dict[str, Any]:
    query = SpendQuery(**{"span": DAY, "label": "19 Nov 2026", "compare": (BEFORE, "18 Nov 2026"), "why": True, **more})
    return cast("dict[str, Any]", answer(query, data, "USD", NOW, used=used))


def spent(*rows: tuple[str, int, str | None]) -> History:
    """Dollars a day of a key."""
    names = [Entity("openai", "api_key", "k1", "ci-1", owner="ana@example.com")]
    return history([usd(day, dollars, api_key=key) for day, dollars, key in rows], entities=names)


def test_each_cause_names_its_value_its_kind_its_amount_and_its_owner() -> None:
    data = spent(("2026-11-19", 80, "k1"), ("2026-11-18", 5, "k2"), ("2026-11-19", 7, "k2"), ("2026-11-18", 1, None))
    use = tuple({series("p1", api_key="k2"): {"requests": count}} for count in (10, 14))

    assert asked(data, (use[0], use[1]))["why"] == [
        {
            "kind": "new",
            "dimension": "api_key",
            "by": {"api_key": "ci-1"},
            "ids": {"api_key": "k1"},
            "amount": "80.00",
            "owner": "ana@example.com",
        },
        {
            "kind": "volume",
            "dimension": "api_key",
            "by": {"api_key": "k2"},
            "ids": {"api_key": "k2"},
            "amount": "2.00",
            "owner": None,
        },
        {
            "kind": "gone",
            "dimension": "api_key",
            "by": {"api_key": None},
            "ids": {"api_key": None},
            "amount": "-1.00",
            "owner": None,
        },
    ]


def test_the_rows_sum_to_the_change_the_rest_in_the_last_one() -> None:
    data = spent(*(("2026-11-19", 10 + n, f"k{n}") for n in range(9)), ("2026-11-18", 7, "k0"))

    said = asked(data)

    assert said["why"][-1].keys() == {"other", "amount"}
    assert sum(Decimal(row["amount"]) for row in said["why"]) == Decimal(said["compare"]["change"]) == 119


def test_what_no_use_is_known_of_is_said_so() -> None:
    (row,) = asked(spent(("2026-11-18", 5, "k1"), ("2026-11-19", 6, "k1")))["why"]

    assert (row["kind"], row["amount"], row["measured"]) == ("volume", "1.00", False)


def test_it_is_there_only_where_it_is_asked_for() -> None:
    data = spent(("2026-11-19", 1, "k1"))

    assert "why" not in asked(data, why=False)
    assert "why" not in asked(data, compare=None)
    assert asked(history([]))["why"] == []


def test_it_speaks_of_what_the_query_means_alone() -> None:
    match = Match((("api_key", Patterns(("k2",))),))

    said = asked(spent(("2026-11-19", 80, "k1"), ("2026-11-19", 2, "k2")), match=match)

    assert [row["ids"] for row in said["why"]] == [{"api_key": "k2"}]


def test_it_is_told_in_the_currency_of_the_answer() -> None:
    euros = [Spend(series("p1"), utc("2026-11-19"), 2 * NANO, currency="EUR"), usd("2026-11-18", 1)]
    query = SpendQuery(DAY, "19 Nov 2026", compare=(BEFORE, "18 Nov 2026"), why=True)

    said = cast("dict[str, Any]", answer(query, history(euros), "USD", NOW, rates("EUR USD 1.1 2026-01-01")))

    assert said["currency"] == "USD"
    assert sum(Decimal(row["amount"]) for row in said["why"]) == Decimal(said["compare"]["change"])
