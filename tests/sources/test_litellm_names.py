from __future__ import annotations

import pytest

from budgetbot.core.model import Entity
from budgetbot.sources.litellm_names import Names
from budgetbot.sources.litellm_parse import Key


class Counting(dict[str, str]):
    """A memory that counts how often it is written."""

    writes = 0

    def __setitem__(self, key: str, value: str) -> None:
        self.writes += 1
        super().__setitem__(key, value)


def test_a_key_that_was_deleted_keeps_its_name_and_its_team() -> None:
    names = Names({}, "proxy")

    names.learn({"a": Key("ci", "team-1", "Research", "owner@example.com", True)})
    names.learn({"a": Key(exists=False)})

    assert list(names.entities()) == [
        Entity("proxy", "project", "team-1", "Research"),
        Entity("proxy", "api_key", "a", "ci", "deleted", "owner@example.com", "team-1"),
    ]


def test_a_new_name_replaces_the_old_one() -> None:
    names = Names({}, "proxy")

    names.learn({"a": Key("ci", "team-1")})
    names.learn({"a": Key("nightly", "team-2")})

    assert [(entity.kind, entity.id, entity.name) for entity in names.entities()] == [
        ("project", "team-2", None),
        ("api_key", "a", "nightly"),
    ]


def test_a_team_is_named_by_any_of_its_keys() -> None:
    names = Names({}, "proxy")

    names.learn({"a": Key("ci", "team-1", "Research"), "b": Key("web", "team-1")})

    assert next(names.entities()) == Entity("proxy", "project", "team-1", "Research")


def test_nothing_is_written_where_there_is_nothing_new() -> None:
    memory = Counting()

    for _ in range(3):
        Names(memory, "proxy").learn({"a": Key("ci")})
        Names(memory, "proxy").learn({})

    assert memory.writes == 1


def test_of_very_many_keys_the_first_are_forgotten() -> None:
    names = Names({}, "proxy")

    names.learn({str(n): Key() for n in range(10_001)})

    known = [entity.id for entity in names.entities()]
    assert (len(known), known[0], known[-1]) == (10_000, "1", "10000")


@pytest.mark.parametrize("note", ["", "[]", "{", '{"k": 3}', '{"k": [1, 2, 3, 4, 5, 6]}'])
def test_a_note_that_cannot_be_read_is_begun_anew(note: str) -> None:
    names = Names({"names": note}, "proxy")
    assert list(names.entities()) == []

    names.learn({"a": Key("ci")})

    assert [entity.name for entity in names.entities()] == ["ci"]
