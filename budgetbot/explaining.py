"""Everything that is known of one alert: what was compared, what became of it, who was told, what changed since."""

from __future__ import annotations

from datetime import datetime, timedelta

from budgetbot.core.alert_row import alert_row
from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Alert, Json
from budgetbot.core.replay_ledger import Ledger
from budgetbot.core.restatement import Change, restated_rows, restatements
from budgetbot.core.subject import narrowed
from budgetbot.cycle import Parts, with_allowances
from budgetbot.policy.rederive import rederived, row
from budgetbot.policy.step import needed, usage_needed


def explanation(parts: Parts, id: str, now: datetime, *, again: bool = True) -> dict[str, Json]:
    """The alert whose id begins so, as JSON; `again`: derived once more from the ledger, which takes its time.

    Raises UsageError where there is none, or more than one.
    """
    parts = with_allowances(parts)
    alert = parts.store.alerts.get(id)
    said: dict[str, Json] = {
        **alert_row(alert, now),
        "policy_hash": alert.policy_hash,
        "complete_to": alert.evidence.get("complete_to"),
        "settled_to": alert.evidence.get("settled_to"),
        "events": list(parts.store.alerts.events(alert.id)),
        "deliveries": list(parts.store.outbox.deliveries(alert_id=alert.id)),
        "restated": _restated(parts, alert, now),
    }
    return {**said, "rederived": row(rederived(parts.policy, alert, lambda: _ledger(parts, alert)))} if again else said


def _ledger(parts: Parts, alert: Alert) -> Ledger:
    """All that was ever known of what the policy looked at when it fired."""
    policy, at = parts.policy, alert.fired_at or alert.active_since
    directory = Directory(parts.store.ledger.entities(), policy.labels)
    metrics = list(usage_needed(policy, at))
    return Ledger.of(parts.store.ledger.past(needed(policy, at), directory, parts.uncounted, metrics), directory)


def _restated(parts: Parts, alert: Alert, now: datetime) -> list[Json]:
    """Closed days of its period whose bill has changed since it fired, of what it is about."""
    if alert.fired_at is None or alert.start is None:
        return []
    ledger = parts.store.ledger
    directory = Directory(ledger.entities(), parts.policy.labels)
    about = _about(parts, alert)
    changes = [
        one
        for one in ledger.changes(alert.fired_at, now)
        if _in_period(one, alert) and one.series.source not in parts.uncounted
    ]
    return restated_rows(restatements(changes, lambda series: about.meets(directory.subject(series))))


def _in_period(change: Change, alert: Alert) -> bool:
    """A day of the bill belongs to the period that holds its middle."""
    noon = change.day + timedelta(hours=12)
    return (alert.start is None or alert.start <= noon) and (alert.end is None or noon < alert.end)


def _about(parts: Parts, alert: Alert) -> Match:
    """What its rule means, where the policy still has it, narrowed to its scope."""
    rule = next((one for one in parts.policy.rules if one.name == alert.rule), None)
    match = getattr(rule, "match", None)
    return narrowed(match if isinstance(match, Match) else EVERYTHING, alert.scope)
