"""How alerts come and go: none, pending, firing, resolved. Pure; missing data moves nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from budgetbot.core.foretold import moment
from budgetbot.core.model import Alert, Finding, Resolution, RuleInfo, Severity
from budgetbot.core.notification import Told

_LOOKED_AFTER = timedelta(hours=24)
_REOPENS = frozenset({"corrected", "limit_changed", "rule_changed", "rule_removed"})


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known before a decision.

    `alerts`: all that are open, all of periods that may still change; of those without a period what was resolved by
    hand, and the whole incident while one level is open (or its episodes would be counted twice). `told`: what is on
    its way or was sent about them. `anew`: rules that are new or start anew with this step, whose crossings were there
    before. `changed`: rules whose identity changed, so that their open alerts close. `silenced`: whether somebody wants
    to hear nothing of an alert now.
    """

    alerts: Sequence[Alert]
    told: Sequence[Told]
    rules: Mapping[str, RuleInfo]
    anew: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    policy_hash: str = ""
    silenced: Callable[[Alert], bool] = lambda alert: False


def alert_id(rule: str, scope: str, period: str, level: str, episode: int) -> str:
    """The alert's identity as twelve hex digits: the same alert has the same id wherever it is derived."""
    identity = "\x1f".join((rule, scope, period, level, str(episode)))
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def acknowledged_until(alert: Alert, now: datetime) -> datetime | None:
    """How long an acknowledgement holds: of what is critical a day, then somebody is reminded; else to the end."""
    return now + _LOOKED_AFTER if alert.severity is Severity.CRITICAL else None


