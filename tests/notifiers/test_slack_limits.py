from __future__ import annotations

import pytest

from budgetbot.notifiers.slack_limits import Block, violations


def text(length: int, kind: str = "mrkdwn") -> Block:
    return {"type": kind, "text": "x" * length}


def header(length: int) -> Block:
    return {"type": "header", "text": text(length, "plain_text")}


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        (header(151), "blocks[0]: text: longer than 150"),
        (header(0), "blocks[0]: text: is empty"),
        ({"type": "header", "text": text(3)}, "blocks[0]: text: not one of plain_text"),
        ({"type": "section", "text": text(3001)}, "blocks[0]: text: longer than 3000"),
        ({"type": "section"}, "blocks[0]: section: neither text nor fields"),
        ({"type": "section", "fields": [text(1)] * 11}, "blocks[0]: not 1 to 10 elements"),
        ({"type": "section", "fields": []}, "blocks[0]: not 1 to 10 elements"),
        ({"type": "section", "fields": [text(2001)]}, "blocks[0]: text: longer than 2000"),
        ({"type": "context", "elements": [text(1)] * 11}, "blocks[0]: not 1 to 10 elements"),
        ({"type": "divider", "block_id": "x" * 256}, "blocks[0]: block_id: empty or too long"),
        ({"type": "fireworks"}, "blocks[0]: type: 'fireworks' is not used here"),
    ],
)
def test_a_block_over_its_limit_is_named(block: Block, wrong: str) -> None:
    assert violations([block], "fine") == [wrong]


@pytest.mark.parametrize(
    "block",
    [
        header(150),
        {"type": "section", "text": text(3000)},
        {"type": "section", "fields": [text(900)] * 10},
        {"type": "context", "elements": [text(900)] * 10},
        {"type": "divider", "block_id": "x" * 255},
    ],
)
def test_a_block_at_its_limit_is_fine(block: Block) -> None:
    assert violations([block], "fine") == []


def test_a_message_has_limits_as_a_whole() -> None:
    assert violations([{"type": "divider"}] * 50, "fine") == []
    assert violations([{"type": "divider"}] * 51, "fine") == ["blocks: more than 50"]
    assert violations([{"type": "section", "text": text(2900)}] * 5, "x") == [
        "blocks: more than 12000 characters in all"
    ]
    assert violations([{"type": "divider", "block_id": "a"}] * 2, "fine") == ["block_id: not unique"]
    assert violations([], " ") == ["text: is empty"]
    assert violations([], "x" * 4001) == ["text: longer than 4000"]


def test_an_emoji_counts_as_two() -> None:
    assert violations([{"type": "header", "text": {"type": "plain_text", "text": "😀" * 76}}], "fine") == [
        "blocks[0]: text: longer than 150"
    ]
