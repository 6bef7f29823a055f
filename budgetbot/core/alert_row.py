"""An alert as the JSON that commands and the API show."""

from __future__ import annotations

from datetime import datetime

from budgetbot.core.instant import iso_or_none
from budgetbot.core.model import Alert, Driver, Json
from budgetbot.core.summary import alert_summary
from budgetbot.core.unit import Unit, unit_of


def alert_row(alert: Alert, now: datetime) -> dict[str, Json]:
    """Times ISO 8601 UTC, money as plain decimal strings. `silenced`: a silence or snooze holds its messages back."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "kind": alert.kind,
        "severity": alert.severity.value,
        "state": alert.state,
        "scope": dict(alert.scope.names),
        "ids": dict(alert.scope.ids),
        "level": alert.level,
        "period": {"start": iso_or_none(alert.start), "end": iso_or_none(alert.end)},
        "episode": alert.episode,
        "fired_at": iso_or_none(alert.fired_at),
        "acknowledged_by": alert.acknowledged_by,
        "snoozed_until": iso_or_none(alert.snoozed_until),
        "inhibited": alert.inhibited,
        "silenced": alert.silenced or alert.snoozed(now),
        "resolved_at": iso_or_none(alert.resolved_at),
        "reason": alert.reason,
        "summary": alert_summary(alert),
        "evidence": dict(alert.evidence),
        "drivers": [_driver_row(driver, unit_of(alert.evidence)) for driver in alert.drivers],
    }


def _driver_row(driver: Driver, unit: Unit) -> dict[str, Json]:
    return {
        "dimension": driver.dimension,
        "id": driver.id,
        "name": driver.name if driver.name is not None else driver.id,
        "amount": unit.plain(driver.amount),
        "owner": driver.owner,
    }
