"""One budget told as a story: what was spent, what people heard. Levels and findings are made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from budgetbot.core.decide import Decision, decide
from budgetbot.core.escalate import Escalation, Where
from budgetbot.core.lifecycle import Situation
from budgetbot.core.model import Alert, Finding, RuleInfo, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification
from budgetbot.core.period import Calendar, Period
from budgetbot.core.silence import Silence
from budgetbot.core.subject import silenced
from tests.standins.recorder import Recorder
from tests.standins.spend import utc

LEVELS = {50: Severity.INFO, 80: Severity.WARNING, 100: Severity.CRITICAL}
BAND = 50  # a fiftieth of the amount


@dataclass
class Story:
    """A budget of `amount` dollars a month, its recorded alerts, and a clock."""

    amount: int = 1000
    levels: Mapping[int, Severity] = field(default_factory=lambda: dict(LEVELS))
    rule: RuleInfo = field(default_factory=lambda: RuleInfo("b", "budget", "one"))
    route: Callable[[Alert], tuple[str, ...]] = lambda alert: ("team",)
    rolling: bool = False
    now: datetime = field(default_factory=lambda: utc("2026-11-20T09:00"))
    recorder: Recorder = field(default_factory=Recorder)
    rules: list[RuleInfo] | None = None
    escalations: tuple[Escalation, ...] = ()
    silences: list[Silence] = field(default_factory=list)

    def period(self, back: int = 0) -> Period:
        """This month, or one of those before."""
        found = Calendar("month").at(self.now, UTC)
        for _ in range(back):
            found = Calendar("month").at(found.span.start - timedelta(seconds=1), UTC)
        return found

    def findings(self, spent: int, *, stale: bool = False, back: int = 0, scope: Scope = Scope()) -> list[Finding]:  # noqa: B008
        """What a budget says of each level."""
        period = self.period(back)
        return [
            Finding(
                rule=self.rule.name,
                kind="budget",
                severity=severity,
                scope=scope,
                level=f"{level}%",
                rank=level,
                line=self.amount * level * NANO // 100,
                active=spent * 100 >= self.amount * level,
                clear=not stale and spent * 100 < self.amount * level - self.amount * 100 // BAND,
                start=period.span.start,
                end=period.span.end,
                period=None if self.rolling else period.key,
                ends=not self.rolling,
                late=back > 0,
                evidence={"spent": str(spent)},
            )
            for level, severity in self.levels.items()
        ]

    def decide(self, findings: list[Finding], *, anew: bool = False, changed: bool = False) -> Decision:
        """The decision on what is recorded; records nothing."""
        rules = [self.rule] if self.rules is None else self.rules
        situation = Situation(
            alerts=self.recorder.known(self.now - timedelta(days=5)),
            told=self.recorder.told(),
            rules={rule.name: rule for rule in rules},
            anew=frozenset({self.rule.name} if anew or changed else ()),
            changed=frozenset({self.rule.name} if changed else ()),
            silenced=lambda alert: silenced(alert, self.silences, self.now),
        )
        return decide(findings, situation, lambda alert: Where(self.route(alert), self.escalations), self.now)

    def take(self, findings: list[Finding], *, anew: bool = False, changed: bool = False) -> list[str]:
        """Decide and record. What is sent, a line each; deciding once more must add nothing."""
        decision = self.decide(findings, anew=anew, changed=changed)
        new = self.recorder.record(decision)
        again = self.decide(findings)
        assert again.alerts == ()
        assert again.dropped == ()
        assert [n for n in again.notifications if n.key not in self.recorder.rows] == []
        return [_line(notification) for notification in new if notification.status == "pending"]

    def spent(self, dollars: int, *, after: timedelta = timedelta(minutes=5), stale: bool = False) -> list[str]:
        """The next evaluation, some minutes later."""
        self.now += after
        return self.take(self.findings(dollars, stale=stale))

    def quiet(self) -> list[str]:
        """What was decided and not sent, because a higher level spoke for it."""
        return [_line(row) for row in self.recorder.rows.values() if row.status == "inhibited"]

    def alert(self, level: str) -> Alert:
        """The newest alert of a level."""
        found = [a for a in self.recorder.alerts.values() if a.level == level]
        return max(found, key=lambda a: (a.active_since, a.episode))

    def states(self) -> list[str]:
        """Every alert, the oldest first: "2026-11 80% firing"."""
        alerts = sorted(self.recorder.alerts.values(), key=lambda a: (a.active_since, a.rank, a.episode))
        return [" ".join(filter(None, (a.period, a.level, a.state, a.reason))) for a in alerts]


def _line(notification: Notification) -> str:
    alert = notification.alert
    assert alert is not None
    others = f" ({', '.join(notification.others)})" if notification.others else ""
    again = f" again {alert.episode}" if alert.episode > 1 else ""
    late = " late" if alert.late else ""
    already = " already" if alert.already and notification.reason == "first" else ""
    return f"{notification.receiver}: {notification.reason} {alert.level}{again}{late}{already}{others}"
