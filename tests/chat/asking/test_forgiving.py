"""Words as people write them: in any order and case, in the plural, abbreviated, mistyped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.chat.asking.grammar import _KEYWORDS
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.vocabulary import Vocabulary
from budgetbot.chat.asking.words import KEYWORDS
from budgetbot.core.directory import Directory
from budgetbot.core.model import Entity, Series
from tests.chat.organisation import asked, wanted

_CLAUSES = (
    ("today", "yesterday", "mtd", "last week", "this quarter", "last 30 days", "2w", "2026-10", "since 2026-11-01"),
    ("vs last month", "vs previous", "versus yesterday", "vs last year"),
    ("by key", "by models", "by project and day", "by line items", "projects"),
    ("top 5", "Top 05"),
    ("over $50", "over 50 usd", "OVER 1,234.50"),
    ("in usd", "in EUR"),
    ("why",),
    ("share",),
    ("proj_1", "project:research", "“Default project”", "for Default project"),
    ("gpt-4o", "model:gpt*"),
    ("not key:ci-*", "-ci-nightly", "without owner"),
)


def understood(words: str) -> object:
    """The query, or what the person is told."""
    try:
        return asked(words)
    except NotUnderstood as error:
        return str(error)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "proj_1",
        "ci-nightly",
        "ml",
        "project:research by model last 7 days",
        "not key:ci-*",
        "provider:openai",
        "by key yesterday top 5",
        "by project key user model line_item provider source hour day week team",
        *("today", "yesterday", "this week", "last week", "this month", "last month", "last 7 days", "30d"),
        *("2026-10", "2026-11-03", "since 2026-11-01", "2026-11-01..2026-11-15"),
        "vs last month",
        "why yesterday",
        *("over $50", "in EUR", "share", "without owner"),
    ],
)
def test_every_example_of_the_contract_is_understood_as_it_is_and_from_a_phone(words: str) -> None:
    assert asked(f"  {words.capitalize()} ") == asked(words)
    assert asked(words.replace("..", "…").replace("-", "\u2011")) == asked(words)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Some clauses, and the same ones in another order."""
    kinds = draw(st.lists(st.sampled_from(_CLAUSES), unique=True, max_size=6))
    clauses = [draw(st.sampled_from(kind)) for kind in kinds]
    return clauses, draw(st.permutations(clauses))


@given(orders(), st.sampled_from([str, str.upper, str.title]))
def test_any_order_and_case_of_clauses_is_the_same_query(both: tuple[list[str], list[str]], case: type[str]) -> None:
    one, other = both

    assert understood(" ".join(one)) == understood(" ".join(other))
    if not any("“" in clause or "Default" in clause for clause in one):
        assert understood(case(" ".join(one))) == understood(" ".join(one))


@pytest.mark.parametrize(
    ("words", "plainly"),
    [
        ("projects", "by project"),
        ("models yesterday", "by model yesterday"),
        ("line items", "by line_item"),
        ("teams", "by team"),
        ("keys, models", "by key model"),
        ("past 30 days", "last 30 days"),
        ("previous month", "last month"),
        ("mtd", "this month"),
        ("MTD by key", "this month by key"),
        ("qtd", "this quarter"),
        ("ytd", "this year"),
        ("wtd", "this week"),
        ("this month vs last", "this month vs previous"),
        ("this month vs last by key", "this month vs previous by key"),
        ("yesterday vs previous week", "yesterday vs last week"),
        ("versus last month", "vs last month"),
        ("ytd vs last year", "this year vs last year"),
        ("vs last gpt-4o", "vs previous gpt-4o"),
    ],
)
def test_other_words_for_the_same(words: str, plainly: str) -> None:
    assert asked(words) == asked(plainly)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("yesteday", "I do not know `yesteday`; did you mean `yesterday`?"),
        ("tody", "did you mean `today`?"),
        ("whi yesterday", "I do not know `whi`; did you mean `why`?"),
        ("by modle", "by what? I do not know `modle`; did you mean `model`?"),
        ("by projct", "did you mean `project`?"),
        ("by weak", "did you mean `week`?"),
        ("by taem", "did you mean `team`?"),
        ("last moth", "last what? I do not know `moth`; did you mean `month`?"),
        ("last 7 dayss", "last 7 what? I do not know `dayss`; did you mean `days`?"),
        ("this qarter", "this what? I do not know `qarter`; did you mean `quarter`?"),
        ("vs yesterda", "vs what? I do not know `yesterda`; did you mean `yesterday`?"),
        ("projcet:research", "`projcet` is no dimension or label; did you mean `project`?"),
        ('projcet:"a b"', "`projcet` is no dimension or label; did you mean `project`?"),
        ("reserch", "did you mean `research`?"),
        ("modle", "I do not know `modle`; did you mean `model`?"),
    ],
)
def test_a_mistyped_word_is_named_with_the_nearest_known_one(words: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        asked(words)

    assert says in str(caught.value)


@pytest.mark.parametrize("word", ["month", "months", "week", "day", "days", "hour", "Quarter"])
def test_a_unit_of_time_alone_is_asked_back(word: str) -> None:
    with pytest.raises(NotUnderstood, match=rf"`{word.lower()}` alone is not clear; write .*(this|today).* or by "):
        asked(word)


def test_a_thing_that_is_called_like_a_dimension_is_meant_before_it() -> None:
    names = [Entity("x", "project", "p1", "models"), Entity("x", "project", "p2", "user guide")]
    vocabulary = Vocabulary.of(Directory(names), [Series("x", "x", "p1"), Series("x", "x", "p2")])

    assert wanted("models", vocabulary) == {"project": ("models",)}
    assert wanted("user guide", vocabulary) == {"project": ("user guide",)}
    assert wanted("user", vocabulary) == {}


def test_every_word_of_the_grammar_is_one_that_may_be_meant() -> None:
    assert set(KEYWORDS) == set(_KEYWORDS)
