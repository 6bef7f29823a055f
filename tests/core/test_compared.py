"""Two spans side by side: what each series cost, and how much of it was used."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.change import EXPLAINED
from budgetbot.core.compared import Spans, Use, cells, changed
from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING, Match, Patterns
from budgetbot.core.model import Series
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.total import added
from tests.standins.fx import rates
from tests.standins.spend import Spend, history, series, usd, utc

MONDAY = Span(utc("2026-11-16"), utc("2026-11-17"))
TUESDAY = Span(utc("2026-11-17"), utc("2026-11-18"))
GPT: dict[str, Any] = {"api_key": "k1", "model": "gpt-5"}


def used(rows: dict[Series, tuple[dict[str, int], dict[str, int]]]) -> Spans:
    """Use of Monday and of Tuesday, by series."""
    monday, tuesday = ({one: both[i] for one, both in rows.items()} for i in (0, 1))
    return Spans((MONDAY,), TUESDAY, monday, tuesday)


def units(data: History, spans: Spans, match: Match = EVERYTHING) -> dict[str | None, tuple[str | None, int, int]]:
    """By line item."""
    found = cells(data.group(match), spans, "USD")
    return {one.series.line_item: (one.unit, one.used_before, one.used_after) for one in found}


def both(*items: str | None, **who: Any) -> History:
    """A dollar a day of each line item."""
    return history([usd(day, 1, "p1", line_item=i, **who) for i in items for day in ("2026-11-16", "2026-11-17")])


def test_every_series_has_what_it_cost_in_each_span() -> None:
    data = history([usd("2026-11-16", 5, **GPT), usd("2026-11-17", 7, **GPT), usd("2026-11-17", 1, "p2")])

    found = cells(data.group(EVERYTHING), Spans((MONDAY,), TUESDAY), "USD")

    assert {one.series.project: (one.before, one.after, one.unit) for one in found} == {
        "p1": (5 * NANO, 7 * NANO, None),
        "p2": (0, NANO, None),
    }


def test_each_line_item_of_a_model_has_its_own_tokens() -> None:
    spans = used(
        {
            series("p1", **GPT): (
                {"input_tokens": 100, "input_cached_tokens": 30, "output_tokens": 8, "requests": 3},
                {"input_tokens": 50, "output_tokens": 80, "requests": 2},
            )
        }
    )

    data = both("gpt-5, input", "gpt-5, cached input", "gpt-5, output", **GPT)

    assert units(data, spans) == {
        "gpt-5, input": ("tokens", 70, 50),
        "gpt-5, cached input": ("requests", 3, 2),  # it cost something where no such token is known
        "gpt-5, output": ("tokens", 8, 80),
    }


def test_a_filter_on_one_line_item_gives_it_no_tokens_of_the_others() -> None:
    spans = used({series("p1", **GPT): ({"input_audio_tokens": 5, "input_tokens": 15},) * 2})
    data = both("gpt-5, input", "gpt-5, audio input", **GPT)

    only = Match((("line_item", Patterns(("gpt-5, input",))),))

    assert units(data, spans, only) == {"gpt-5, input": ("tokens", 10, 10)}


def test_a_bill_that_describes_its_line_items_in_words_is_understood() -> None:
    tokens = {"input_tokens": 100, "input_cached_tokens": 20, "input_cache_write_tokens": 30, "output_tokens": 9}
    spans = used({series("p1", model="claude"): (tokens, tokens)})
    words = ("Input Tokens", "Output Tokens", "Input Tokens, Cache Read", "Input Tokens, Cache Write (5m)")

    data = both(*(f"Claude Usage - {one}" for one in words), model="claude")

    assert [count for _, count, _ in units(data, spans).values()] == [50, 9, 20, 30]


def test_what_is_described_alike_twice_has_no_tokens_of_its_own() -> None:
    spans = used({series("p1", model="claude"): ({"input_tokens": 100},) * 2})

    data = both("Input Tokens", "Input Tokens (Long Context)", model="claude")

    assert {unit for unit, _, _ in units(data, spans).values()} == {None}


@pytest.mark.parametrize("item", [None, "usage"])
def test_a_model_with_a_single_line_item_or_none_has_all_its_tokens_there(item: str | None) -> None:
    spans = used({series("p1", **GPT): ({"input_tokens": 100, "output_tokens": 10}, {"input_tokens": 1})})

    assert units(both(item, **GPT), spans) == {item: ("tokens", 110, 1)}


def test_a_tool_is_measured_by_its_calls_and_what_reports_only_requests_by_those() -> None:
    spans = used({series("p1"): ({"calls": 5, "requests": 4},) * 2, series("p2"): ({"requests": 3}, {"requests": 9})})

    assert units(both("web search tool calls"), spans) == {"web search tool calls": ("calls", 5, 5)}
    data = history([usd("2026-11-16", 1, "p2"), usd("2026-11-17", 3, "p2")])
    assert units(data, spans) == {None: ("requests", 3, 9)}


def test_use_of_others_is_not_taken_for_its_own() -> None:
    spans = used({series("p1", api_key="k2", model="gpt-5"): ({"input_tokens": 100},) * 2})

    assert units(both("gpt-5, input", **GPT), spans) == {"gpt-5, input": (None, 0, 0)}


EURO = rates("EUR USD 1.1 2026-01-01")


def test_currencies_stay_apart_unless_there_is_a_rate() -> None:
    data = history([usd("2026-11-16", 5), usd("2026-11-17", 6), usd("2026-11-17", 1, "p2")])
    euros = history([usd("2026-11-17", 6), Spend(series("p2"), utc("2026-11-17"), NANO, currency="EUR")])
    spans = Spans((MONDAY,), TUESDAY)

    assert changed(data.group(EVERYTHING), spans, "USD").total == 2 * NANO
    assert changed(euros.group(EVERYTHING), spans, "USD").total == 6 * NANO
    assert changed(euros.group(EVERYTHING), spans, "EUR").total == NANO
    assert changed(euros.group(EVERYTHING), spans, "USD", EURO).total == 7_100_000_000


def test_one_scope_of_a_group_is_told_without_the_others() -> None:
    data = history([usd("2026-11-16", 5, "a"), usd("2026-11-17", 6, "b"), usd("2026-11-17", 7, "a")])
    group = data.group(EVERYTHING, ("project",))

    assert [changed(group, Spans((MONDAY,), TUESDAY), "USD", NO_FX, i).total for i in (0, 1)] == [2 * NANO, 6 * NANO]


def test_several_spans_before_count_as_their_mean_and_for_a_part_where_the_one_after_is_not_over() -> None:
    sunday = Span(utc("2026-11-15"), utc("2026-11-16"))
    rows = [usd("2026-11-15", 4, **GPT), usd("2026-11-16", 8, **GPT), usd("2026-11-17", 9, **GPT)]
    base = series("p1", **GPT)
    use = {base: {"input_tokens": 600}}, {base: {"input_tokens": 500}}

    whole, half = (
        cells(history(rows).group(EVERYTHING), Spans((sunday, MONDAY), TUESDAY, *use, part=part), "USD")
        for part in (Fraction(1), Fraction(1, 2))
    )

    assert [(c.before, c.after, c.used_before, c.used_after) for c in whole] == [(6 * NANO, 9 * NANO, 300, 500)]
    assert [(c.before, c.after, c.used_before, c.used_after) for c in half] == [(3 * NANO, 9 * NANO, 150, 500)]


def test_of_nothing_nothing_changed() -> None:
    assert changed(history([]).group(EVERYTHING), Spans((MONDAY,), TUESDAY), "USD").total == 0


_SPEND = st.builds(
    Spend,
    st.builds(series, st.sampled_from(["a", "b", None]), api_key=st.sampled_from(["k", None])),
    st.sampled_from([utc("2026-11-16"), utc("2026-11-17")]),
    st.integers(-(10**12), 10**15),
    st.integers(0, 10**12),
    st.just(timedelta(days=1)),
    currency=st.sampled_from(["USD", "EUR", "GBP"]),
)
_USE = st.dictionaries(
    st.builds(series, st.sampled_from(["a", "b", None]), api_key=st.sampled_from(["k", None])),
    st.dictionaries(st.sampled_from(["input_tokens", "requests"]), st.integers(0, 10**12), max_size=2),
    max_size=4,
)


@given(st.lists(_SPEND, max_size=8), _USE, _USE, st.sampled_from([NO_FX, EURO]))
def test_it_sums_to_the_difference_of_both_totals_in_whatever_currency(
    rows: list[Spend], before: Use, after: Use, fx: Fx
) -> None:
    group = history(rows).group(EVERYTHING)

    found = changed(group, Spans((MONDAY,), TUESDAY, before, after), "USD", fx)

    then, now = (added(group.converted(span, "USD", fx).totals).spent for span in (MONDAY, TUESDAY))
    assert found.total == now - then
    for dimension in EXPLAINED:
        assert sum(one.amount for one in found.by(dimension)) == now - then
