"""A chart as Slack's own block, within its limits. Pure.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

from collections.abc import Sequence

from budgetbot.core.model import Json
from budgetbot.core.money import NANO, Nano
from budgetbot.core.unit import Unit
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.chart import Chart
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_text import plain

_WIDE = 14  # of a label that is told apart by a number


def native(chart: Chart) -> Block:
    """The block: a bar for each point, and the line as a second series where it would not flatten them."""
    labels = _unique([plain(point.label, limits.CHART_LABEL) or "-" for point in chart.points])
    series = [_series("Used" if chart.unit.counts else "Spent", labels, [p.amount for p in chart.points], chart.unit)]
    if chart.line is not None and chart.line_fits:
        series.append(_series("Limit", labels, [chart.line] * len(labels), chart.unit))
    return {
        "type": limits.CHART,
        "title": plain(chart.title, limits.CHART_TITLE) or "-",
        "chart": {
            "type": "bar",
            "series": [*series],
            "axis_config": {"categories": [*labels], "y_label": plain(chart.unit.name, limits.AXIS) or "-"},
        },
    }


def _series(name: str, labels: Sequence[str], amounts: Sequence[Nano], unit: Unit) -> dict[str, Json]:
    data = [{"label": label, "value": _height(size, unit)} for label, size in zip(labels, amounts, strict=True)]
    return {"name": name, "data": [*data]}


def _height(size: Nano, unit: Unit) -> Json:
    """How high a bar is drawn; as an amount it stands nowhere, so a float of whole cents will do."""
    return max(size, 0) // NANO if unit.counts else round(max(size, 0) / NANO, 2)


def _unique(labels: Sequence[str]) -> list[str]:
    found: list[str] = []
    for label in labels:
        one, number = label, 2
        while one in found:
            one, number = f"{plain(label, _WIDE)} ({number})", number + 1
        found.append(one)
    return found
