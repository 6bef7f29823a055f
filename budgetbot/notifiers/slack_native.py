"""Slack's own chart block, which not every workspace has yet; where it is refused, the rest of the message is enough.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from budgetbot.notifiers.slack_limits import CHART, Block

FORGET = timedelta(hours=24)


class NativeCharts:
    """Whether Slack takes them; after a refusal it is asked again a day later."""

    def __init__(self) -> None:
        self._refused: datetime | None = None

    def native(self, now: datetime) -> bool:
        """Whether to send one."""
        return self._refused is None or now - self._refused >= FORGET

    def refused(self, now: datetime) -> None:
        """Slack did not take one."""
        self._refused = now


def has_chart(blocks: Iterable[Block]) -> bool:
    """Whether a chart block is among them."""
    return any(block.get("type") == CHART for block in blocks)


def without_charts(blocks: Iterable[Block]) -> list[Block]:
    """All others."""
    return [block for block in blocks if block.get("type") != CHART]
