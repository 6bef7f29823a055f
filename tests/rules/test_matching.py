from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from budgetbot.core.match import Match, Patterns
from budgetbot.rules.matching import MatchField
from budgetbot.rules.wrong import Way
from tests.rules.refusal import refused

MATCH: TypeAdapter[Any] = TypeAdapter(MatchField)

NO_PATTERN = " is not a pattern; write an id, a name or a glob such as ci-*, or none for what is absent"
NO_BLANKS = " is not a pattern; write an id, a name or a glob without blanks around it"
NO_ITEM = "an empty list matches nothing; name at least one pattern, or leave the field out"
NO_GLOB = " is a bad glob: only * and ? are globs; write ? for one character, a bracket included"


@pytest.mark.parametrize(
    ("written", "match"),
    [
        (None, Match()),
        ({}, Match()),
        ({"project": "research*"}, Match((("project", Patterns(("research*",))),))),
        ({"project": ["a", "b"]}, Match((("project", Patterns(("a", "b"))),))),
        ({"project": {"not": "a"}}, Match((("project", Patterns((), ("a",))),))),
        ({"project": {"not": ["a", "none"]}}, Match((("project", Patterns((), ("a", "none"))),))),
        ({"api_key": ["ci-*", {"not": ["x", "y"]}]}, Match((("api_key", Patterns(("ci-*",), ("x", "y"))),))),
        ({"cost": 4711, "v": Decimal("1.10")}, Match((("cost", Patterns(("4711",))), ("v", Patterns(("1.10",)))))),
    ],
)  # fmt: skip
def test_a_match_is_patterns_by_dimension(written: object, match: Match) -> None:
    assert MATCH.validate_python(written) == match


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("research", [((), "a match is a mapping; write dimension: pattern, such as {project: research*}")]),
        ({"project": None}, [(("project",), "an empty value" + NO_PATTERN)]),
        ({"project": True}, [(("project",), "True" + NO_PATTERN)]),
        ({"project": ["a", ["b"]]}, [(("project", 1), "a list" + NO_PATTERN)]),
        ({"project": []}, [(("project",), NO_ITEM)]),
        ({"project": " a"}, [(("project",), "' a'" + NO_BLANKS)]),
        (
            {"project": {"nto": "a"}},
            [(("project",), "a mapping is not a pattern; write {not: PATTERN} to leave something out")],
        ),
        (
            {"a": "x[", "b": ["y", {"not": ["z", "]"]}]},
            [
                (("a",), "'x['" + NO_GLOB),
                (("b", 1, "not", 1), "']'" + NO_GLOB),
            ],
        ),
    ],
)  # fmt: skip
def test_every_bad_pattern_of_a_match_is_told_with_the_way_to_it(written: object, found: list[tuple[Way, str]]) -> None:
    assert refused(MATCH, written) == found
