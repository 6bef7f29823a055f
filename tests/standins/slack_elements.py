"""What Slack refuses in buttons, menus and inputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.standins.slack_texts import MessageRefused, check_text, need, size

_TEXTS = {"placeholder": 150}
_KEYS: dict[str, set[str]] = {
    "button": {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "static_select": {"placeholder", "options", "initial_option", "confirm", "focus_on_load"},
    "plain_text_input": {"placeholder", "initial_value", "multiline", "min_length", "max_length", "focus_on_load"},
    "number_input": {"is_decimal_allowed", "initial_value", "min_value", "max_value", "placeholder", "focus_on_load"},
    "datetimepicker": {"initial_date_time", "confirm", "focus_on_load"},
    "datepicker": {"initial_date", "placeholder", "confirm", "focus_on_load"},
    "timepicker": {"initial_time", "placeholder", "confirm", "focus_on_load", "timezone"},
}
INPUTS = frozenset(_KEYS) - {"button", "overflow"}


def check_elements(elements: Any, most: int, kinds: Iterable[str] = _KEYS) -> None:
    """Of one block."""
    need(isinstance(elements, list) and 1 <= len(elements) <= most, f"not 1 to {most} elements")
    for element in elements:
        check_element(element, kinds)
    ids = [element["action_id"] for element in elements if "action_id" in element]
    need(len(ids) == len(set(ids)), "action_id twice in a block")


def check_element(element: Any, kinds: Iterable[str] = _KEYS) -> None:
    """A button, a menu or an input."""
    need(isinstance(element, dict) and element.get("type") in set(kinds), f"not an element here: {element!r}")
    kind = element["type"]
    unknown = set(element) - _KEYS[kind] - {"type", "action_id"}
    need(not unknown, f"unknown keys in {kind}: {unknown}")
    need(1 <= size(element.get("action_id", "x")) <= 255, "action_id")
    if kind == "button":
        check_text(element.get("text"), 75, ("plain_text",))
        need(1 <= size(element.get("value", "x")) <= 2000, "value of a button")
        need(element.get("style", "primary") in ("primary", "danger"), "style of a button")
    if kind == "overflow":
        _check_options(element.get("options"), 5)
    if kind == "static_select":
        _check_options(element.get("options"), 100)
        need(element.get("initial_option", element["options"][0]) in element["options"], "initial_option is no option")
    if kind == "plain_text_input":
        need(0 <= element.get("min_length", 0) <= element.get("max_length", 3000) <= 3000, "lengths of an input")
    if kind == "number_input":
        need(isinstance(element.get("is_decimal_allowed"), bool), "is_decimal_allowed is required")
        need(isinstance(element.get("initial_value", "1"), str), "initial_value is text")
    if kind == "datetimepicker":
        need(len(str(element.get("initial_date_time", 1_000_000_000))) == 10, "initial_date_time")
    for name, longest in _TEXTS.items():
        if name in element:
            check_text(element[name], longest, ("plain_text",))
    if "confirm" in element:
        _check_confirm(element["confirm"])


def _check_options(options: Any, most: int) -> None:
    need(isinstance(options, list) and 1 <= len(options) <= most, f"not 1 to {most} options")
    for option in options:
        need(set(option) <= {"text", "value", "description", "url"}, f"unknown keys in {option!r}")
        check_text(option.get("text"), 75, ("plain_text",))
        need(isinstance(option.get("value"), str) and 1 <= size(option["value"]) <= 150, "value of an option")
    values = [option["value"] for option in options]
    need(len(values) == len(set(values)), "value of an option twice")


def _check_confirm(confirm: Any) -> None:
    need(isinstance(confirm, dict), "confirm")
    for name, longest in {"title": 100, "text": 300, "confirm": 30, "deny": 30}.items():
        check_text(confirm.get(name), longest)


def check_chart(block: dict[str, Any]) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""
    need(isinstance(block.get("title"), str) and 1 <= size(block["title"]) <= 50, "title of a chart")
    chart: Any = block.get("chart")
    if not isinstance(chart, dict) or chart.get("type") not in ("line", "bar", "area", "pie"):
        raise MessageRefused("invalid_blocks", "no such chart")
    if chart["type"] == "pie":
        segments: Any = chart.get("segments")
        need(isinstance(segments, list) and 1 <= len(segments) <= 6, "segments")
        need(all(1 <= size(one["label"]) <= 20 and one["value"] > 0 for one in segments), "a segment")
        return
    series: Any = chart.get("series")
    axis: Any = chart.get("axis_config")
    need(isinstance(series, list) and 1 <= len(series) <= 6, "series")
    need(isinstance(axis, dict) and set(axis) <= {"categories", "x_label", "y_label"}, "axis_config")
    categories = axis["categories"]
    need(1 <= len(categories) <= 20 and len(set(categories)) == len(categories), "categories")
    need(all(1 <= size(label) <= 20 for label in categories), "length of a category")
    need(all(1 <= size(axis.get(name, "x")) <= 50 for name in ("x_label", "y_label")), "length of a label")
    names = [one["name"] for one in series]
    need(len(set(names)) == len(names) and all(1 <= size(name) <= 20 for name in names), "names of series")
    for one in series:
        need([point["label"] for point in one["data"]] == categories, "not one point for each category")
        need(all(type(point["value"]) in (int, float) for point in one["data"]), "a value that is no number")
