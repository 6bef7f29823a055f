"""Why spend changed: new, gone, volume, price and mix."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.change import EXPLAINED, Change, Reason, top
from budgetbot.core.directory import Directory
from budgetbot.core.drivers import Cell, change
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Entity
from budgetbot.core.money import NANO
from tests.standins.spend import series

NOBODY = Directory()


def cell(before: int, after: int, q0: int = 0, q1: int = 0, unit: str | None = None, **who: str | None) -> Cell:
    """Whole dollars of one key, or of whom else."""
    of: dict[str, Any] = {"project": "p1", "api_key": "k1", "model": "gpt-5", **who}
    return Cell(series(**of), before * NANO, after * NANO, q0, q1, unit or ("tokens" if q0 or q1 else None))


def causes(found: Change, dimension: str = "api_key") -> dict[tuple[str | None, Reason], float]:
    """Dollars by value and reason."""
    return {(one.id, one.kind): one.amount / NANO for one in found.by(dimension)}


def named(found: Change, most: int = 5) -> list[tuple[str, str | None, Reason, float]]:
    return [(one.dimension, one.id, one.kind, one.amount / NANO) for one in top(found, most).causes]


def test_what_cost_nothing_before_is_new_and_what_costs_nothing_after_is_gone() -> None:
    found = change([cell(0, 80, 0, 8), cell(5, 0, 7, 0, api_key="k2")], NOBODY)

    assert causes(found) == {("k1", "new"): 80, ("k2", "gone"): -5}
    assert found.total == 75 * NANO


def test_more_use_at_the_same_price_is_volume() -> None:
    assert causes(change([cell(10, 30, 100, 300)], NOBODY)) == {("k1", "volume"): 20}


def test_the_same_use_at_another_price_is_price() -> None:
    assert causes(change([cell(10, 4, 100, 100)], NOBODY)) == {("k1", "price"): -6}


def test_the_same_use_of_dearer_models_is_mix() -> None:
    cells = [cell(10, 5, 100, 50), cell(100, 150, 100, 150, model="gpt-5-pro")]

    assert causes(change(cells, NOBODY)) == {("k1", "mix"): 45}


def test_a_model_that_a_key_takes_up_in_place_of_another_is_mix_of_the_key_and_new_as_a_model() -> None:
    found = change([cell(10, 0, 100, 0), cell(0, 100, 0, 100, model="gpt-5-pro")], NOBODY)

    assert causes(found) == {("k1", "mix"): 90}
    assert causes(found, "model") == {("gpt-5", "gone"): -10, ("gpt-5-pro", "new"): 100}


def test_use_and_price_that_change_together_share_what_they_did_together() -> None:
    # 10 at $1 becomes 20 at $3: 10 more at the mean of $2, and $2 more for the mean of 15
    assert causes(change([cell(10, 60, 10, 20)], NOBODY)) == {("k1", "volume"): 20, ("k1", "price"): 30}


def test_all_three_are_as_the_formulas_say() -> None:
    found = change([cell(10, 40, 10, 20), cell(30, 20, 10, 10, model="o3")], NOBODY)

    # prices 1 and 3 become 2 and 2; means 1.5 and 2.5; use of 20 becomes 30, the shares 1/2, 1/2 become 2/3, 1/3
    assert causes(found) == {
        ("k1", "price"): 15 * 1 + 10 * -1,
        ("k1", "volume"): pytest.approx(10 * (7 / 12 * 1.5 + 5 / 12 * 2.5), abs=1e-8),
        ("k1", "mix"): pytest.approx(25 * (1 / 6 * 1.5 - 1 / 6 * 2.5), abs=1e-8),
    }


def test_units_that_cannot_be_added_are_looked_at_apart() -> None:
    cells = [cell(10, 20, 10**9, 2 * 10**9), cell(10, 5, 10, 5, unit="images", model="gpt-image-1")]

    assert causes(change(cells, NOBODY)) == {("k1", "volume"): 5}


def test_where_no_use_is_known_the_cost_alone_is_the_volume() -> None:
    found = change([cell(10, 30), cell(10, 20, 10, 20, model="o3")], NOBODY)

    assert [(one.kind, one.amount, one.measured) for one in found.by("api_key")] == [
        ("volume", 10 * NANO, True),
        ("volume", 20 * NANO, False),
    ]


def test_a_cause_has_the_name_of_today_and_the_owner_whom_the_provider_names_or_else_by_label() -> None:
    label = LabelRule(Match((("model", Patterns(("gpt-5",))),)), (("owner", "ml@example.com"),))
    names = [
        Entity("openai", "api_key", "k1", "ci-1"),
        Entity("openai", "api_key", "k2", None, owner="dev"),
    ]
    cells = [cell(0, 1), cell(0, 1, api_key="k2"), cell(0, 1, api_key="k2", model="o3")]

    found = change(cells, Directory(names, [label]))

    assert [(one.id, one.name, one.owner) for one in found.by("api_key")] == [
        ("k1", "ci-1", "ml@example.com"),
        ("k2", "k2", "dev"),
    ]


def test_two_accounts_with_one_id_are_two_values() -> None:
    found = change([cell(0, 1, source="eu"), cell(1, 0, source="us")], NOBODY)

    assert [(one.id, one.kind) for one in found.by("api_key")] == [("k1", "new"), ("k1", "gone")]


def test_a_key_that_explains_most_is_named_and_its_project_is_not() -> None:
    others = [cell(9, 10, 9, 10, api_key=f"o{n}", project=f"p{n % 3}") for n in range(9)]

    found = change([*others, cell(20, 100, 20, 100, api_key="big", project="p1")], NOBODY)

    assert named(found)[0] == ("api_key", "big", "volume", 80)
    assert {one.dimension for one in top(found).causes} == {"api_key"}


def test_what_all_keys_of_one_model_have_in_common_is_told_of_the_model() -> None:
    dearer = [cell(10, 15, 10, 10, api_key=f"k{n}", project=f"p{n % 3}") for n in range(6)]
    same = [cell(50, 50, 10, 10, api_key=f"k{n}", model="o3", project=f"p{n % 3}") for n in range(6)]

    assert named(change([*dearer, *same], NOBODY)) == [("model", "gpt-5", "price", 30)]


def test_a_dimension_of_one_value_alone_explains_nothing() -> None:
    found = change([cell(5, 25, 5, 25), cell(5, 5, 5, 5, model="o3"), cell(5, 5, 5, 5, model="o4")], NOBODY)

    assert named(found) == [("model", "gpt-5", "volume", 20)]


def test_the_causes_of_one_value_stand_together_and_what_is_left_out_is_the_rest() -> None:
    cells = [cell(100, 300, 100, 200), cell(0, 120, 0, 1, api_key="k2"), cell(0, 30, 0, 1, api_key="k3")]

    causes, rest = top(change(cells, NOBODY), 3)

    assert [(one.id, one.kind) for one in causes] == [("k1", "volume"), ("k1", "price"), ("k2", "new")]
    assert rest == 30 * NANO


def test_a_hundredth_of_the_largest_cause_is_among_the_rest() -> None:
    found = change([cell(0, 1000, 0, 1), cell(0, 10, 0, 1, api_key="k2"), cell(0, 9, 0, 1, api_key="k3")], NOBODY)

    assert [one.id for one in top(found).causes] == ["k1", "k2"]
    assert top(found).rest == 9 * NANO


def test_no_change_has_no_cause() -> None:
    assert top(change([], NOBODY)) == ((), 0)
    assert top(change([cell(5, 5, 1, 1)], NOBODY)) == ((), 0)


_MONEY = st.integers(-(10**6), 10**18)
_USED = st.integers(0, 10**13)
_WHO = st.fixed_dictionaries(
    {
        "project": st.sampled_from(["p1", "p2", None]),
        "api_key": st.sampled_from(["k1", "k2", "k3", None]),
        "model": st.sampled_from(["a", "b", None]),
        "line_item": st.sampled_from(["a, input", "b, output", None]),
        "user": st.sampled_from(["u", None]),
    }
)


@st.composite
def cells(draw: st.DrawFn, key: str | None = None) -> Cell:
    """One series as it may come; with a unit, there is use wherever there is cost."""
    who: dict[str, Any] = draw(_WHO)
    if key is not None:
        who = dict.fromkeys(who, key)
    one = Cell(series(**who), draw(_MONEY | st.just(0)), draw(_MONEY | st.just(0)))
    unit = draw(st.sampled_from([None, "tokens", "images"]))
    if unit is None:
        return one
    return one._replace(unit=unit, used_before=draw(_USED) + bool(one.before), used_after=draw(_USED) + bool(one.after))


_CELLS = st.lists(cells(), max_size=12, unique_by=lambda one: one.series)


def back(one: Cell) -> Cell:
    return Cell(one.series, one.after, one.before, one.used_after, one.used_before, one.unit)


@given(_CELLS, st.integers(1, 6))
def test_the_parts_of_every_dimension_sum_to_the_change_to_the_last_nano_unit(found: list[Cell], most: int) -> None:
    whole = change(found, NOBODY)

    assert whole.total == sum(one.after - one.before for one in found)
    for dimension in EXPLAINED:
        assert sum(one.amount for one in whole.by(dimension)) == whole.total
    named = top(whole, most)
    assert sum(one.amount for one in named.causes) + named.rest == whole.total
    assert len(named.causes) <= most


@given(_CELLS)
def test_backwards_every_cause_is_the_opposite(found: list[Cell]) -> None:
    swapped: dict[Reason, Reason] = {"new": "gone", "gone": "new"}

    there, again = change(found, NOBODY), change([back(one) for one in found], NOBODY)

    assert again.total == -there.total
    assert Counter(again.parts) == Counter(
        replace(one, kind=swapped.get(one.kind, one.kind), amount=-one.amount) for one in there.parts
    )


@given(_CELLS, cells(key="calm"))
def test_what_did_not_change_adds_no_cause_and_changes_none(found: list[Cell], calm: Cell) -> None:
    calm = calm._replace(after=calm.before, used_after=calm.used_before)

    with_it = change([*found, calm], NOBODY)

    assert Counter(with_it.parts) == Counter(change(found, NOBODY).parts)


@given(_CELLS)
def test_price_is_the_same_whatever_it_is_told_by_where_nothing_is_new_or_gone(found: list[Cell]) -> None:
    kept = [one for one in found if one.before > 0 and one.after > 0 and one.unit]

    whole = change(kept, NOBODY)

    sums = [sum(one.amount for one in whole.by(name) if one.kind == "price") for name in EXPLAINED]
    assert max(sums) - min(sums) <= len(kept)  # rounding apart


@given(_CELLS)
def test_what_did_not_change_beside_it_in_the_same_key_leaves_the_price_as_it_is(found: list[Cell]) -> None:
    calm = cell(7, 7, 5, 5, model="calm")
    mine = [one._replace(series=one.series._replace(api_key="k1"), before=one.before or 1) for one in found]
    mine = [one._replace(used_before=one.used_before or 1) if one.unit else one for one in mine]

    def price(cells: list[Cell]) -> int:
        return sum(one.amount for one in change(cells, NOBODY).by("api_key") if one.kind == "price")

    assert abs(price([*mine, calm]) - price([*mine, calm, calm._replace(series=series("x", api_key="k1"))])) <= 1
