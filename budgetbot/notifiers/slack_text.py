"""Foreign text in Slack: no live mention, no link made of a name, no formatting, and never over its limit.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Callable

from budgetbot.core.model import Json
from budgetbot.core.text import clean, cut
from budgetbot.notifiers.slack_limits import size

_GAP = "\u200b"  # takes no room, and parts what Slack would read as one token
_MENTION = re.compile(r"(?<![a-z0-9])[@#](?=\w)|@(?=here|channel|everyone)", re.IGNORECASE)
_LINK = re.compile(r"(?<=:)//|(?<=\bwww)\.|(?<=\bmailto):", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_FORMAT = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")


def mrkdwn(text: str, most: int) -> str:
    """One line as mrkdwn that reads like `text` and does nothing."""
    return _fitted(text, most, lambda line: _escaped(_parted(line)))


def code(text: str, most: int) -> str:
    """One line for inside of backticks, where Slack reads only its escapes."""
    return _fitted(text, most, lambda line: _escaped(line.replace("`", "'")))


def plain(text: str, most: int) -> str:
    """One line for a plain_text object, which Slack shows as it is."""
    return _fitted(text, most, lambda line: line)


def fallback(lines: str, most: int) -> str:
    """Several lines for the message's own `text`, where links and mentions are parted too."""
    said = "\n".join(mrkdwn(line, 600) for line in lines.splitlines())
    while size(said) > most:
        said = said[: said.rindex("\n")] if "\n" in said else mrkdwn(lines, most)
    return said


def mrkdwn_object(text: str) -> dict[str, Json]:
    """Markup that was built here, from parts that were escaped; verbatim keeps Slack from making links of the rest."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_object(text: str, most: int) -> dict[str, Json]:
    """A plain_text object; what is empty would be refused."""
    return {"type": "plain_text", "text": plain(text, most) or "-", "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _parted(text: str) -> str:
    for token in (_MENTION, _EMOJI):
        text = token.sub(lambda found: found[0] + _GAP, text)
    text = _LINK.sub(lambda found: _GAP + found[0] + _GAP, text)
    return _FORMAT.sub(lambda found: _GAP + found[0] + _GAP, text)


def _fitted(text: str, most: int, change: Callable[[str], str]) -> str:
    """`change` may lengthen the text; the text is cut before it, so that no escape is cut in two."""
    line = clean(text, most)
    if size(changed := change(line)) <= most:
        return changed
    fits, beyond = 0, len(line)
    while beyond - fits > 1:
        room = (fits + beyond) // 2
        fits, beyond = (room, beyond) if size(change(cut(line, room))) <= most else (fits, room)
    return change(cut(line, fits)) if fits else ""
