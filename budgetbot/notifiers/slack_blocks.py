"""Notifications as Slack messages: pure, within Slack's limits whatever the names are."""

from __future__ import annotations

from budgetbot.core.notification import Notification
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.slack_alert import listed, slack_alert
from budgetbot.notifiers.slack_digest import slack_digest
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import BLOCKS, SlackMessage, bullets, slack_made
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_together import Together

__all__ = ["BLOCKS", "SlackMessage", "slack_message", "slack_reply"]

_LINES = 15  # of a section: so many of the longest fit


def slack_message(notification: Notification, *, interactive: bool = False) -> SlackMessage:
    """The whole message of one notification. `interactive`: with buttons, where Slack tells who clicks them."""
    if notification.digest is not None:
        return slack_digest(notification.digest)
    return slack_alert(notification, interactive=interactive)


def slack_reply(notification: Notification) -> SlackMessage | None:
    """All that a message speaks of and did not name, for its thread; None where it named all that is known."""
    together = message(notification).together
    if together is None or len(together.shown) == len(together.rows):
        return None
    most = len(together.rows)
    while limits.total(blocks := _whole(together, most)) > limits.TOTAL:
        most -= 1
    head = _number(together, most)
    return slack_made(head, "\n".join([head, *together.lines(most)]), blocks)


def _whole(together: Together, most: int) -> list[Block]:
    items = listed(together, together.lines(most))
    parts = [items[i : i + _LINES] for i in range(0, len(items), _LINES)]
    return [block for i, part in enumerate(parts) for block in bullets("" if i else _number(together, most), part)]


def _number(together: Together, told: int) -> str:
    return f"All {told}" if told == together.total else f"{told} of {together.total}"
