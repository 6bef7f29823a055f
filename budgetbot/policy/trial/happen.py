"""What the events of a test do: to the policy, and to alerts by the hand of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from budgetbot.core.lifecycle import acknowledged_until
from budgetbot.core.model import Alert
from budgetbot.core.money import NANO
from budgetbot.core.silence import Silence
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.trial.deeds import AlertName, EventEntry, LimitEvent
from budgetbot.policy.trial.shown import alert_text, in_scope
from budgetbot.policy.trial.trial import Trial
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import Amount
from budgetbot.rules.usage_budget import UsageBudget


def policy_at(trial: Trial, now: datetime) -> Policy:
    """The policy with all changes that were made by then."""
    policy = trial.policy
    for event in trial.entry.events:
        at = trial.moment(event.at)
        if at > now:
            break
        if event.limit is not None:
            policy = replace(policy, rules=tuple(_limited(rule, event.limit) for rule in policy.rules))
        if event.silence is not None:
            silence = Silence(event.silence.match, at, at + event.silence.lasts, event.by, "")
            policy = replace(policy, silences=(*policy.silences, silence))
    return policy


def _limited(rule: Rule, limit: LimitEvent) -> Rule:
    if rule.name != limit.budget:
        return rule
    amount: Amount | int = limit.amount.nano // NANO
    if isinstance(rule, Budget):
        amount = Amount(limit.amount.nano, rule.amount.currency)
    assert isinstance(rule, Budget | UsageBudget)  # noqa: S101
    return rule.model_copy(update={"amount": amount})


def by_hand(recorder: Recorder, event: EventEntry, now: datetime) -> str | None:
    """What a person does to an alert. What is wrong where there is no such alert, or more than one."""
    named = event.acknowledge or event.snooze or event.resolve
    if named is None:
        return None
    opened = [alert for alert in recorder.alerts.values() if alert.state != "resolved"]
    found = [alert for alert in opened if _meant(named, alert)]
    if len(found) != 1:
        texts = "; ".join(sorted(alert_text(alert, now) for alert in found or opened)) or "none"
        return f"{'several such alerts are' if found else 'no such alert is'} open; open: {texts}"
    _do(recorder, event, found[0], now)
    return None


def _meant(named: AlertName, alert: Alert) -> bool:
    level = named.level is None or named.level == alert.level
    return named.rule == alert.rule and level and in_scope(named.scope, alert.scope)


def _do(recorder: Recorder, event: EventEntry, alert: Alert, now: datetime) -> None:
    """As the store writes it."""
    if event.snooze is not None:
        alert = replace(alert, snoozed_until=now + event.snooze.lasts)
    elif event.resolve is not None:
        alert = replace(alert, state="resolved", reason="manual", resolved_at=now)
    elif not alert.acknowledged(now):
        until = acknowledged_until(alert, now)
        alert = replace(alert, acknowledged_by=event.by, acknowledged_at=now, acknowledged_until=until)
    recorder.alerts[alert.id] = alert
