"""What Slack takes in one message. https://docs.slack.dev/reference/block-kit/blocks

Slack's own library lets too long fields, empty texts and duplicate ids through; Slack then refuses the whole message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from budgetbot.core.model import Json

BLOCKS = 50
TOTAL = 12_000  # not documented; messages of about 13,200 characters were refused
TEXT = 4_000
HEADER = 150
SECTION = 3_000
FIELDS, FIELD = 10, 2_000
CONTEXT_ELEMENTS = 10
BLOCK_ID = 255
ACTIONS, BUTTON, ACTION_ID, VALUE = 25, 75, 255, 2_000
CHARTS, CHART_TITLE, SERIES, CATEGORIES, CHART_LABEL, AXIS = 2, 50, 6, 20, 20, 50
CHART = "data_visualization"

Block = dict[str, Json]


def size(text: str) -> int:
    """The length as Slack may count it: UTF-16 units, so an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def total(blocks: Sequence[Block]) -> int:
    """The size of all blocks as they are sent."""
    return size(json.dumps(blocks, ensure_ascii=False))


def violations(blocks: Sequence[Block], text: str) -> list[str]:
    """What Slack would refuse, one line each; empty where all is well."""
    found = [] if text.strip() else ["text: is empty"]
    found += [f"text: longer than {TEXT}"] if size(text) > TEXT else []
    found += [f"blocks: more than {BLOCKS}"] if len(blocks) > BLOCKS else []
    found += [f"blocks: more than {TOTAL} characters in all"] if total(blocks) > TOTAL else []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    found += ["block_id: not unique"] if len({str(id) for id in ids}) < len(ids) else []
    charts = sum(block.get("type") == CHART for block in blocks)
    found += [f"blocks: more than {CHARTS} charts"] if charts > CHARTS else []
    for i, block in enumerate(blocks):
        found += [f"blocks[{i}]: {wrong}" for wrong in _block(block)]
    return found


def _block(block: Mapping[str, Json]) -> list[str]:
    id = block.get("block_id")
    wrong = [] if id is None or (isinstance(id, str) and 0 < size(id) <= BLOCK_ID) else ["block_id: empty or too long"]
    match block.get("type"):
        case "header":
            return wrong + _text(block.get("text"), HEADER, ("plain_text",))
        case "section":
            return wrong + _section(block)
        case "context":
            return wrong + _several(block.get("elements"), CONTEXT_ELEMENTS, SECTION)
        case "actions":
            return wrong + _actions(block.get("elements"))
        case "data_visualization":
            return wrong + _chart(block)
        case "divider":
            return wrong
    return [*wrong, f"type: {block.get('type')!r} is not used here"]


def _section(block: Mapping[str, Json]) -> list[str]:
    if "text" not in block and "fields" not in block:
        return ["section: neither text nor fields"]
    wrong = _text(block["text"], SECTION) if "text" in block else []
    return wrong + (_several(block["fields"], FIELDS, FIELD) if "fields" in block else [])


def _actions(elements: Json) -> list[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= ACTIONS:
        return [f"actions: not 1 to {ACTIONS} buttons"]
    buttons = [element for element in elements if isinstance(element, dict) and element.get("type") == "button"]
    wrong = [] if len(buttons) == len(elements) else ["actions: not all are buttons"]
    ids = [str(button.get("action_id") or "") for button in buttons]
    wrong += ["action_id: not unique"] if len(set(ids)) < len(ids) else []
    wrong += ["action_id: empty or too long"] if not all(0 < size(id) <= ACTION_ID for id in ids) else []
    for button in buttons:
        wrong += _text(button.get("text"), BUTTON, ("plain_text",))
        wrong += [] if _within(button.get("value", "-"), VALUE) else ["value: empty or too long"]
        wrong += (
            [] if button.get("style", "primary") in ("primary", "danger") else ["style: neither primary nor danger"]
        )
    return wrong


def _chart(block: Mapping[str, Json]) -> list[str]:
    chart = block.get("chart")
    axis = chart.get("axis_config") if isinstance(chart, dict) else None
    series = chart.get("series") if isinstance(chart, dict) else None
    if not isinstance(chart, dict) or not isinstance(axis, dict) or not isinstance(series, list):
        return ["chart: without series or axis_config"]
    wrong = [] if _within(block.get("title"), CHART_TITLE) else ["title: empty or too long"]
    wrong += [] if chart.get("type") in ("bar", "line", "area") else ["chart: neither bar, line nor area"]
    labels = axis.get("categories")
    if not isinstance(labels, list) or not 1 <= len(labels) <= CATEGORIES or len({*map(str, labels)}) < len(labels):
        return [*wrong, f"categories: not 1 to {CATEGORIES}, each once"]
    wrong += [] if all(_within(label, CHART_LABEL) for label in labels) else ["categories: empty or too long"]
    wrong += [] if all(_within(axis.get(k, "-"), AXIS) for k in ("x_label", "y_label")) else ["axis: label too long"]
    names = [one.get("name") if isinstance(one, dict) else None for one in series]
    fine = 1 <= len(names) <= SERIES and len({*map(str, names)}) == len(names)
    wrong += [] if fine and all(_within(name, CHART_LABEL) for name in names) else [f"series: not 1 to {SERIES} names"]
    return wrong + [bad for one in series for bad in _points(one, labels)]


def _points(series: Json, labels: Sequence[Json]) -> list[str]:
    data = series.get("data") if isinstance(series, dict) else None
    points = [point for point in data if isinstance(point, dict)] if isinstance(data, list) else []
    if [point.get("label") for point in points] != list(labels):
        return ["series: not one point for each category"]
    numbers = all(isinstance(v := point.get("value"), int | float) and not isinstance(v, bool) for point in points)
    return [] if numbers else ["series: a value is no number"]


def _within(text: Json, most: int) -> bool:
    return isinstance(text, str) and bool(text.strip()) and size(text) <= most


def _several(elements: Json, most: int, longest: int) -> list[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        return [f"not 1 to {most} elements"]
    return [wrong for element in elements for wrong in _text(element, longest)]


def _text(text: Json, longest: int, types: tuple[str, ...] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in types:
        return [f"text: not one of {', '.join(types)}"]
    said = text.get("text")
    if not isinstance(said, str) or not said.strip():
        return ["text: is empty"]
    return [f"text: longer than {longest}"] if size(said) > longest else []
