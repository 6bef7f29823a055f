"""A digest of the policy as notifications: which days it covers; one for each value of `each` and receiver. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from budgetbot.core.digest import DigestPlan, days_covered, digest
from budgetbot.core.history import History
from budgetbot.core.model import Scope
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.period import Span
from budgetbot.core.restatement import Change
from budgetbot.core.subject import narrowed
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.policy import Digest, Policy
from budgetbot.policy.schedule import due_slot, slots_before
from budgetbot.policy.step import State


def seen_name(spec: Digest) -> str:
    """The name under which it is remembered when a digest was last due."""
    return f"digest:{spec.name}"


def zone_of(spec: Digest, policy: Policy) -> ZoneInfo:
    """The time zone of a digest's clock and days."""
    return spec.timezone or policy.defaults.timezone


def due(spec: Digest, policy: Policy, state: State, now: datetime) -> datetime | None:
    """The slot that is due (local time): since the last one, or since the digest was first known."""
    _, since = state.seen.get(seen_name(spec), ("", now))
    return due_slot(spec.schedule, zone_of(spec, policy), since, now)


def plan(spec: Digest, policy: Policy, slot: datetime) -> DigestPlan:
    """What the digest of one slot covers."""
    earlier = slots_before(spec.schedule, zone_of(spec, policy), slot, 20)
    last = next((s.date() for s in earlier if s.date() < slot.date()), None)
    label, first, until = days_covered(spec.covers, slot.date(), last)
    return DigestPlan(
        name=spec.name,
        label=label,
        first=first,
        until=until,
        zone=zone_of(spec, policy),
        currency=spec.currency or policy.defaults.currency,
        match=spec.match,
        group_by=tuple(spec.group_by),
        top=spec.top,
    )


def restated_span(spec: Digest, policy: Policy, slot: datetime, state: State) -> Span:
    """When what it tells of changed bills became known: since the slot before, or the last one that was written."""
    before = slots_before(spec.schedule, zone_of(spec, policy), slot.astimezone(UTC) - timedelta(minutes=1), 1)[0]
    _, written = state.seen.get(seen_name(spec), ("", before))
    return Span(min(written, before).astimezone(UTC), slot.astimezone(UTC))


def on_date(spec: Digest, policy: Policy, day: date) -> datetime:
    """The slot of a date that somebody asks for by hand: the day's last one, midnight where it has none."""
    zone = zone_of(spec, policy)
    end = datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone)
    slot = slots_before(spec.schedule, zone, end, 1)[0]
    return slot if slot.date() == day else end.replace(hour=0, minute=0)


def notifications(
    spec: Digest,
    policy: Policy,
    slot: datetime,
    history: History,
    state: State,
    now: datetime,
    changes: Sequence[Change] = (),
) -> list[Notification]:
    """The digest for every receiver; its key holds the wall-clock slot, so that it exists once."""
    whole = plan(spec, policy, slot)
    budgets = budget_rows(policy, history, state, now)
    found = []
    for scope in history.group(spec.match, spec.each).scopes if spec.each else (Scope(),):
        part = _narrowed(whole, scope)
        content = digest(part, history, budgets, state.alerts, now, changes, policy.fx)
        for receiver in spec.to:
            key = f"digest:{spec.name}:{scope.key}:{slot:%Y-%m-%dT%H:%M}:{receiver}"
            thread = f"digest/{spec.name}/{scope.key}/{slot:%Y-%m-%dT%H:%M}"
            found.append(Notification(key, receiver, Reason.DIGEST, thread, now, digest=content))
    return found


def _narrowed(whole: DigestPlan, scope: Scope) -> DigestPlan:
    if not scope.parts:
        return whole
    values: Sequence[str] = [str(value or "unattributed") for value in scope.names.values()]
    label = f"{whole.label}, {', '.join(values)}"
    return replace(whole, label=label, match=narrowed(whole.match, scope))
