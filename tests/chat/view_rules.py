"""Modals that Slack would open, and in which no name is alive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.standins import slack_views

_LIVE = re.compile(r"<[!@#h]")
_MENTION = re.compile(r"(?<![a-z0-9\u200b])@(?:here|channel|everyone)\b")
_CODE = re.compile(r"```.*?```", re.DOTALL)


def check_view(view: Mapping[str, Any]) -> None:
    """Fails for what Slack would not open, and for a mention or link that lives."""
    slack_views.check_view(view, "modal")
    for block in view["blocks"]:
        text = block.get("text")
        if text is not None and text["type"] == "mrkdwn":
            assert text["verbatim"]
            assert not _LIVE.search(text["text"])
            assert not _MENTION.search(_CODE.sub("", text["text"]))


def words(view: Mapping[str, Any] | None) -> str:
    """All that a view says, a line each."""
    assert view is not None
    check_view(view)
    return "\n".join(block["text"]["text"] for block in view["blocks"] if "text" in block)