class Book:
    """The alerts as they become, while one step is decided."""

    def __init__(self, situation: Situation, now: datetime) -> None:
        self.situation = situation
        self.now = now
        self.before = {alert.id: alert for alert in situation.alerts}
        closed = (self._closed(alert) for alert in situation.alerts)
        self.alerts = {alert.id: alert for alert in closed if alert is not None}
        self._latest: dict[tuple[str, str, str | None, str], Alert] = {}
        for alert in sorted(self.alerts.values(), key=lambda a: (a.active_since, a.state != "resolved", a.episode)):
            self._latest[_identity(alert)] = alert

    @property
    def dropped(self) -> list[str]:
        """Pending alerts that went away."""
        return [id for id in self.before if id not in self.alerts]

    def _closed(self, alert: Alert) -> Alert | None:
        """Step 1: what no finding speaks of any more."""
        if alert.state == "resolved":
            return alert
        if alert.rule not in self.situation.rules:
            return self._ended(alert, "rule_removed")
        if alert.rule in self.situation.changed:
            return self._ended(alert, "rule_changed")
        if alert.end is not None and self.now >= alert.end:
            return self._ended(alert, "period_ended")
        return alert

    def _ended(self, alert: Alert, reason: Resolution) -> Alert | None:
        """What fired is resolved; what was only pending goes away, as if it had never been."""
        return self._resolved(alert, reason) if alert.state == "firing" else None

    def _resolved(self, alert: Alert, reason: Resolution) -> Alert:
        return replace(alert, state="resolved", reason=reason, resolved_at=self.now)

    def move(self, finding: Finding) -> Alert | None:
        """Step 2: one finding moves its alert. The alert it speaks of, None where there is none."""
        alert = self._latest.get(_identity(finding))
        moved = self._moved(alert, finding)
        if moved is not None and moved is not alert:
            self.alerts[moved.id] = moved
            self._latest[_identity(finding)] = moved
        return moved

    def _moved(self, alert: Alert | None, finding: Finding) -> Alert | None:
        if alert is None or (alert.state == "resolved" and self._may_reopen(alert, finding)):
            return self._begun(finding) if finding.active else alert
        if alert.state == "resolved":
            over = alert.reason == "manual" and finding.period is None and finding.clear
            return replace(alert, reason="corrected") if over else alert
        if alert.state == "pending":
            return self._waited(alert, finding)
        if not finding.active and alert.line != finding.line:
            return self._resolved(replace(alert, line=finding.line), "limit_changed")
        if finding.clear:
            return self._resolved(alert, "corrected")
        if (alert.line, alert.severity) != (finding.line, finding.severity):
            return replace(alert, line=finding.line, rank=finding.rank, severity=finding.severity)
        return alert

    @staticmethod
    def _may_reopen(alert: Alert, finding: Finding) -> bool:
        return alert.reason in _REOPENS or (finding.period is None and alert.reason == "period_ended")

    def _begun(self, finding: Finding) -> Alert:
        hold = self.situation.rules[finding.rule].hold
        period = finding.period or self._incident(finding)
        episode = 1
        while alert_id(finding.rule, finding.scope.key, period, finding.level, episode) in self.alerts:
            episode += 1
        alert = Alert(
            id=alert_id(finding.rule, finding.scope.key, period, finding.level, episode),
            rule=finding.rule,
            kind=finding.kind,
            severity=finding.severity,
            scope=finding.scope,
            level=finding.level,
            rank=finding.rank,
            line=finding.line,
            period=period,
            episode=episode,
            state="pending",
            active_since=self.now,
            start=finding.start if finding.ends else None,
            end=finding.end if finding.ends else None,
            late=finding.late,
            already=finding.rule in self.situation.anew,
            policy_hash=self.situation.policy_hash,
            evidence=finding.evidence,
            drivers=finding.drivers,
            labels=_labels(finding.subject),
        )
        if finding.late:
            return replace(alert, state="resolved", fired_at=self.now, resolved_at=self.now, reason="period_ended")
        return alert if hold or finding.twice else replace(alert, state="firing", fired_at=self.now)

    def _incident(self, finding: Finding) -> str:
        """What has no period is named after the moment its first level was reached."""
        open_ones = (
            a.period
            for a in self.alerts.values()
            if a.state != "resolved"
            and (a.rule, a.scope.key) == (finding.rule, finding.scope.key)
            and (a.kind == "policy") == (finding.kind == "policy")
        )
        return next(open_ones, f"since-{self.now:%Y-%m-%dT%H:%M:%SZ}")

    def _waited(self, alert: Alert, finding: Finding) -> Alert | None:
        if finding.active:
            alert = replace(alert, line=finding.line, rank=finding.rank, severity=finding.severity)
            held = self.now - alert.active_since >= self.situation.rules[alert.rule].hold
            if not held or (finding.twice and not _newer(finding, alert)):
                return alert
            evidence, drivers = finding.evidence, finding.drivers
            return replace(alert, state="firing", fired_at=self.now, evidence=evidence, drivers=drivers)
        if finding.clear or alert.line != finding.line:
            del self.alerts[alert.id]
            del self._latest[_identity(alert)]
            return None
        return alert

    def sweep(self, found: Mapping[str, Finding]) -> None:
        """Open alerts that no finding speaks of: their level or source was taken out of the policy."""
        for alert in list(self.alerts.values()):
            if alert.state == "firing" and alert.id not in found:
                self.alerts[alert.id] = self._resolved(alert, "rule_changed")
            elif alert.state == "pending" and alert.id not in found:
                del self.alerts[alert.id]
        self._note_facts()

    def _note_facts(self) -> None:
        """What stands beside the state of what fires: a higher level speaks for it, or nobody wants to hear of it."""
        firing = [alert for alert in self.alerts.values() if alert.state == "firing"]
        top: dict[tuple[str, str, str], int] = {}
        reached: dict[tuple[str, str, str], list[Alert]] = {}
        for alert in firing:
            top[thread(alert)] = max(alert.rank, top.get(thread(alert), alert.rank))
            if alert.kind != "forecast":
                reached.setdefault(_place(alert), []).append(alert)
        for alert in firing:
            come_true = alert.kind == "forecast" and any(_says_it(one, alert) for one in reached.get(_place(alert), ()))
            inhibited, silenced = alert.rank < top[thread(alert)] or come_true, self.situation.silenced(alert)
            if (inhibited, silenced) != (alert.inhibited, alert.silenced):
                self.alerts[alert.id] = replace(alert, inhibited=inhibited, silenced=silenced)

    def changes(self) -> Iterable[Alert]:
        """The alerts that are not as they were."""
        return (a for a in self.alerts.values() if self.before.get(a.id) != a)


def _labels(subject: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Dimensions by name, labels as they are; the id of what has a name of its own stands beside it."""
    names = {name: values[-1] for name, values in subject.items() if values}
    return names | {f"{name}_id": values[0] for name, values in subject.items() if len(values) > 1}


def _identity(of: Alert | Finding) -> tuple[str, str, str | None, str]:
    """Rule, scope, period and level; an alert that no period ends has none in its identity."""
    endless = isinstance(of, Alert) and of.end is None
    return of.rule, of.scope.key, None if endless else of.period, of.level


def _newer(finding: Finding, alert: Alert) -> bool:
    """Whether it rests on newer data than what the alert began with."""
    before, now = (moment(of.evidence.get("complete_to")) for of in (alert, finding))
    return now is not None and (before is None or now > before)


def _says_it(reached: Alert, forecast: Alert) -> bool:
    """Whether a level that is reached says all that a forecast could: as much is spent already, or it is worse."""
    return reached.line >= forecast.line or reached.severity.rank > forecast.severity.rank


def _place(alert: Alert) -> tuple[str, str, str]:
    return alert.rule, alert.scope.key, alert.period


def thread(alert: Alert) -> tuple[str, str, str]:
    """The incident: all levels of one rule, scope and period.

    A fault of the policy is an incident of its own: no level speaks for it, nor it for one. So is a forecast: what is
    to come must not silence what has come.
    """
    own = {"policy": f"/{alert.level}", "forecast": "/forecast"}.get(alert.kind, "")
    return alert.rule, alert.scope.key, alert.period + own
