"""What became of an alert, told step by step in its thread: short, as the first message says it all. Pure."""

from __future__ import annotations

from budgetbot.core.notification import Notification
from budgetbot.notifiers.slack_alert import sign
from budgetbot.notifiers.slack_buttons import deed_buttons
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import SlackMessage, context, monospaced, paragraph, said, slack_made
from budgetbot.notifiers.slack_text import mrkdwn
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_deed import Deed, deed_lines, deed_words

_UNATTENDED = "If nobody acts"
_COMMIT = "To have it in the policy too, commit these lines; the raise counts once."
_LONGEST = 2_000  # characters of lines that are still of use


def slack_story(notification: Notification, *, interactive: bool = False) -> SlackMessage:
    """The reply that tells this step."""
    return _done(notification, notification.deed, interactive) if notification.deed else _step(notification)


def _step(notification: Notification) -> SlackMessage:
    told = message(notification)
    title = f"{sign(notification, told)} {told.title}"
    pace = [f"{label}: {value}" for label, value in told.facts if label == _UNATTENDED]
    blocks = [said(f"*{mrkdwn(title, 300)}*"), paragraph(" ".join([told.lead, *(f"{line}." for line in pace)]))]
    long_text = "\n".join([told.title, told.lead, *pace, *told.context])
    return slack_made("\n".join([told.summary, told.lead, *pace]), long_text, [*blocks, context(told.context[-1:])])


def _done(notification: Notification, deed: Deed, interactive: bool) -> SlackMessage:
    words, blocks = deed_words(deed), [paragraph(deed_words(deed))]
    lines = _lines(notification, deed)
    if lines:
        blocks += [paragraph(_COMMIT), *monospaced("", lines.splitlines())]
    blocks += deed_buttons(notification) if interactive else []
    about = message(notification).title
    text = "\n".join([words, about])
    return slack_made(text, "\n".join([text, *([_COMMIT, lines] if lines else [])]), [*blocks, _about(about)])


def _lines(notification: Notification, deed: Deed) -> str:
    """Of a raise that was granted; empty where there are none, or more than anybody would copy."""
    alert = notification.alert
    if deed.get("what") != "grant_granted" or alert is None or alert.id != deed.get("alert"):
        return ""
    lines = deed_lines(deed, alert.scope)
    return lines if len(lines) <= _LONGEST else ""


def _about(title: str) -> Block:
    return context([f"About: {title}"])
