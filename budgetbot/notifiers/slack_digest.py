"""A digest in Slack. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from budgetbot.notifiers.slack_chart import native
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import (
    LINE,
    SlackMessage,
    bullets,
    context,
    header,
    monospaced,
    paragraph,
    slack_made,
)
from budgetbot.notifiers.slack_text import mrkdwn
from budgetbot.notifiers.table import bars, columns
from budgetbot.notifiers.wording_digest import DigestMessage, digest_message


def slack_digest(digest: Mapping[str, object]) -> SlackMessage:
    """The message of a digest. Raises DeliveryError, permanent, where it is not of its shape."""
    spoken = digest_message(digest)
    lines = [spoken.title, spoken.lead, *(f"{row[0]}: {row[1]} ({row[2]})" for row in spoken.rows), *spoken.context]
    instead = monospaced("", bars(spoken.chart, 20))
    text = f"{spoken.summary}\n{spoken.lead}"
    return slack_made(text, "\n".join(lines), _blocks(spoken), spoken.drawn, instead)


def _blocks(spoken: DigestMessage) -> list[Block]:
    blocks = [header(f"📊 {spoken.title}"), paragraph(spoken.lead)]
    blocks += [native(spoken.drawn)] if spoken.drawn else []
    blocks += monospaced("Who spent it", columns(spoken.rows_head, spoken.rows) if spoken.rows else [])
    blocks += bullets("What moved", [mrkdwn(line, LINE) for line in spoken.movers])
    blocks += monospaced("Budgets", columns(spoken.budgets_head, spoken.budgets) if spoken.budgets else [])
    blocks += bullets("Open alerts", [mrkdwn(line, LINE) for line in spoken.alerts])
    return [*blocks, context(spoken.context)]
