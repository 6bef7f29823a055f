"""How things are named."""

from __future__ import annotations

import pytest

from budgetbot.chat.asking.not_understood import Ambiguous, NotUnderstood
from budgetbot.chat.asking.vocabulary import Vocabulary
from budgetbot.core.directory import Directory
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Entity, Series
from tests.chat.organisation import VOCABULARY, asked, fields, wanted


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("proj_1", {"project": ("proj_1",)}),
        ("ci-nightly", {"api_key": ("ci-nightly",)}),
        ("CI-Nightly", {"api_key": ("ci-nightly",)}),
        ("gpt-4o", {"model": ("gpt-4o",)}),
        ("ml", {"team": ("ml",)}),
        ("47:11", {"cost center": ("47:11",)}),
        ("openai", {"provider": ("openai",)}),
        ('"not started"', {"project": ("not started",)}),
        ("ci-*", {"api_key": ("ci-*",)}),
        ("claude*", {"model": ("claude*",)}),
        ("CI-*", {"api_key": ("ci-*",)}),
        ("default*", {"project": ("Default*",)}),
        ("default project", {"project": ("Default project",)}),
        ("for Default project, today", {"project": ("Default project",)}),
        ("ana's - bot", {"user": ("Ana’s – bot",)}),
        ("“Default project”", {"project": ("Default project",)}),
        ('"today"', {"user": ("today",)}),
        ("proj_1 proj_2", {"project": ("proj_1", "proj_2")}),
        ("proj_1 gpt-4o", {"project": ("proj_1",), "model": ("gpt-4o",)}),
    ],
)
def test_a_bare_name_means_what_is_called_so(words: str, match: dict[str, tuple[str, ...]]) -> None:
    assert wanted(words) == match


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("project:research", {"project": ("research",)}),
        ("PROJECT:Research", {"project": ("research",)}),
        ("projects:res*", {"project": ("res*",)}),
        ("Model:Gpt*", {"model": ("gpt*",)}),
        ("key:research", {"api_key": ("research",)}),
        ("workspace:papers", {"project": ("papers",)}),
        ("tier:flex", {"service_tier": ("flex",)}),
        ("provider:o*", {"provider": ("o*",)}),
        ("PROJECTS:proj_?", {"project": ("proj_?",)}),
        ("batch:tr*", {"batch": ("tr*",)}),
        ("batch:true", {"batch": ("true",)}),
        ('project:"Default project"', {"project": ("Default project",)}),
        ("project:default project", {"project": ("Default project",)}),
        ('project: "Default project"', {"project": ("Default project",)}),
        ("project: research", {"project": ("research",)}),
        ("cost_center:47:11", {"cost center": ("47:11",)}),
        ("line_item:web search, tool calls", {"line_item": ("web search, tool calls",)}),
        ("project:none", {"project": ("none",)}),
        ("project:research, project:twin", {"project": ("research", "twin")}),
        ("project:twin", {"project": ("twin",)}),
        ("without owner", {"owner": ("none",)}),
        ("without user", {"user": ("none",)}),
    ],
)
def test_a_dimension_or_label_with_a_value(words: str, match: dict[str, tuple[str, ...]]) -> None:
    assert wanted(words) == match


@pytest.mark.parametrize(
    "words", ["not project:research", "-project:research", "—project:research", "not proj_1", "-proj_1", 'not "proj_1"']
)
def test_not_or_a_minus_leaves_something_out(words: str) -> None:
    unwanted = fields(words)["project"].unwanted

    assert fields(words) == {"project": Patterns((), unwanted)}
    assert unwanted in {("research",), ("proj_1",)}


def test_a_name_in_two_dimensions_is_asked_back() -> None:
    with pytest.raises(Ambiguous) as caught:
        asked("research by model")

    assert caught.value.choices == ("project:research", "api_key:research")
    assert "project:research, api_key:research" in str(caught.value)


def test_two_projects_of_one_name_are_asked_back_by_id() -> None:
    with pytest.raises(Ambiguous) as caught:
        asked("twin")

    assert caught.value.choices == ("project:proj_3", "project:proj_4")


def test_a_glob_that_fits_two_dimensions_is_asked_back() -> None:
    with pytest.raises(Ambiguous) as caught:
        asked("re*")

    assert caught.value.choices == ("api_key:re*", "project:re*")


def test_one_id_in_two_accounts_is_asked_back_with_the_source() -> None:
    vocabulary = Vocabulary.of(Directory(), [Series("anthropic", "a", "default"), Series("anthropic", "b", "default")])

    with pytest.raises(Ambiguous) as caught:
        vocabulary.bare("default")

    assert caught.value.choices == ("project:default source:a", "project:default source:b")


def test_a_label_with_a_blank_is_offered_as_one_word() -> None:
    labels = [LabelRule(Match((("model", Patterns(("a",))),)), (("cost center", "b"),))]
    vocabulary = Vocabulary.of(Directory((), labels), [Series("x", "x", model="a"), Series("x", "x", model="b")])

    with pytest.raises(Ambiguous) as caught:
        vocabulary.bare("b")

    assert set(caught.value.choices) == {"cost_center:b", "model:b"}


def test_each_choice_is_understood_when_it_is_written() -> None:
    for word in ("research", "twin", "re*"):
        with pytest.raises(Ambiguous) as caught:
            asked(word)
        for choice in caught.value.choices:
            assert asked(choice).match.fields


def test_a_name_whose_meanings_speak_of_the_same_spend_is_not_asked_back() -> None:
    assert wanted("papers") == {"project": ("papers",)}  # the team has only this project


def test_a_name_with_a_star_of_its_own_is_taken_by_its_id() -> None:
    star = Entity("openai", "project", "proj_9", "a*")
    vocabulary = Vocabulary.of(Directory([star]), [Series("openai", "openai", "proj_9")])

    assert vocabulary.bare("a*").patterns == ("proj_9",)
    assert vocabulary.value("project", "a*").patterns == ("proj_9",)


def test_an_unknown_word_is_named_with_the_nearest_one() -> None:
    with pytest.raises(NotUnderstood, match=r"I do not know `reserch`; did you mean `research`\?; `help` lists"):
        asked("reserch by model")


def test_an_unknown_value_is_named_with_the_nearest_of_its_dimension() -> None:
    with pytest.raises(NotUnderstood, match=r"no model `gpt-4p` is known; did you mean `gpt-4o`\?"):
        asked("model:gpt-4p")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("colour:red", "`colour` is no dimension or label"),
        ('shade:"dark red"', "`shade` is no dimension or label"),
        ("project:", "`project:` needs a value"),
        ("zzz*", r"do not know `zzz\*`"),
        ("project:zzz*", r"no project `zzz\*` is known"),
        ('project:"research', "is not closed"),
        ('""', "nothing between two quotes"),
        ("not", "not what"),
        ("without", "without what"),
        ("without day", "without what"),
        ("without colour", "without what"),
        ("\x1b[31mred", r"`\[31mred`"),
        ("-", "do not know `-`"),
    ],
)
def test_what_cannot_be_a_name_is_said(words: str, message: str) -> None:
    with pytest.raises(NotUnderstood, match=message):
        asked(words)


@pytest.mark.parametrize(
    ("word", "dimension"),
    [
        ("keys", "api_key"), ("API-Keys", "api_key"), ("line items", "line_item"), ("Teams", "team"),
        ("cost center", "cost center"), ("batches", "batch"), ("day", None), ("colour", None),
    ],
)  # fmt: skip
def test_dimensions_are_known_in_the_plural_and_by_their_short_names(word: str, dimension: str | None) -> None:
    assert VOCABULARY.dimension(word) == dimension
