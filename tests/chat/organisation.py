"""A small organisation: its names, its labels, its series."""

from __future__ import annotations

from datetime import UTC, datetime

from budgetbot.chat.asking.grammar import parse
from budgetbot.chat.asking.vocabulary import Vocabulary
from budgetbot.core.directory import Directory
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Entity, Series
from budgetbot.core.spend import SpendQuery

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # a Friday

SERIES = (
    Series("openai", "openai", "proj_1", "key_1", "user_1", "gpt-4o"),
    Series("openai", "openai", "proj_1", "key_2", "user_1", "gpt-4o-mini", service_tier="flex"),
    Series("openai", "openai", "proj_2", "key_3", "user_2", "gpt-4o", batch="true"),
    Series("openai", "openai", "proj_3", None, None, None, "web search, tool calls"),
    Series("openai", "openai", "proj_4", "key_4", "user_2", "gpt-4o"),
    Series("anthropic", "anthropic", "wrkspc_1", "key_5", None, "claude-opus-4"),
)
ENTITIES = (
    Entity("openai", "project", "proj_1", "research"),
    Entity("openai", "project", "proj_2", "Default project"),
    Entity("openai", "project", "proj_3", "twin"),
    Entity("openai", "project", "proj_4", "twin"),
    Entity("openai", "project", "proj_5", "not started"),
    Entity("openai", "api_key", "key_1", "ci-nightly"),
    Entity("openai", "api_key", "key_2", "research"),
    Entity("openai", "api_key", "key_3", "ci-release"),
    Entity("openai", "user", "user_1", "today"),
    Entity("openai", "user", "user_2", "Ana’s – bot"),
    Entity("anthropic", "project", "wrkspc_1", "papers"),
)
LABELS = (
    LabelRule(Match((("project", Patterns(("research",))),)), (("team", "ml"), ("cost center", "47:11"))),
    LabelRule(Match((("project", Patterns(("papers",))),)), (("team", "papers"), ("owner", "ml-lead@example.com"))),
)
DIRECTORY = Directory(ENTITIES, LABELS)
VOCABULARY = Vocabulary.of(DIRECTORY, SERIES)


def asked(words: str, vocabulary: Vocabulary = VOCABULARY) -> SpendQuery:
    """The words as they are understood on the afternoon of Friday, 20 November 2026."""
    return parse(words, vocabulary, NOW, UTC)


def fields(words: str, vocabulary: Vocabulary = VOCABULARY) -> dict[str, Patterns]:
    """What the words match."""
    return dict(asked(words, vocabulary).match.fields)


def wanted(words: str, vocabulary: Vocabulary = VOCABULARY) -> dict[str, tuple[str, ...]]:
    """The values that the words ask for, where nothing is left out."""
    found = fields(words, vocabulary)
    assert not any(patterns.unwanted for patterns in found.values())
    return {name: patterns.wanted for name, patterns in found.items()}
