"""Notifications as Slack messages: pure, within Slack's limits whatever the names are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from budgetbot.core.notification import Notification
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_text import code, fallback, mrkdwn, mrkdwn_object, plain_object
from budgetbot.notifiers.table import bars, columns
from budgetbot.notifiers.wording import Message, message
from budgetbot.notifiers.wording_digest import DigestMessage, digest_message
from budgetbot.notifiers.wording_together import Together

_SIGNS = {"WARNING": "⚠️", "CRITICAL": "🚨", "RESOLVED": "✅", "CLOSED": "🏁", "TEST": "🧪"}
_CODE = 2_400  # of one block of monospaced lines; escapes may lengthen it
_LINE = 180
_LINES = 15  # of a section: so many of the longest fit
BLOCKS = 45


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """`text` is what phones and screen readers get; `long_text` says it all where blocks are refused."""

    text: str
    long_text: str
    blocks: list[Block]


def slack_message(notification: Notification) -> SlackMessage:
    """The message of one notification."""
    if notification.digest is not None:
        spoken = digest_message(notification.digest)
        lines = [spoken.title, spoken.lead, *(f"{row[0]}: {row[1]} ({row[2]})" for row in spoken.rows), *spoken.context]
        return _message(f"{spoken.summary}\n{spoken.lead}", "\n".join(lines), _digest(spoken))
    told = message(notification)
    return _message(f"{told.summary}\n{told.lead}", told.plain(), _alert(told))


def _message(text: str, long_text: str, blocks: list[Block]) -> SlackMessage:
    fitting = [*blocks[:-1][: BLOCKS - 1], blocks[-1]]
    while limits.total(fitting) > limits.TOTAL:
        del fitting[-2]  # the last block says how fresh the data is: the one before it is missed least
    return SlackMessage(fallback(text, 1_200), fallback(long_text, limits.TEXT - 100), fitting)


def _alert(told: Message) -> list[Block]:
    blocks = [_header(f"{_SIGNS.get(told.badge, 'ℹ️')} {told.title}"), _plain(told.lead)]
    if told.facts:
        fields = [mrkdwn_object(f"*{mrkdwn(label, 60)}*\n{mrkdwn(value, 200) or '-'}") for label, value in told.facts]
        blocks.append({"type": "section", "fields": [*fields[: limits.FIELDS]]})
    blocks += _list("Driven by", [mrkdwn(driver, _LINE) for driver in told.drivers])
    if told.together:
        blocks += _list(mrkdwn(told.together.head, 100), _listed(told.together, told.together.lines()))
    steps = [f"{mrkdwn(what, 80)}: `{code(command, 120)}`" for what, command in told.steps]
    if told.runbook:
        steps.append(f"<{code(told.runbook, 500).replace('|', '%7C')}|Runbook>")
    blocks += _list("What can be done", steps)
    return [*blocks, _context(told.context)]


def slack_reply(notification: Notification) -> SlackMessage | None:
    """All that a message speaks of and did not name, for its thread; None where it named all that is known."""
    together = message(notification).together
    if together is None or len(together.shown) == len(together.rows):
        return None
    most = len(together.rows)
    while limits.total(blocks := _whole(together, most)) > limits.TOTAL:
        most -= 1
    head = _number(together, most)
    return SlackMessage(head, fallback("\n".join([head, *together.lines(most)]), limits.TEXT - 100), blocks)


def _whole(together: Together, most: int) -> list[Block]:
    items = _listed(together, together.lines(most))
    parts = [items[i : i + _LINES] for i in range(0, len(items), _LINES)]
    return [block for i, part in enumerate(parts) for block in _list("" if i else _number(together, most), part)]


def _number(together: Together, told: int) -> str:
    return f"All {told}" if told == together.total else f"{told} of {together.total}"


def _listed(together: Together, lines: Sequence[str]) -> list[str]:
    """Lines as markup, and what is left out."""
    rest = together.rest(len(lines))
    return [*(mrkdwn(line, _LINE) for line in lines), *([f"{rest[0]}: `{rest[1]}`"] if rest else [])]


def _digest(spoken: DigestMessage) -> list[Block]:
    blocks = [_header(f"📊 {spoken.title}"), _plain(spoken.lead)]
    blocks += _monospaced("", bars(spoken.chart, 20))
    blocks += _monospaced("Who spent it", columns(spoken.rows_head, spoken.rows) if spoken.rows else [])
    blocks += _list("What moved", [mrkdwn(line, _LINE) for line in spoken.movers])
    blocks += _monospaced("Budgets", columns(spoken.budgets_head, spoken.budgets) if spoken.budgets else [])
    blocks += _list("Open alerts", [mrkdwn(line, _LINE) for line in spoken.alerts])
    return [*blocks, _context(spoken.context)]


def _header(text: str) -> Block:
    return {"type": "header", "text": plain_object(text, limits.HEADER)}


def _plain(text: str) -> Block:
    return {"type": "section", "text": plain_object(text, 1_000)}


def _context(lines: Sequence[str]) -> Block:
    elements = [mrkdwn_object(mrkdwn(line, 300) or "-") for line in lines[: limits.CONTEXT_ELEMENTS]]
    return {"type": "context", "elements": [*elements]}


def _list(head: str, items: Sequence[str]) -> list[Block]:
    said = "\n".join([*([f"*{head}*"] if head else []), *(f"• {item}" for item in items)])
    return [{"type": "section", "text": mrkdwn_object(said)}] if items else []


def _monospaced(head: str, lines: Sequence[str]) -> list[Block]:
    """Lines as code blocks, as many as it takes; `clean` would eat the blanks that align them, so they are kept."""
    parts: list[list[str]] = [[]]
    for line in lines:
        escaped = _kept(line)
        if parts[-1] and sum(limits.size(known) + 1 for known in parts[-1]) + limits.size(escaped) > _CODE:
            parts.append([])
        parts[-1].append(escaped)
    heads = [f"*{head}*\n" if head else "", *([""] * (len(parts) - 1))]
    said = [over + "\n".join(["```", *part, "```"]) for over, part in zip(heads, parts, strict=True) if part]
    return [{"type": "section", "text": mrkdwn_object(text)} for text in said]


def _kept(line: str) -> str:
    return line.replace("`", "'").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
