"""A made-up organisation on the day that a key runs away: what its people get to see in Slack, by the real parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from budgetbot.app import REGISTRIES, Queries
from budgetbot.chat.acting.actions import Actions
from budgetbot.chat.acting.alert_desk import AlertDesk
from budgetbot.chat.telling.commands import Commands
from budgetbot.chat.telling.home import Home
from budgetbot.chat.who import Who
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.cycle import Parts, turn
from budgetbot.explaining import explanation
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.runaway import Runaway
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store, open_store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox

MORNING = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
FIRST, WORSE = MORNING + timedelta(hours=5), MORNING + timedelta(hours=7, minutes=30)
START = datetime(2026, 10, 1, tzinfo=UTC)
LEAD, FINANCE, STRANGER = Who("U0LEAD", "ml-lead"), Who("U0FIN", "finance"), Who("U0NEW", "somebody")
_EMAILS = {"U0LEAD": "ml-lead@example.com", "U0FIN": "finance@example.com", "U0NEW": "new@example.com"}
POLICY = """
version: 1
labels:
  - {match: {project: research}, set: {team: research, owner: ml-lead@example.com}}
  - {match: {project: support-bot}, set: {team: support, owner: support-lead@example.com}}
  - {match: {project: web}, set: {team: web, owner: web-lead@example.com}}
budgets:
  - name: research-monthly
    match: {team: research}
    amount: 5000
    period: month
    thresholds:
      - {at: 80%, severity: warning}
      - {at: 100%, severity: critical}
    runbook: https://wiki.example.com/spend
  - name: research-today
    match: {team: research}
    amount: 5000
    period: day
    thresholds: [{at: 100%, severity: warning}]
  - name: research-quarter
    match: {team: research}
    amount: 18000
    period: quarter
    thresholds: [{at: 90%, severity: warning}]
  - name: support-monthly
    match: {team: support}
    amount: 3200
    period: month
    thresholds: [{at: 90%, severity: warning}]
  - name: web-monthly
    match: {team: web}
    amount: 2900
    period: month
    thresholds: [{at: 80%, severity: warning}]
  - name: everything
    amount: 30000
    period: month
    thresholds: [{at: 80%, severity: warning}]
  - name: people-daily
    each: [user]
    match: {team: research, user: {not: [none]}}
    amount: 5000
    period: day
    thresholds: [{at: 100%, severity: info}]
usage_budgets:
  - {name: images, metric: images, amount: 100000, period: month, thresholds: [{at: 80%, severity: warning}]}
receivers: [{name: ml-slack, console: {}}, {name: pager, console: {}}]
routes: [{match: {severity: critical}, to: [ml-slack, pager]}, {to: [ml-slack]}]
digests:
  - {name: daily, schedule: "0 9 * * *", to: [ml-slack], group_by: [project], top: 6}
access: {acknowledge: [everyone], raise: {who: [S0LEADS], second_person_above: 5000}, spend_by_user: [S0FINANCE]}
"""


class Channel(Inbox):
    """A place where messages stay and are changed."""

    shows_deeds = True

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Keep it, by its number."""
        super().send(notification, parent)
        return {"channel": "C0SPEND", "ts": f"{len(self.told)}.000100"}


class Groups:
    """Two user groups, and the addresses of people."""

    def email(self, user_id: str) -> str | None:
        return _EMAILS.get(user_id)

    def in_any(self, user_id: str, wanted: Sequence[str]) -> bool:
        groups: Mapping[str, str] = {"S0LEADS": LEAD.id, "S0FINANCE": FINANCE.id}
        return "everyone" in wanted or any(user_id in (one, groups.get(one)) for one in wanted)


class Scene:
    """`told`: what reached the channel, in its order."""

    def __init__(self, store: Store, source: OpenAISource, clock: Clock, folder: Path) -> None:
        self.store, self.clock = store, clock
        file = folder / "policies.yaml"
        file.write_text(POLICY)
        channel, people = Channel("ml-slack"), Groups()
        self.told = channel.told
        policy = load_policy(file, REGISTRIES)
        self.parts = Parts(store, policy, (source,), {"ml-slack": channel, "pager": Inbox("pager")})
        self.commands = Commands(self.queries, self.policy, people, clock)
        self.home = Home(self.queries, self.policy, people, clock)
        desk = AlertDesk(store, self.policy, clock, people)
        self.actions = Actions(desk, lambda id: explanation(self.parts, id, clock()))

    def queries(self) -> Queries:
        """What is known now."""
        return Queries(self.parts, self.clock)

    def policy(self) -> Policy:
        """What holds now."""
        return self.parts.policy

    def turn(self, at: datetime) -> None:
        """What becomes of it by then."""
        self.clock.now = at
        assert not turn(self.parts, self.clock).errors

    def alert(self, rule: str, level: str) -> Alert:
        """The newest of a level."""
        found = [alert for alert in self.store.alerts.all() if (alert.rule, alert.level) == (rule, level)]
        return max(found, key=lambda alert: alert.episode)

    def last(self, *reasons: Reason) -> Notification:
        """The last that was told for one of these reasons."""
        return next(one for one in reversed(self.told) if one.reason in reasons)


@contextmanager
def scene(folder: Path, start: datetime = START) -> Iterator[Scene]:
    """Before anything ran away; history from `start` on is pulled at the first turn."""
    clock = Clock(WORSE + timedelta(hours=1))
    runaway = Runaway(since=MORNING + timedelta(hours=2))
    organisation = Organisation(
        seed=3, projects=5, keys_per_project=4, start=start, clock=clock, runaway=runaway, bill_lag=timedelta(hours=1)
    )
    clock.now = MORNING
    with serve(organisation) as sim, closing(open_store(f"sqlite:///{folder / 'scene.db'}")) as store:
        key, memory = SecretStr(sim.admin_key), store.ledger.memory("openai")
        with closing(OpenAISource("openai", key, sim.base_url, memory=memory)) as source:
            yield Scene(store, source, clock, folder)
