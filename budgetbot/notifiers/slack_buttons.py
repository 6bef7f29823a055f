"""The buttons of a message, by what can be done about its alert at that moment. Pure.

`action_id` says what is done and `value` to which alert or allowance: all else is looked up when somebody clicks.
"""

from __future__ import annotations

from collections.abc import Sequence

from budgetbot.core.drill import is_drill
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.summary import LIMITS
from budgetbot.core.unusual import KINDS
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_text import plain, plain_object

_OF_BUDGETS = LIMITS | {"forecast"}
_NEVER_PLANNED = frozenset({"freshness", "delivery", "policy"})
_NEVER_CLICKED = ENDS | {Reason.TEST}


def alert_buttons(notification: Notification) -> list[Block]:
    """What can be done about the alert that speaks; nothing once it is over, and for a drill."""
    alert = notification.alert
    if alert is None or notification.reason in _NEVER_CLICKED or not _open(alert):
        return []
    count = 1 + len(notification.together) + notification.more
    every = f" all {count}" if count > 1 else ""
    buttons = [] if alert.acknowledged(notification.created_at) else [("acknowledge", f"Acknowledge{every}")]
    buttons.append(("snooze", f"Snooze{every}"))
    if count == 1:  # of many it would be done to one of them alone
        buttons += [("raise", "Raise budget")] if alert.kind in _OF_BUDGETS else []
        buttons += [("planned", "Planned")] if alert.kind not in _NEVER_PLANNED else []
        buttons += [("usual", "Not an anomaly")] if alert.kind in KINDS else []
    buttons.append(("details", "Details"))
    buttons += [("not_mine", "Not mine")] if count == 1 else []
    made = [button(f"alert:{what}", label, alert.id, primary=what == "acknowledge") for what, label in buttons]
    return [button_row(f"alert:{alert.id}", made)]


def deed_buttons(notification: Notification) -> list[Block]:
    """What can be done about what somebody asked for or allowed."""
    deed = notification.deed or {}
    id = str(deed.get("allowance") or "")
    if not id:
        return []
    match deed.get("what"):
        case "grant_asked":
            approve, refuse = button("allowance:approve", "Approve", id, primary=True), _refuse(id)
            return [button_row(f"allowance:{id}", [approve, refuse])]
        case "grant_granted" | "planned_granted":
            return [button_row(f"allowance:{id}", [button("allowance:end", "End it now", id)])]
    return []


def _refuse(id: str) -> dict[str, Json]:
    return {**button("allowance:refuse", "Refuse", id), "style": "danger"}


def _open(alert: Alert) -> bool:
    return alert.state != "resolved" and not alert.late and not is_drill(alert)


def button_row(id: str, buttons: Sequence[dict[str, Json]]) -> Block:
    """Buttons in a row; the id tells it from the other rows of a message."""
    return {"type": "actions", "block_id": plain(id, limits.BLOCK_ID), "elements": [*buttons]}


def button(action: str, label: str, value: str, *, primary: bool = False) -> dict[str, Json]:
    """One button."""
    made: dict[str, Json] = {
        "type": "button",
        "action_id": action,
        "text": plain_object(label, limits.BUTTON),
        "value": plain(value, limits.VALUE) or "-",
    }
    return {**made, "style": "primary"} if primary else made
