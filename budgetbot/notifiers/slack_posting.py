"""Posting a message and telling it anew, as plainly as Slack wants it: charts and blocks are left out where refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from slack_sdk.web import SlackResponse

from budgetbot.core.model import Json
from budgetbot.notifiers.slack_api import SlackApi, SlackError
from budgetbot.notifiers.slack_limits import violations
from budgetbot.notifiers.slack_native import NativeCharts, has_chart
from budgetbot.notifiers.slack_pieces import SlackMessage

_BLOCKS_REFUSED = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
_QUIETLY = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False}


class Posted(NamedTuple):
    """Where it is. `drawn`: whether its chart, if it has one, is a native one."""

    channel: str
    ts: str
    drawn: bool


class Posting:
    """Messages of one workspace."""

    def __init__(self, api: SlackApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._charts = NativeCharts()

    def post(self, address: Mapping[str, Any], message: SlackMessage) -> Posted:
        """A new message. Raises SlackError."""
        answer, drawn = self._say("chat.postMessage", {**address, **_QUIETLY}, message)
        return Posted(str(answer.get("channel")), str(answer.get("ts")), drawn)

    def update(self, channel: str, ts: str, message: SlackMessage) -> Posted:
        """A message as it is now, however often it is said. Raises SlackError; what it is not told stays as it was."""
        address = {"channel": channel, "ts": ts, "parse": "none", "link_names": False, "blocks": []}  # [] removes them
        _, drawn = self._say("chat.update", address, message)
        return Posted(channel, ts, drawn)

    def _say(self, method: str, address: Mapping[str, Any], message: SlackMessage) -> tuple[SlackResponse, bool]:
        """What Slack answers to the first form that it takes, and whether that has a native chart."""
        refused = False
        for form, drawn in self._forms(message):
            try:
                answer = self._api.call(method, json={**address, **form})
            except SlackError as error:
                if error.error not in _BLOCKS_REFUSED or "blocks" not in form:
                    raise
                refused = True
                continue
            if refused and "blocks" in form:  # the chart alone was what it did not take
                self._charts.refused(self._clock())
            return answer, drawn
        raise AssertionError("the last form has no blocks, so it was taken or refused for good")

    def _forms(self, message: SlackMessage) -> Iterator[tuple[dict[str, Json], bool]]:
        """From the richest on; a plain message is better than none."""
        draws = has_chart(message.blocks) and self._charts.native(self._clock())
        if draws and not violations(message.blocks, message.text):
            yield {"text": message.text, "blocks": [*message.blocks]}, True
        if not violations(message.plainer, message.text):
            yield {"text": message.text, "blocks": [*message.plainer]}, False
        yield {"text": message.long_text}, False
