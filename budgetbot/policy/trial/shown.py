"""Alerts and messages as a failing test shows them, and in what they are not as expected. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from budgetbot.core.match import NONE
from budgetbot.core.model import Alert, Scope
from budgetbot.core.notification import Notification
from budgetbot.policy.trial.expected import AlertEntry, NotificationEntry

_ANYBODY, _NOBODY = "true", "false"


def in_scope(wanted: Mapping[str, str], scope: Scope) -> bool:
    """Whether each part has this id or this name; `none` is the unattributed one."""
    return all(
        name in scope.ids and text in ({scope.ids[name], scope.names[name]} if scope.ids[name] is not None else {NONE})
        for name, text in wanted.items()
    )


def scope_names(scope: Scope) -> set[str]:
    """How a scope is called, by ids or by names: "ci-nightly", "web / gpt-4o" of two parts, "" of none."""
    return {" / ".join(NONE if text is None else text for text in way.values()) for way in (scope.ids, scope.names)}


def scope_text(scope: Mapping[str, str | None]) -> str:
    """ " {api_key: ci-nightly}", empty where there is none."""
    parts = ", ".join(f"{name}: {NONE if value is None else value}" for name, value in scope.items())
    return f" {{{parts}}}" if parts else ""


def alert_text(alert: Alert, now: datetime) -> str:
    """One that is there: "research-monthly 80% firing, warning, acknowledged by U1"."""
    facts = [
        f"{alert.rule} {alert.level} {alert.state}{scope_text(alert.scope.names)}",
        alert.severity.value,
        *([f"episode {alert.episode}"] if alert.episode > 1 else []),
        *([f"acknowledged by {alert.acknowledged_by}"] if alert.acknowledged(now) else []),
        *(["snoozed"] if alert.snoozed(now) else []),
        *(["silenced"] if alert.silenced else []),
        *(["inhibited"] if alert.inhibited else []),
    ]
    return ", ".join(facts)


def expected_alert_text(alert: AlertEntry) -> str:
    """One that should be there: the same of what is written."""
    head = " ".join(part for part in (alert.rule, alert.level, alert.state) if part)
    more = [f"kind {alert.kind}"] if alert.kind else []
    more += [alert.severity.value] if alert.severity else []
    more += [f"episode {alert.episode}"] if alert.episode else []
    more += [f"acknowledged: {alert.acknowledged}"] if alert.acknowledged else []
    facts = ("snoozed", "silenced", "inhibited")
    more += [f"{name}: {str(getattr(alert, name)).lower()}" for name in facts if getattr(alert, name) is not None]
    return ", ".join([f"{head}{scope_text(alert.scope)}", *more])


def message_text(told: Notification, shown: Callable[[datetime], str]) -> str:
    """One that was sent: "32h (...) to screen: research-monthly 80% first"."""
    alert = told.alert
    what = f"{alert.rule} {alert.level} {told.reason.value}{scope_text(alert.scope.names)}" if alert else "a digest"
    again = f", episode {alert.episode}" if alert and alert.episode > 1 else ""
    severity = f", {alert.severity.value}" if alert else ""
    return f"{shown(told.created_at)} to {told.receiver}: {what}{severity}{again}"


def expected_message_text(message: NotificationEntry, at: str) -> str:
    """One that should have been: the same of what is written."""
    what = " ".join(part for part in (message.rule, message.level, message.reason) if part)
    more = [message.severity.value] if message.severity else []
    more += [f"episode {message.episode}"] if message.episode else []
    return ", ".join([f"{at} to {message.to}: {what}{scope_text(message.scope)}", *more])


def unlike_alert(wanted: AlertEntry, alert: Alert, now: datetime) -> list[str]:
    """In what an alert is not as expected."""
    return [
        *_unlike("rule", wanted.rule, alert.rule),
        *_unlike("level", wanted.level, alert.level),
        *([] if in_scope(wanted.scope, alert.scope) else [f"scope is{scope_text(alert.scope.names) or ' empty'}"]),
        *_unlike("state", wanted.state, alert.state),
        *_unlike("severity", wanted.severity, alert.severity),
        *_unlike("kind", wanted.kind, alert.kind),
        *_unlike("episode", wanted.episode, alert.episode),
        *_acknowledged(wanted.acknowledged, alert, now),
        *_unlike("snoozed", wanted.snoozed, alert.snoozed(now)),
        *_unlike("silenced", wanted.silenced, alert.silenced),
        *_unlike("inhibited", wanted.inhibited, alert.inhibited),
    ]


def unlike_message(
    wanted: NotificationEntry, at: datetime, told: Notification, shown: Callable[[datetime], str]
) -> list[str]:
    """In what a message is not as expected."""
    alert = told.alert
    if alert is None:
        return ["a digest"]
    return [
        *_unlike("rule", wanted.rule, alert.rule),
        *_unlike("level", wanted.level, alert.level),
        *([] if in_scope(wanted.scope, alert.scope) else [f"scope is{scope_text(alert.scope.names) or ' empty'}"]),
        *_unlike("receiver", wanted.to, told.receiver),
        *_unlike("reason", wanted.reason, told.reason.value),
        *_unlike("severity", wanted.severity, alert.severity),
        *_unlike("episode", wanted.episode, alert.episode),
        *([] if at == told.created_at else [f"sent at {shown(told.created_at)}"]),
    ]


def _unlike(name: str, wanted: object, got: object) -> Iterator[str]:
    if wanted is not None and wanted != got:
        yield f"{name} is {str(got).lower() if isinstance(got, bool) else got}"


def _acknowledged(wanted: str | None, alert: Alert, now: datetime) -> Iterator[str]:
    by = (alert.acknowledged_by or "somebody") if alert.acknowledged(now) else None
    if wanted == _NOBODY and by is not None:
        yield f"acknowledged by {by}"
    elif wanted not in (None, _NOBODY) and (by is None or wanted not in (_ANYBODY, by)):
        yield f"acknowledged by {by or 'nobody'}"
