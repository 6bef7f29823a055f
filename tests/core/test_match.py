from __future__ import annotations

import pytest

from budgetbot.core.match import EVERYTHING, Exactly, LabelRule, Match, Patterns, label

SUBJECT = {"provider": ("openai",), "project": ("proj_1", "Research EU"), "model": ("gpt-4o-mini",)}
NONE = Patterns(("none",))


def fields(**patterns: Patterns) -> Match:
    return Match(tuple(patterns.items()))


@pytest.mark.parametrize(
    ("patterns", "meets"),
    [
        (Patterns(("proj_1",)), True),  # the id
        (Patterns(("Research EU",)), True),  # the name
        (Patterns(("research eu",)), False),  # case-sensitive
        (Patterns(("proj",)), False),  # compared whole
        (Patterns(("proj_*",)), True),
        (Patterns(("*EU",)), True),
        (Patterns(("proj_?",)), True),
        (Patterns(("proj_??",)), False),
        (Patterns(("*",)), True),
        (Patterns(("other", "proj_1")), True),  # items of a list are ORed
        (Patterns(("other", "another")), False),
        (Patterns(("proj_*",), ("proj_1",)), False),  # not subtracts
        (Patterns(("proj_*",), ("Research*",)), False),  # by id or by name
        (Patterns(("proj_*",), ("proj_2",)), True),
        (Patterns((), ("proj_2",)), True),  # everything but
        (Patterns((), ("proj_2", "proj_1")), False),
        (Patterns(), True),
        (NONE, False),
    ],
)
def test_a_value_is_met_by_id_or_name(patterns: Patterns, meets: bool) -> None:
    assert fields(project=patterns).meets(SUBJECT) is meets


@pytest.mark.parametrize(
    ("patterns", "meets"),
    [
        (NONE, True),
        (Patterns(("*",)), False),
        (Patterns(("proj_1", "none")), True),
        (Patterns((), ("proj_1",)), True),  # a budget must not undercount
        (Patterns((), ("proj_1", "none")), False),
        (Patterns((), ("none",)), False),
        (Patterns((), ("*",)), True),
        (Patterns(), True),
    ],
)
def test_an_absent_value_is_met_by_none_and_left_out_only_by_name(patterns: Patterns, meets: bool) -> None:
    assert fields(api_key=patterns).meets(SUBJECT) is meets


def test_a_value_that_is_called_none_is_not_an_absent_one() -> None:
    assert not fields(project=NONE).meets({"project": ("none",)})


@pytest.mark.parametrize("name", ["a.b", "a+b", "(x)", "[ab]", "a\nb", "^$", "\\d"])
def test_all_but_stars_and_question_marks_is_literal(name: str) -> None:
    assert fields(project=Patterns((name,))).meets({"project": (name,)})
    assert not fields(project=Patterns((name,))).meets({"project": ("axb",)})
    assert fields(project=Patterns(("?*",))).meets({"project": (name,)})


def test_exactly_one_value_is_meant_by_its_id_whatever_it_looks_like() -> None:
    star = Match((("project", Exactly(("p*",))),))
    absent = Match((("project", Exactly()),))

    assert star.meets({"project": ("p*", "any name")})
    assert not star.meets({"project": ("p1", "p*")})
    assert not star.meets({})
    assert absent.meets({})
    assert not absent.meets({"project": ("none",)})


def test_fields_are_anded() -> None:
    both = fields(provider=Patterns(("openai",)), model=Patterns(("gpt-*",)))

    assert both.meets(SUBJECT)
    assert not both.meets({**SUBJECT, "provider": ("anthropic",)})
    assert not both.meets({**SUBJECT, "model": ("o3",)})
    assert both.names == {"provider", "model"}


def test_an_empty_match_is_everything() -> None:
    assert EVERYTHING.meets(SUBJECT)
    assert EVERYTHING.meets({})


def test_the_last_matching_label_rule_wins_label_by_label() -> None:
    rules = [
        LabelRule(EVERYTHING, (("team", "platform"), ("owner", "ops@example.com"))),
        LabelRule(fields(project=Patterns(("Research*",))), (("team", "research"),)),
        LabelRule(fields(project=Patterns(("Web*",))), (("team", "web"), ("owner", "web@example.com"))),
    ]

    labelled = label(SUBJECT, rules)

    assert labelled == {**SUBJECT, "team": ("research",), "owner": ("ops@example.com",)}
    assert "team" not in SUBJECT


def test_a_label_rule_sees_the_labels_set_before_it() -> None:
    rules = [
        LabelRule(fields(project=Patterns(("proj_1",))), (("team", "research"),)),
        LabelRule(fields(team=Patterns(("research",))), (("cost_center", "4711"),)),
    ]

    assert label(SUBJECT, rules)["cost_center"] == ("4711",)
    assert "cost_center" not in label(SUBJECT, rules[::-1])


def test_an_unlabelled_subject_is_met_by_none() -> None:
    assert fields(team=NONE).meets(label(SUBJECT, []))
