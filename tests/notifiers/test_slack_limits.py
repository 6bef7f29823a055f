from __future__ import annotations

import pytest

from budgetbot.core.model import Json
from budgetbot.notifiers.slack_limits import Block, violations
from tests.standins.slack_rules import check_message


def text(length: int, kind: str = "mrkdwn") -> Block:
    return {"type": kind, "text": "x" * length}


def header(length: int) -> Block:
    return {"type": "header", "text": text(length, "plain_text")}


def button(**changed: Json) -> Block:
    known: Block = {"type": "button", "text": text(9, "plain_text"), "action_id": "alert:details", "value": "a1"}
    return {**known, **changed}


def actions(*buttons: Json) -> Block:
    return {"type": "actions", "elements": [*buttons]}


def chart(count: int = 2, **changed: Json) -> Block:
    labels: list[Json] = [f"{i} Nov" for i in range(count)]
    data: list[Json] = [{"label": label, "value": 1.5} for label in labels]
    drawn: Block = {"type": "bar", "series": [{"name": "Spent", "data": data}], "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "Spent by day", "chart": {**drawn, **changed}}


def named(*names: str) -> Json:
    data: Json = [{"label": "0 Nov", "value": 1}, {"label": "1 Nov", "value": 1}]
    return [{"name": name, "data": data} for name in names]


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        (actions(), "actions: not 1 to 25 buttons"),
        (actions(*(button(action_id=str(i)) for i in range(26))), "actions: not 1 to 25 buttons"),
        (actions({"type": "overflow", "action_id": "x"}), "actions: not all are buttons"),
        (actions(button(), button()), "action_id: not unique"),
        (actions(button(action_id="")), "action_id: empty or too long"),
        (actions(button(action_id="x" * 256)), "action_id: empty or too long"),
        (actions(button(text=text(76, "plain_text"))), "text: longer than 75"),
        (actions(button(text=text(9))), "text: not one of plain_text"),
        (actions(button(value="x" * 2001)), "value: empty or too long"),
        (actions(button(style="loud")), "style: neither primary nor danger"),
        ({"type": "data_visualization", "title": "x"}, "chart: without series or axis_config"),
        ({**chart(), "title": "x" * 51}, "title: empty or too long"),
        (chart(type="pie"), "chart: neither bar, line nor area"),
        (chart(21), "categories: not 1 to 20, each once"),
        (chart(0), "categories: not 1 to 20, each once"),
        (chart(axis_config={"categories": ["a", "a"]}), "categories: not 1 to 20, each once"),
        (chart(axis_config={"categories": ["0 Nov", "1 Nov"], "y_label": "x" * 51}), "axis: label too long"),
        (chart(series=named(*"abcdefg")), "series: not 1 to 6 names"),
        (chart(series=named("a", "a")), "series: not 1 to 6 names"),
        (chart(series=named("x" * 21)), "series: not 1 to 6 names"),
        (chart(series=[]), "series: not 1 to 6 names"),
        (chart(axis_config={"categories": ["0 Nov", "2 Nov"]}), "series: not one point for each category"),
        (
            chart(1, series=[{"name": "a", "data": [{"label": "0 Nov", "value": "1"}]}]),
            "series: a value is no number",
        ),
        (
            chart(1, series=[{"name": "a", "data": [{"label": "0 Nov", "value": True}]}]),
            "series: a value is no number",
        ),
    ],
)
def test_a_button_or_a_chart_over_its_limit_is_named_and_refused(block: Block, wrong: str) -> None:
    assert violations([block], "fine") == [f"blocks[0]: {wrong}"]


@pytest.mark.parametrize("block", [actions(button()), chart(20), chart(series=named(*"abcdef"))])
def test_a_button_or_a_chart_at_its_limit_is_fine_to_slack_too(block: Block) -> None:
    assert violations([block], "fine") == []
    check_message({"text": "fine", "blocks": [block]})


def test_a_message_has_two_charts_at_most() -> None:
    assert violations([chart()] * 2, "fine") == []
    assert violations([chart()] * 3, "fine") == ["blocks: more than 2 charts"]


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
