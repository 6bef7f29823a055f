"""`me`: the person who asks."""

from __future__ import annotations

from datetime import UTC

import pytest

from budgetbot.chat.asking.grammar import parse
from budgetbot.chat.asking.me import Me
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.vocabulary import Vocabulary
from budgetbot.core.directory import Directory
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Entity, Series
from tests.chat.organisation import NOW, asked

ANA = Me(("Ana@Example.com", "U123"))
OWNED = LabelRule(Match((("project", Patterns(("p1",))),)), (("owner", "ana@example.com"),))
NAMES = [Entity("openai", "user", "user_1", "ana@example.com"), Entity("openai", "user", "bob-1", "bob@example.com")]
SERIES = [Series("openai", "openai", "p1", "k1", "user_1"), Series("openai", "openai", "p2", "k2", "bob-1")]
VOCABULARY = Vocabulary.of(Directory(NAMES, [OWNED]), SERIES)


def fields(words: str, me: Me | None) -> dict[str, Patterns]:
    return dict(parse(words, VOCABULARY, NOW, UTC, me=me).match.fields)


def test_it_means_what_they_own_by_any_of_their_names_in_any_case() -> None:
    assert fields("me", ANA) == {"owner": Patterns(("ana@example.com",))}
    assert parse("me", VOCABULARY, NOW, UTC, me=ANA).me


@pytest.mark.parametrize(
    ("name", "user"),
    [("bob@example.com", "bob@example.com"), ("BOB@example.com", "bob@example.com"), ("bob-1", "bob-1")],
)
def test_where_they_own_nothing_it_means_what_they_use_by_address_or_id(name: str, user: str) -> None:
    assert fields("me yesterday", Me((name,))) == {"user": Patterns((user,))}


def test_it_is_one_word_among_others() -> None:
    assert fields("p2 me by key", ANA) == {"project": Patterns(("p2",)), "owner": Patterns(("ana@example.com",))}
    assert fields("not me", ANA) == {"owner": Patterns((), ("ana@example.com",))}


@pytest.mark.parametrize("me", [None, Me(), Me(("",)), Me(("none",))])
def test_who_is_not_known_is_told_what_to_write(me: Me | None) -> None:
    with pytest.raises(NotUnderstood, match="who `me` is cannot be known here; write owner:NAME or user:NAME"):
        fields("me", me)


@pytest.mark.parametrize("name", ["eve@example.com", "*", "ana*"])
def test_who_owns_and_uses_nothing_is_told_so_and_never_shown_what_others_spend(name: str) -> None:
    with pytest.raises(NotUnderstood, match=r"nothing here is known to be of `.+`: no label owner, and no user"):
        fields("me", Me((name,)))


def test_a_name_in_quotes_is_a_name() -> None:
    with pytest.raises(NotUnderstood, match="I do not know `me`"):
        asked('"me"')
