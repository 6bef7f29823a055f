"""One source-day: the bill as it is, split by usage, and what usage says beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from budgetbot.core.calibrate import ONE, Calibration, DayRatio
from budgetbot.core.estimate import Spent, ratios, spend
from budgetbot.core.money import NANO
from tests.standins.usage import (
    DAY,
    EXACT,
    INPUT,
    NEXT,
    OUTPUT,
    billed,
    day,
    estimated,
    learnt,
    line,
    sums,
    used,
)


def by_key(rows: Iterable[Spent]) -> dict[str | None, float]:
    sums: Counter[str | None] = Counter()
    for row in rows:
        sums[row.series.api_key] += row.billed
    return {key: amount / NANO for key, amount in sums.items() if amount}


def test_with_the_bill_silent_usage_at_list_price_is_estimated() -> None:
    rows = spend(day(weights=[used(INPUT, 3, 1), used(INPUT, 2, 5)]), EXACT)

    assert (billed(rows), estimated(rows)) == (0, 5)
    assert [(row.start.hour, row.estimated / NANO, row.series.line_item) for row in rows] == [
        (1, 3, INPUT),
        (5, 2, INPUT),
    ]


def test_each_project_and_item_counts_the_larger_of_bill_and_usage_and_never_both() -> None:
    lines = [line(INPUT, 4), line(OUTPUT, 9), line(INPUT, 1, "p2")]
    weights = [used(INPUT, 6), used(OUTPUT, 7), used(INPUT, 1, project="p2")]

    rows = spend(day(lines, weights), EXACT)

    sums = {
        key: (billed(part), estimated(part))
        for key in (("p1", INPUT), ("p1", OUTPUT), ("p2", INPUT))
        if (part := [r for r in rows if (r.series.project, r.series.line_item) == key])
    }
    assert sums == {("p1", INPUT): (4, 2), ("p1", OUTPUT): (9, 0), ("p2", INPUT): (1, 0)}


def test_usage_of_one_project_is_not_covered_by_the_bill_of_another() -> None:
    rows = spend(day([line(INPUT, 10, "p2")], [used(INPUT, 4, project="p1")]), EXACT)

    assert (billed(rows), estimated(rows)) == (10, 4)


def test_a_settled_day_is_the_bill_and_nothing_else() -> None:
    rows = spend(day([line(INPUT, 4)], [used(INPUT, 6), used(OUTPUT, 7)], settled=True), EXACT)

    assert (billed(rows), estimated(rows)) == (4, 0)
    assert all(row.low == row.high == row.billed for row in rows)


def test_the_live_figure_is_corrected_by_what_settled_days_taught() -> None:
    rows = spend(day(weights=[used(INPUT, 10)]), learnt(*[(INPUT, 10, 8)] * 10))

    assert estimated(rows) == 8
    assert (rows[0].low / NANO, rows[0].high / NANO) == (7.76, 8.24)


def test_a_bill_that_arrives_bit_by_bit_narrows_what_is_estimated() -> None:
    usage = [used(INPUT, 10)]

    rest = [estimated(spend(day([line(INPUT, known)] if known else [], usage), EXACT)) for known in (0, 4, 9.5, 10, 12)]

    assert rest == [10, 6, 0.5, 0, 0]


def test_what_is_estimated_lies_in_the_hours_that_are_not_billed_yet() -> None:
    # the bill, without hours, says 6: the hours are known only by usage, each billed in part
    rows = spend(day([line(INPUT, 6)], [used(INPUT, 6, 1), used(INPUT, 6, 2)]), EXACT)

    assert [(row.start.hour, row.billed / NANO, row.estimated / NANO) for row in rows] == [(1, 3, 3), (2, 3, 3)]


def test_a_line_is_split_over_keys_and_hours_by_priced_usage_and_sums_exactly() -> None:
    weights = [used(INPUT, 1, 1, key="k1"), used(INPUT, 1, 2, key="k2"), used(INPUT, 1, 3, key="k2")]

    rows = spend(day([line(INPUT, 0.1)], weights, settled=True), EXACT)

    assert sum(row.billed for row in rows) == NANO // 10
    assert by_key(rows) == {"k1": 0.033333334, "k2": 0.066666666}
    assert [row.start.hour for row in rows] == [1, 2, 3]


def test_a_line_that_no_usage_explains_keeps_its_nulls_and_follows_the_hours_of_the_source() -> None:
    weights = [used(INPUT, 3, 8, key="k1"), used(INPUT, 1, 9, key="k1")]

    rows = spend(day([line("storage", 4), line(INPUT, 1)], weights, settled=True), EXACT)

    alone = [row for row in rows if row.series.line_item == "storage"]
    assert {row.series.api_key for row in alone} == {None}
    assert [(row.start.hour, row.billed / NANO) for row in alone] == [(8, 3), (9, 1)]


def test_without_hourly_usage_a_line_stays_whole() -> None:
    rows = spend(day([line(INPUT, 4)], [used(INPUT, 1, None, key="k1")], settled=True), EXACT)
    alone = spend(day([line("storage", 4)], settled=True), EXACT)

    assert [(row.start, row.end, row.series.api_key) for row in rows] == [(DAY, NEXT, "k1")]
    assert [(row.start, row.end, row.billed) for row in alone] == [(DAY, NEXT, 4 * NANO)]


def test_a_line_that_names_a_key_is_split_over_that_keys_usage_alone() -> None:
    weights = [used(INPUT, 1, key="k1"), used(INPUT, 9, key="k2")]

    rows = spend(day([line(INPUT, 2, key="k1"), line(INPUT, 9, key="k3")], weights, settled=True), EXACT)

    assert by_key(rows) == {"k1": 2, "k3": 9}


def test_where_the_bill_names_keys_a_line_without_one_is_of_no_key() -> None:
    weights = [used(INPUT, 1, 1, key="k1"), used(INPUT, 1, 2), used(OUTPUT, 1, 3, key="k1")]
    lines = [line(INPUT, 3, key="k1"), line(INPUT, 5), line(OUTPUT, 7)]

    rows = spend(day(lines, weights, settled=True), EXACT)

    assert by_key(rows) == {"k1": 3, None: 12}


def test_a_line_that_names_a_tier_is_split_over_that_tiers_usage_alone() -> None:
    weights = [used(INPUT, 1, key="k1", service_tier="flex"), used(INPUT, 9, key="k2", service_tier="default")]

    assert by_key(spend(day([line(INPUT, 2, service_tier="flex")], weights, settled=True), EXACT)) == {"k1": 2}


def test_a_bill_that_names_only_the_model_meets_all_usage_of_it() -> None:
    lines = [line(None, 10, model="gpt-5")]
    weights = [used(INPUT, 3, key="k1"), used(OUTPUT, 9, key="k2")]

    rows = spend(day(lines, weights, items=()), Calibration([]))

    assert (billed(rows), estimated(rows)) == (10, 2)
    assert {row.series.line_item for row in rows} == {None}
    assert by_key(rows) == {"k1": 2.5, "k2": 7.5}


def test_two_names_that_a_bill_has_for_one_models_usage_both_keep_their_sums() -> None:
    lines = [line("prompts", 4, model="gpt-5"), line("answers", 8, model="gpt-5")]

    rows = spend(day(lines, [used(INPUT, 1), used(OUTPUT, 3)], items=()), EXACT)

    assert sums((row.series, row.currency, row.billed) for row in rows) == {
        ("p1", "prompts", "USD"): 4 * NANO,
        ("p1", "answers", "USD"): 8 * NANO,
    }


def test_a_credit_lowers_the_bill_and_is_split_like_any_line() -> None:
    weights = [used(INPUT, 1, 1, key="k1"), used(INPUT, 3, 2, key="k2")]

    rows = spend(day([line(INPUT, 8), line(INPUT, -4), line("credit", -1)], weights, settled=True), EXACT)

    assert billed(rows) == 3
    assert by_key(rows) == {"k1": 1, "k2": 3, None: -1}


def test_a_credit_does_not_hide_usage_that_is_not_billed_yet() -> None:
    rows = spend(day([line("credit", -100)], [used(INPUT, 5)]), EXACT)

    assert (billed(rows), estimated(rows)) == (-100, 5)


def test_a_zero_line_neither_adds_nor_takes() -> None:
    rows = spend(day([line(INPUT, 0), line("storage", 0)], [used(INPUT, 5)]), EXACT)
    settled = spend(day([line(INPUT, 0), line("storage", 0)], [used(INPUT, 5)], settled=True), EXACT)

    assert (billed(rows), estimated(rows)) == (0, 5)
    assert (billed(settled), estimated(settled)) == (0, 0)


def test_another_currency_is_billed_as_it_is_and_never_compared_with_usage() -> None:
    rows = spend(day([line(INPUT, 9), line(INPUT, 5, currency="EUR")], [used(INPUT, 10)]), EXACT)

    assert {(row.currency, row.billed // NANO, row.estimated // NANO) for row in rows} == {("USD", 9, 1), ("EUR", 5, 0)}


@pytest.mark.parametrize(("elapsed", "expected"), [(0, 0), (ONE // 4, 1.5), (ONE, 6)])
def test_what_recurs_without_usage_is_expected_as_far_as_the_day_has_come(elapsed: int, expected: float) -> None:
    known = learnt(("storage", 0, 5), ("storage", 0, 7), ("storage", 0, 6))

    rows = spend(day(elapsed=elapsed), known)

    assert (billed(rows), estimated(rows)) == (0, expected)
    assert all(row.low == 0 and row.high == 2 * row.estimated for row in rows)


def test_what_recurs_counts_the_larger_of_bill_and_expectation_and_never_both() -> None:
    known = learnt(("storage", 0, 6), ("storage", 0, 6), ("storage", 0, 6))

    partly, over = (spend(day([line("storage", known_so_far)]), known) for known_so_far in (2, 8))

    assert (billed(partly), estimated(partly)) == (2, 4)
    assert (billed(over), estimated(over)) == (8, 0)
    assert estimated(spend(day([line("storage", 2)], settled=True), known)) == 0


def test_calibration_learns_what_was_listed_and_billed_of_each_project_and_item() -> None:
    lines = [line(INPUT, 4), line(INPUT, 1, None), line("storage", 2), line(INPUT, 7, currency="EUR")]
    whole = day([*lines, line(INPUT, 9)], [used(INPUT, 5), used(INPUT, 3, 4), used(OUTPUT, 1)])

    assert ratios(whole) == [
        DayRatio(DAY, None, INPUT, 0, NANO),
        DayRatio(DAY, "p1", INPUT, 8 * NANO, 13 * NANO),
        DayRatio(DAY, "p1", OUTPUT, NANO, 0),
        DayRatio(DAY, "p1", "storage", 0, 2 * NANO),
    ]
