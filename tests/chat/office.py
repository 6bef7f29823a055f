"""People who act on alerts: a real policy, spend that is pulled, alerts that real turns raised, groups of people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from budgetbot.app import REGISTRIES, Queries
from budgetbot.chat.acting.actions import Actions
from budgetbot.chat.acting.alert_desk import AlertDesk
from budgetbot.chat.answer import Outcome
from budgetbot.chat.telling.sections import items
from budgetbot.chat.who import Who
from budgetbot.core.model import Alert, Bucket, CostLine, Entity, Json, Series, UsageRow
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, turn
from budgetbot.explaining import explanation
from budgetbot.explaining_spend import spend_explanation
from budgetbot.policy.load import load_policy
from budgetbot.sources import Grain, Report
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2026, 11, 4, 12, 1, tzinfo=UTC)
OCTOBER, DECEMBER = datetime(2026, 10, 15, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
ANA, BEN, CLEO, DAN = (Who(f"U0{name.upper()}", name) for name in ("ana", "ben", "cleo", "dan"))
POLICY = """
version: 1
budgets:
  - name: monthly
    match: {project: research}
    amount: 100
    period: month
    thresholds: [{at: 50%, severity: warning}]
  - name: per-key
    match: {project: research}
    each: [api_key]
    amount: 100
    period: month
    thresholds: [{at: 60%, severity: warning}]
  - name: foreseen
    amount: 500
    period: month
    thresholds: [{forecast: 100%, severity: info}]
usage_budgets:
  - {name: images, metric: images, amount: 10, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers:
  - {name: ml, console: {}}
  - {name: ops, console: {}}
  - {name: boss, console: {}}
routes:
  - {match: {rule: monthly}, escalation: up}
  - {match: {rule: per-key}, to: [ml]}
  - {to: [ops]}
escalations:
  - {name: up, steps: [{after: 0m, to: [ml]}, {after: 30m, to: [boss]}]}
"""
ACCESS = """
access: {acknowledge: [U0ANA, S0OPS], raise: {who: [S0LEADS], second_person_above: 500}}
"""


class Account:
    """A source whose project costs $20 a day from the middle of October on, and makes two images."""

    provider, name = "openai", "eu"

    def reports(self) -> tuple[Report, ...]:
        return (Report("costs", "cost", "day"), Report("images", "usage", "day"))

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        series = Series("openai", "eu", project="proj_1", api_key="key_1")
        start = max(span.start, OCTOBER)
        while start < min(span.end, now):
            costs, usage = (CostLine(series, Decimal(20), "USD"),), (UsageRow(series, {"images": 2}),)
            whole = {"costs": costs} if report.kind == "cost" else {"usage": usage}
            yield Bucket(report.name, start, start + DAY, **whole)
            start += DAY

    def entities(self) -> Iterator[Entity]:
        yield Entity("eu", "project", "proj_1", "research")
        yield Entity("eu", "api_key", "key_1", "ci <!channel> & `x`\u202e" + "y" * 300)

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class Groups:
    """Who belongs to which group."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self.groups = groups

    def in_any(self, user_id: str, wanted: Sequence[str]) -> bool:
        if "everyone" in wanted or user_id in wanted:
            return True
        return any(user_id in self.groups.get(group, ()) for group in wanted)


class Office:
    """Ana and Ben lead, Cleo is on call; nobody else may do anything once the policy says so."""

    def __init__(self, store: Store, folder: Path, access: str = "") -> None:
        self.store, self.file, self.clock = store, folder / "policy.yaml", Clock(NOW)
        self.members = Groups({"S0LEADS": ["U0ANA", "U0BEN"], "S0OPS": ["U0CLEO"]})
        self.write(POLICY + access)
        self.desk = AlertDesk(store, lambda: self.parts.policy, self.clock, self.members)
        self.actions = Actions(self.desk, lambda id: explanation(self.parts, id, self.clock()))

    def write(self, policy: str) -> None:
        """Another policy."""
        self.file.write_text(policy)
        boxes = {name: Inbox(name) for name in ("ml", "ops", "boss")}
        self.parts = Parts(self.store, load_policy(self.file, REGISTRIES), (Account(),), boxes)

    def turn(self, after: timedelta = timedelta(0)) -> None:
        """The next turn, so much later."""
        self.clock.now += after
        assert not turn(self.parts, self.clock).errors

    def alert(self, rule: str) -> Alert:
        """The newest alert of a rule."""
        found = [alert for alert in self.store.alerts.all() if alert.rule == rule]
        return max(found, key=lambda alert: alert.episode)

    def budget(self, name: str) -> Mapping[str, Json]:
        """What `budgetbot budgets` says of one."""
        return next(row for row in Queries(self.parts, self.clock).budgets() if row["name"] == name)

    def spend_explained(self) -> str:
        """What `budgetbot explain research` says holds for a time."""
        found = spend_explanation(Queries(self.parts, self.clock), "research", self.clock())
        return "\n".join(str(line) for line in items(found["exceptions"]))

    def click(self, action: str, who: Who, rule: str = "monthly") -> Outcome:
        """A button of the newest alert of a rule."""
        return self.actions.clicked(f"alert:{action}", self.alert(rule).id, who)

    def lift(self, amount: str, who: Who = ANA, rule: str = "monthly") -> Outcome:
        """A raise until the end of the month, submitted."""
        return self.actions.submitted("raise", self.alert(rule).id, filled(amount, DECEMBER), who)

    def deeds(self, rule: str = "monthly") -> list[str]:
        """What people did about an alert, by its story."""
        events = self.store.alerts.events(self.alert(rule).id)
        return [str(event["reason"]) for event in events if event["reason"]]


def said(outcome: Outcome) -> str:
    """The word to the person alone."""
    assert outcome.note is not None
    assert outcome.view is None
    return outcome.note.text


def at_once(*calls: Callable[[], Outcome]) -> list[Outcome]:
    """Each in a thread of its own, begun together."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], Outcome]) -> Outcome:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def filled(
    amount: str | None = None,
    until: datetime | None = None,
    reason: str | None = "launch",
    length: str | None = None,
) -> dict[str, Json]:
    """The state of a modal, as Slack sends it."""
    picked = None if until is None else int(until.timestamp())
    option: Json = None if length is None else {"text": {"type": "plain_text", "text": length}, "value": length}
    return {
        "amount": {"amount": {"type": "plain_text_input", "value": amount}},
        "reason": {"reason": {"type": "plain_text_input", "value": reason}},
        "until": {"until": {"type": "datetimepicker", "selected_date_time": picked}},
        "length": {"length": {"type": "static_select", "selected_option": option}},
    }
