"""Notifications, alerts and their parts as JSON text and back, exactly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from budgetbot.core.escalate import Climb, Escalation, Step
from budgetbot.core.model import Alert, Driver, Part, Repeat, RuleInfo, Scope, Severity
from budgetbot.core.notification import Notification, Reason

ALERT_TIMES = (
    "active_since", "start", "end", "fired_at", "resolved_at", "acknowledged_at", "acknowledged_until", "snoozed_until",
)  # fmt: skip
_MICROSECOND = timedelta(microseconds=1)
_ALERT = tuple(field.name for field in fields(Alert))
_RULE = tuple(field.name for field in fields(RuleInfo))
_NOTIFICATION = tuple(field.name for field in fields(Notification))


def dump(value: object) -> str:
    """Compact JSON in ASCII, so that no character of foreign text can trouble a database."""
    return json.dumps(value, separators=(",", ":"))


def load(text: str) -> Any:
    """The value that `dump` wrote."""
    return json.loads(text)


def scope_rows(scope: Scope) -> list[list[str | None]]:
    """[[dimension, id, source, name], ...]"""
    return [list(part) for part in scope.parts]


def scope_of(rows: Iterable[Iterable[Any]]) -> Scope:
    """The inverse of scope_rows."""
    return Scope(tuple(Part(*row) for row in rows))


def driver_rows(drivers: Iterable[Driver]) -> list[list[object]]:
    """[[dimension, id, name, nano-units, owner], ...]"""
    return [list(driver) for driver in drivers]


def drivers_of(rows: Iterable[Iterable[Any]]) -> tuple[Driver, ...]:
    """The inverse of driver_rows."""
    return tuple(Driver(*row) for row in rows)


def climb_rows(climbs: Iterable[Climb]) -> list[dict[str, Any]]:
    """Escalations with their steps as they were; durations in microseconds."""
    return [
        {
            "name": climb.escalation.name,
            "steps": [[step.after // _MICROSECOND, list(step.to)] for step in climb.escalation.steps],
            "began": _text(climb.began),
            "taken": climb.taken,
            "waited": climb.waited // _MICROSECOND,
            "held_since": _text(climb.held_since),
        }
        for climb in climbs
    ]


def climbs_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Climb, ...]:
    """The inverse of climb_rows."""
    return tuple(
        Climb(
            Escalation(row["name"], tuple(Step(after * _MICROSECOND, tuple(to)) for after, to in row["steps"])),
            datetime.fromisoformat(row["began"]),
            row["taken"],
            row["waited"] * _MICROSECOND,
            _time(row["held_since"]),
        )
        for row in rows
    )


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert as plain JSON."""
    plain = {name: getattr(alert, name) for name in _ALERT}
    plain |= {name: _text(plain[name]) for name in ALERT_TIMES}
    return plain | {
        "severity": alert.severity.value,
        "scope": scope_rows(alert.scope),
        "drivers": driver_rows(alert.drivers),
        "evidence": dict(alert.evidence),
        "labels": dict(alert.labels),
        "climbs": climb_rows(alert.climbs),
    }


def alert_of(plain: Mapping[str, Any]) -> Alert:
    """The inverse of alert_json."""
    values = _known(plain, _ALERT)
    values |= {name: _time(values[name]) for name in ALERT_TIMES if name in values}
    values["climbs"] = climbs_of(values.get("climbs", ()))
    values["severity"] = Severity(values["severity"])
    values["scope"] = scope_of(values["scope"])
    values["drivers"] = drivers_of(values["drivers"])
    return Alert(**values)


def rule_json(rule: RuleInfo) -> dict[str, Any]:
    """What is known of a rule as plain JSON; durations in microseconds."""
    plain = {name: getattr(rule, name) for name in _RULE}
    return plain | {"hold": rule.hold // _MICROSECOND, "repeat": _repeat_json(rule.repeat), "notify": list(rule.notify)}


def rule_of(plain: Mapping[str, Any]) -> RuleInfo:
    """The inverse of rule_json."""
    values = _known(plain, _RULE)
    values["hold"] = values["hold"] * _MICROSECOND
    values["repeat"] = _repeat_of(values["repeat"])
    values["notify"] = tuple(values["notify"])
    return RuleInfo(**values)


def _repeat_json(repeat: Repeat | None) -> int | dict[str, int] | None:
    if isinstance(repeat, Mapping):
        return {severity.value: every // _MICROSECOND for severity, every in repeat.items()}
    return None if repeat is None else repeat // _MICROSECOND


def _repeat_of(plain: int | Mapping[str, int] | None) -> Repeat | None:
    if isinstance(plain, Mapping):
        return {Severity(severity): every * _MICROSECOND for severity, every in plain.items()}
    return None if plain is None else plain * _MICROSECOND


def notification_text(notification: Notification) -> str:
    """A notification as JSON text."""
    plain = {name: getattr(notification, name) for name in _NOTIFICATION}
    return dump(
        plain
        | {
            "reason": notification.reason.value,
            "created_at": notification.created_at.isoformat(),
            "alert": alert_json(notification.alert) if notification.alert else None,
            "rule": rule_json(notification.rule) if notification.rule else None,
            "digest": None if notification.digest is None else dict(notification.digest),
            "deed": None if notification.deed is None else dict(notification.deed),
            "others": list(notification.others),
            "together": [alert_json(alert) for alert in notification.together],
        }
    )


def notification_of(text: str) -> Notification:
    """The inverse of notification_text."""
    values = _known(load(text), _NOTIFICATION)
    values["reason"] = Reason(values["reason"])
    values["created_at"] = datetime.fromisoformat(values["created_at"])
    values["alert"] = alert_of(values["alert"]) if values["alert"] is not None else None
    values["rule"] = rule_of(values["rule"]) if values["rule"] is not None else None
    values["others"] = tuple(values["others"])
    values["together"] = tuple(alert_of(alert) for alert in values.get("together", ()))
    return Notification(**values)


def _known(plain: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Without fields that another version may have added."""
    return {name: plain[name] for name in names if name in plain}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
