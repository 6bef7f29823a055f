"""What an alert looks like in Slack while it lasts, and after: the same message, told anew at every step. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from budgetbot.core.foretold import day_and_time
from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification
from budgetbot.core.text import clean
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.chart import Chart, trend_of
from budgetbot.notifiers.slack_buttons import alert_buttons
from budgetbot.notifiers.slack_chart import native
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import LINE, SlackMessage, bullets, context, header, paragraph, said, slack_made
from budgetbot.notifiers.slack_text import code, mrkdwn, mrkdwn_object
from budgetbot.notifiers.wording import Message, message
from budgetbot.notifiers.wording_together import Together

_SIGNS = {"WARNING": "⚠️", "CRITICAL": "🚨", "RESOLVED": "✅", "CLOSED": "🏁", "TEST": "🧪"}
_BY_HAND = "budgetbot alerts "  # commands that the buttons stand for
_STATED = "Acknowledged by"


def slack_alert(notification: Notification, *, interactive: bool = False) -> SlackMessage:
    """The message of an alert as it stands. `interactive`: with buttons, where Slack tells who clicks them."""
    told, chart = message(notification), _chart(notification)
    states = _states(notification)
    blocks = [header(f"{sign(notification, told)} {told.title}"), paragraph(told.lead)]
    blocks += [said("\n".join(f"*{mrkdwn(state, 300)}*" for state in states))] if states else []
    blocks += _fields(told)
    blocks += bullets("Driven by", [mrkdwn(driver, LINE) for driver in told.drivers])
    blocks += bullets(mrkdwn(told.change[0], LINE), [mrkdwn(cause, LINE) for cause in told.change[1]])
    blocks += [native(chart)] if chart else []
    if told.together:
        blocks += bullets(mrkdwn(told.together.head, 100), listed(told.together, told.together.lines()))
    buttons = alert_buttons(notification) if interactive else []
    blocks += [*bullets("What can be done", _steps(told, clickable=bool(buttons))), *buttons]
    long_text = "\n".join([*states, told.plain()])
    text = "\n".join([told.summary, *states, told.lead])
    instead = [paragraph(chart.told())] if chart else []
    return slack_made(text, long_text, [*blocks, context(told.context)], chart, instead)


def sign(notification: Notification, told: Message) -> str:
    """What the headline begins with: how bad it is, that somebody looks after it, or how it ended."""
    alert, now = notification.alert, notification.created_at
    if notification.reason in ENDS:
        return "⚠️" if notification.others else _SIGNS.get(told.badge, "ℹ️")  # a lower level still fires
    if alert is not None and told.badge != "TEST":
        if alert.acknowledged(now):
            return "👀"
        if alert.snoozed(now):
            return "🔕"
    return _SIGNS.get(told.badge, "ℹ️")


def listed(together: Together, lines: Sequence[str]) -> list[str]:
    """Lines as markup, and what is left out."""
    rest = together.rest(len(lines))
    return [*(mrkdwn(line, LINE) for line in lines), *([f"{rest[0]}: `{rest[1]}`"] if rest else [])]


def _chart(notification: Notification) -> Chart | None:
    """Of one alert; what many have in common is no series."""
    if notification.alert is None or notification.together:
        return None
    return trend_of(notification.alert.evidence)


def _states(notification: Notification) -> list[str]:
    """Who looks after it, and until when nobody is told more."""
    alert, now = notification.alert, notification.created_at
    if alert is None or notification.reason in ENDS or alert.state == "resolved":
        return []
    found = [_acknowledged(alert)] if alert.acknowledged(now) else []
    if alert.snoozed_until is not None and alert.snoozed(now):
        found.append(f"Snoozed until {day_and_time(alert.snoozed_until)}")
    return found


def _acknowledged(alert: Alert) -> str:
    until = f" until {day_and_time(alert.acknowledged_until)}" if alert.acknowledged_until else ""
    return f"{_STATED} {clean(alert.acknowledged_by or 'somebody', 100)}{until}"


def _fields(told: Message) -> list[Block]:
    facts = [(label, value) for label, value in told.facts if label != _STATED]
    fields = [mrkdwn_object(f"*{mrkdwn(label, 60)}*\n{mrkdwn(value, 200) or '-'}") for label, value in facts]
    return [
        {"type": "section", "fields": [*fields[i : i + limits.FIELDS]]} for i in range(0, len(fields), limits.FIELDS)
    ]


def _steps(told: Message, *, clickable: bool) -> list[str]:
    steps = [step for step in told.steps if not (clickable and step[1].startswith(_BY_HAND))]
    found = [f"{mrkdwn(what, 80)}: `{code(command, 120)}`" for what, command in steps]
    if told.runbook:
        found.append(f"<{code(told.runbook, 500).replace('|', '%7C')}|Runbook>")
    return found
