"""What a notification says in services of many kinds: names make no mention and no link there, and no limit is passed.

Discord's Markdown: https://support.discord.com/hc/articles/210298617; that of cards in Teams is a part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from budgetbot.core.notification import Notification
from budgetbot.core.text import clean
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_digest import DigestMessage, digest_message

_GAP = "\u200b"  # takes no room, and parts what a service would read as one token
_MENTION = re.compile(r"[@<](?=\S)")
_LINK = re.compile(r"(?<=:)(?=//)|(?<=\bmailto:)|(?<=\w\.)(?=[^\W\d_]{2})", re.IGNORECASE)
_MARKUP = re.compile(r"[\\*~`|\[\]]|(?<![^\W_])_|_(?![^\W_])|^(?:[#>+-]|\d+(?=[.)]))")
_LINE = 600


@dataclass(frozen=True, slots=True)
class Style:
    """How one service takes text: `most` at once, by `size`, and a title of up to `title`; `joint` parts lines.

    `markdown`: it reads markup whether one wants it or not, and the title is a bold line. `code`: nothing is alive
    between backticks.
    """

    most: int
    size: Callable[[str], int]
    markdown: bool = False
    code: bool = False
    joint: str = "\n"
    title: int = 200


def units(text: str) -> int:
    """UTF-16 units: of what services count as characters, never too few."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def wire(text: str) -> int:
    """Bytes as JSON in ASCII: never less than in UTF-8."""
    return len(json.dumps(text))


def worded(notification: Notification, style: Style) -> tuple[str, str]:
    """Title and text; the title is empty where the text holds it. Raises DeliveryError, permanent."""
    title, lines, ours = _words(notification, style)
    told = [ours.get(line) or _line(line, style) for line in lines]
    if style.markdown:
        whole = [f"**{_line(title, style)}**", *(line for line in told if line or style.joint == "\n")]
        return "", _fitted(whole, title, style.most, style)
    head = _cut(title, min(style.title, style.most // 2), style)
    return head, _fitted(told, lines[0], style.most - style.size(head) - 4, style)


def _words(notification: Notification, style: Style) -> tuple[str, list[str], dict[str, str]]:
    """Title, lines, and those of them that stay as they are: the policy's own address, and commands to copy."""
    if notification.digest is not None:
        digest = digest_message(notification.digest)
        return digest.title, _digest(digest), {}
    spoken = message(notification)
    ours = {f"- {what}: {command}": f"- {what}: `{command}`" for what, command in spoken.steps} if style.code else {}
    runbook = f"- Runbook: {spoken.runbook}"
    return f"[{spoken.badge}] {spoken.title}", spoken.plain().splitlines()[2:], {**ours, runbook: runbook}


def _digest(told: DigestMessage) -> list[str]:
    """Without columns, which need a font of even width."""
    lines = [told.lead]
    for head, rows in (("Spent", _rows(told.rows_head, told.rows)), ("What moved", told.movers)):
        lines += ["", f"{head}:", *(f"- {row}" for row in rows)] if rows else []
    for head, rows in (("Budgets", _rows(told.budgets_head, told.budgets)), ("Open alerts", told.alerts)):
        lines += ["", f"{head}:", *(f"- {row}" for row in rows)] if rows else []
    return [*lines, "", *told.context]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """ "research: Spent $80.00, Share 64.8 %" of cells under their heads."""
    return [
        f"{row[0]}: " + ", ".join(f"{name} {cell}" for name, cell in zip(head[1:], row[1:], strict=False))
        for row in rows
    ]


def _line(text: str, style: Style) -> str:
    """One line that reads like `text` and does nothing. Our own hyphen at its beginning stays a list."""
    listed = text.startswith("- ")
    dead = _dead(clean(text.removeprefix("- ") if listed else text, _LINE), style)
    return f"- {dead}" if listed else dead


def _dead(text: str, style: Style) -> str:
    if style.markdown:
        text = _MARKUP.sub(lambda found: f"\\{found[0]}" if not found[0].isdigit() else _GAP + found[0], text)
    return _LINK.sub(_GAP, _MENTION.sub(lambda found: found[0] + _GAP, text))


def _cut(text: str, most: int, style: Style) -> str:
    """Cut before it is made harmless, so that nothing is parted in the middle."""
    room = most
    while style.size(dead := _dead(clean(text, room), style)) > most and room > 1:
        room -= max(1, (style.size(dead) - most) // 8)
    return dead


def _fitted(lines: Sequence[str], first: str, most: int, style: Style) -> str:
    """As many whole lines as there is room for; what follows is an ellipsis. `first`: the first as it came."""
    whole = style.joint.join(lines).strip()
    if style.size(whole) <= most:
        return whole
    kept = list(lines)
    while kept and style.size(cut := style.joint.join([*kept, "…"]).strip()) > most:
        kept.pop()
    return cut if kept else _cut(first, most, style)
