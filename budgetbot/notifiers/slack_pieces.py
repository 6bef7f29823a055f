"""What Slack messages are made of: blocks with foreign text in them, escaped and within their limits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.chart import Chart
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_text import fallback, mrkdwn, mrkdwn_object, plain_object

BLOCKS = 45
LINE = 180
_CODE = 2_400  # of one block of monospaced lines; escapes may lengthen it


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """`text` is what phones and screen readers get; `long_text` says it all where blocks are refused.

    `blocks` may hold a native chart, of `chart`; `plainer` hold it as text.
    """

    text: str
    long_text: str
    blocks: list[Block]
    plainer: list[Block]
    chart: Chart | None = None


def slack_made(
    text: str, long_text: str, blocks: list[Block], chart: Chart | None = None, instead: Sequence[Block] = ()
) -> SlackMessage:
    """The message of these blocks, as many as fit. `instead`: what the plainer ones have where the native chart was."""
    fitting = _fitted(blocks)
    plainer = fitting
    if chart is not None:
        parted = [part for block in blocks for part in (instead if block["type"] == limits.CHART else [block])]
        plainer = _fitted(parted)
        text, long_text = f"{text}\n{chart.told()}", f"{chart.told()}\n{long_text}"
    return SlackMessage(fallback(text, 1_200), fallback(long_text, limits.TEXT - 100), fitting, plainer, chart)


def _fitted(blocks: list[Block]) -> list[Block]:
    """Buttons and the last block, which says how fresh the data is, stay; what stands before them is missed least."""
    fitting = [*blocks[:-1][: BLOCKS - 1], blocks[-1]]
    while limits.total(fitting) > limits.TOTAL:
        last = max(i for i, block in enumerate(fitting[:-1]) if block["type"] != "actions")
        del fitting[last]
    return fitting


def header(text: str) -> Block:
    """A headline; Slack shows it as it is."""
    return {"type": "header", "text": plain_object(text, limits.HEADER)}


def paragraph(text: str) -> Block:
    """Plain sentences."""
    return {"type": "section", "text": plain_object(text, 1_000)}


def said(markup: str) -> Block:
    """Markup that was built of escaped parts."""
    return {"type": "section", "text": mrkdwn_object(markup)}


def context(lines: Sequence[str]) -> Block:
    """Small print."""
    elements = [mrkdwn_object(mrkdwn(line, 300) or "-") for line in lines[: limits.CONTEXT_ELEMENTS]]
    return {"type": "context", "elements": [*elements]}


def bullets(head: str, items: Sequence[str]) -> list[Block]:
    """A list under a heading, both escaped; nothing where there are no items."""
    lines = "\n".join([*([f"*{head}*"] if head else []), *(f"• {item}" for item in items)])
    return [said(lines)] if items else []


def monospaced(head: str, lines: Sequence[str]) -> list[Block]:
    """Lines as code blocks, as many as it takes; `clean` would eat the blanks that align them, so they are kept."""
    parts: list[list[str]] = [[]]
    for line in lines:
        escaped = _kept(line)
        if parts[-1] and sum(limits.size(known) + 1 for known in parts[-1]) + limits.size(escaped) > _CODE:
            parts.append([])
        parts[-1].append(escaped)
    heads = [f"*{head}*\n" if head else "", *([""] * (len(parts) - 1))]
    return [said(over + "\n".join(["```", *part, "```"])) for over, part in zip(heads, parts, strict=True) if part]


def _kept(line: str) -> str:
    return line.replace("`", "'").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
