"""The words of /spend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.chat.asking.grammar import parse
from budgetbot.chat.asking.help import HELP
from budgetbot.chat.asking.not_understood import HelpAsked, NotUnderstood
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.spend import SpendQuery
from tests.chat.organisation import NOW, VOCABULARY, asked, wanted


def november(first: int, until: int) -> Span:
    return Span(datetime(2026, 11, first, tzinfo=UTC), datetime(2026, 11, until, tzinfo=UTC))


def test_nothing_said_asks_for_this_month_by_project() -> None:
    month = Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))

    assert asked("") == SpendQuery(month, "November 2026", ("project",), EVERYTHING)


@pytest.mark.parametrize(
    "words",
    [
        "project:research by model last 7 days",
        "last 7 days by models project:research",
        "BY MODEL  PROJECT:research\u00a0LAST 7 DAYS",
        "by model for project:research and 7d",
    ],
)
def test_words_may_stand_in_any_order(words: str) -> None:
    query = asked(words)

    assert (query.span, query.label, query.by) == (november(14, 21), "last 7 days", ("model",))
    assert wanted(words) == {"project": ("research",)}


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("by key", ("api_key",)),
        ("by keys", ("api_key",)),
        ("by api key", ("api_key",)),
        ("by project model", ("project", "model")),
        ("by project, model", ("project", "model")),
        ("by project and model today", ("project", "model")),
        ("by project by project day", ("project", "day")),
        ("by tier", ("service_tier",)),
        ("by line items", ("line_item",)),
        ("by team", ("team",)),
        ("by Cost Center", ("cost center",)),
        ("by weeks", ("week",)),
        ("by hour", ("hour",)),
    ],
)
def test_by_names_dimensions_labels_and_times(words: str, by: tuple[str, ...]) -> None:
    assert asked(words).by == by


def test_a_day_is_a_day_of_the_zone() -> None:
    query = parse("today", VOCABULARY, datetime(2026, 11, 20, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))

    assert query.span == Span(datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, 23, tzinfo=UTC))
    assert query.label == "21 Nov 2026"


def test_a_comparison_is_with_the_same_days_of_the_other_period() -> None:
    query = asked("vs last month")

    october = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC))
    assert query.compare == (october, "1 Oct to 20 Oct 2026")
    assert query.label == "November 2026"


@pytest.mark.parametrize(
    ("words", "label"), [("vs last week", "16 Nov to 22 Nov 2026"), ("vs yesterday", "20 Nov 2026")]
)
def test_a_comparison_alone_says_the_period_too(words: str, label: str) -> None:
    assert asked(words).label == label


@pytest.mark.parametrize(
    ("words", "nanos"),
    [
        ("over $50", 50 * NANO),
        ("over 50", 50 * NANO),
        ("over 50usd", 50 * NANO),
        ("over 50 USD", 50 * NANO),
        ("over $1,234.5", 1_234_500_000_000),
        ("over $0.000000001", 1),
    ],
)
def test_over_is_an_amount_of_money(words: str, nanos: int) -> None:
    assert asked(words).over == nanos


def test_the_default_top_holds_where_the_words_set_no_bound() -> None:
    def top(words: str) -> int | None:
        return parse(words, VOCABULARY, NOW, UTC, default_top=10).top

    assert [top(""), top("by key"), top("top 3"), top("over $5"), top("by day")] == [10, 10, 3, None, None]
    assert asked("").top is None


def test_the_currency_of_the_policy_may_be_said() -> None:
    assert asked("in USD") == asked("")
    assert parse("over €5", VOCABULARY, NOW, UTC, currency="EUR").over == 5 * NANO


def test_in_before_a_month_is_only_a_word() -> None:
    assert asked("in 2026-10") == asked("2026-10")


def test_why_compares_with_the_same_before_unless_something_else_is_named() -> None:
    query = asked("why yesterday")

    assert (query.why, query.label, query.compare) == (True, "19 Nov 2026", (november(18, 19), "18 Nov 2026"))
    assert asked("why yesterday vs last week").compare == (november(12, 13), "12 Nov 2026")
    assert asked("why").compare == asked("vs last month").compare


def test_without_why_nothing_is_compared_and_nothing_is_explained() -> None:
    assert (asked("yesterday").why, asked("yesterday").compare) == (False, None)


def test_share_changes_nothing_but_who_may_read_the_answer() -> None:
    query = asked("proj_1 share by model")

    assert query.share
    assert replace(query, share=False) == asked("proj_1 by model")


@pytest.mark.parametrize("words", ["help", "HELP", "--help", "?"])
def test_help_is_the_grammar(words: str) -> None:
    with pytest.raises(HelpAsked) as caught:
        asked(words)

    assert str(caught.value) == HELP
    assert len(HELP.splitlines()) < 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("today yesterday", "two times are named, 20 Nov 2026 and 19 Nov 2026; name one"),
        ("this", "this what"),
        ("this today", "this what"),
        ("last", "last what"),
        ("last month 2026-10", "two times"),
        ("last 7", "last 7 what"),
        ("last 3 months", "last 3 what"),
        ("last 24 hours", "not supported"),
        ("12h", "not supported"),
        ("last 0 days", "between 1 and 3660"),
        ("last 999999 days", "between 1 and 3660"),
        ("since", "is not a date"),
        ("since monday", "`monday` is not a date"),
        ("vs", "vs what"),
        ("vs 2026-10", "vs what"),
        ("vs previous vs yesterday", "twice"),
        ("this month vs last week", "compares at most 7 days"),
        ("top", "top how many"),
        ("top 0", "top how many"),
        ("top -3", "top how many"),
        ("top five", "top how many\\? `five` is no number; write top 5"),
        ("top 5 top 3", "`top` is there twice, with 5 and 3"),
        ("over 5 over 5", "`over` is there twice"),
        ("over much", "over how much\\? `much` is no number; write over \\$50"),
        ("over", "over how much"),
        ("over $1,5", "over how much"),
        ("over 1e9", "over how much"),
        ("over €5", "compared in USD"),
        ("by", "by what.*team"),
        ("by colour", "by what"),
        ('by "model"', "by what"),
        ("x" * 501, "longer than 500"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(words: str, message: str) -> None:
    with pytest.raises(NotUnderstood, match=message):
        asked(words)


_LINE = (
    "today last this since vs top over by not without in help me 7 5 days 30d week month 2026-11 2026-02-30 0000-01-01 "
    '2026-11-01..2026-11-03 9999-12 $50 project: project:research research key:ci-* -key:x " “ — .. : previous and , '
    '1e5 "a:b" ٣ why share mtd versus projects line days past'
)
_WORDS = st.sampled_from(_LINE.split(" "))


def understood(words: str) -> SpendQuery | str:
    """The query, or what the person is told; any other error escapes."""
    try:
        return asked(words)
    except NotUnderstood as error:
        return str(error)


@settings(max_examples=300)
@given(st.one_of(st.text(), st.lists(st.one_of(_WORDS, st.text(max_size=4)), max_size=12).map(" ".join)))
def test_any_text_is_a_query_or_not_understood(words: str) -> None:
    said = understood(words)

    if isinstance(said, SpendQuery):
        assert said.span.start < said.span.end
        assert said.by
    else:
        assert said == HELP or said.isprintable()


@pytest.mark.parametrize("words", ["a" * 10_000, '"' * 10_000, "by model " * 2_000, "-" * 499, ":" * 499, '" ' * 249])
def test_long_input_is_handled_quickly(words: str) -> None:
    start = perf_counter()

    understood(words)

    assert perf_counter() - start < 0.5
