"""Several `budgetbot run` on one PostgreSQL: one leads, all send and answer, and any may die or fall asleep."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from budgetbot.lead import JOB, LOOK, TTL
from budgetbot.store import Store, open_store
from tests.standins.inside import Inside
from tests.standins.openai import KEY, OpenAIStandIn
from tests.standins.posting import Seen
from tests.standins.running import Running, wait_for
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.webhook import SECRET, FakeHook

POLICY = """
version: 1
budgets:
  - name: monthly
    amount: 100
    period: month
    thresholds: [{at: 50%, severity: warning}, {at: 80%, severity: critical}]
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
"""
MANY = """
version: 1
budgets:
  - name: each-project
    each: [project]
    amount: 10
    period: month
    thresholds: [{at: 10%, severity: info}, {at: 50%, severity: warning}, {at: 100%, severity: critical}]
receivers:
  - {name: first, webhook: {url_env: HOOK_URL, secret_env: HOOK_SECRET}}
  - {name: second, webhook: {url_env: HOOK_URL, secret_env: HOOK_SECRET}}
routes: [{to: [first, second]}]
"""


class SlowHook(FakeHook):
    """It takes its time, so that somebody can die meanwhile."""

    def answer(self, seen: Seen) -> tuple[int, Any]:
        time.sleep(0.02)
        return super().answer(seen)


class Replicas:
    """Processes that share a database; `store` looks at what they do."""

    def __init__(self, bot: Inside, store: Store) -> None:
        self.bot, self.store = bot, store
        self.all: list[Running] = []

    def start(self, number: int = 1) -> list[Running]:
        processes = [self.bot.start("run") for _ in range(number)]
        self.all += [Running(process) for process in processes]
        return self.all[-number:]

    def role(self, one: Running) -> Any:
        return json.loads(one.get("/readyz"))["role"]

    def token(self) -> int:
        with self.store._database.read() as connection:
            return int(connection.exec_driver_sql("SELECT token FROM lease").scalar_one())

    def leader(self) -> Running:
        holder = self.store.leases.holder(JOB)
        return next(one for one in self.all if holder and f"|{one.process.pid}|" in holder[0])

    def evaluated(self) -> datetime | None:
        return self.store.jobs.last().get("evaluate")

    def until_another_leads(self, since: float, before: int) -> float:
        """How many seconds it took until another one had done its first act as the leader."""
        wait_for(lambda: self.token() > before and self.store.leases.holder(JOB) is not None)
        mark = self.evaluated()
        wait_for(lambda: self.evaluated() != mark)
        return time.monotonic() - since


@contextmanager
def replicas(bot: Inside, url: str) -> Iterator[Replicas]:
    bot.env |= {"BUDGETBOT_DATABASE_URL": url, "BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_PULL_INTERVAL": "1s"}
    with closing(open_store(url)) as store:
        found = Replicas(bot, store)
        try:
            yield found
        finally:
            for one in found.all:
                one.process.kill()
                if one.process.stdout and not one.process.stdout.closed:
                    one.process.communicate()


def bill(openai: OpenAIStandIn, amounts: Mapping[str, int]) -> None:
    """What each project has spent today."""
    now = int(time.time())
    rows = [{"amount": {"value": f"{n}.00", "currency": "usd"}, "project_id": f"proj_{p}"} for p, n in amounts.items()]
    openai.now, openai.rows["costs"] = now, {now // 86_400 * 86_400: rows}


@pytest.fixture
def shared(tmp_path: Path, postgres_url: str, openai: OpenAIStandIn, slack: FakeSlack) -> Iterator[Replicas]:
    env = {"OPENAI_ADMIN_KEY": KEY, "OPENAI_BASE_URL": openai.url, "SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url}
    bill(openai, {"a": 60})
    with replicas(Inside(tmp_path, POLICY, env), postgres_url) as found:
        yield found


def test_one_leads_and_is_replaced_when_it_falls_asleep_dies_or_is_asked_to_end(
    shared: Replicas, openai: OpenAIStandIn, slack: FakeSlack
) -> None:
    [first] = shared.start()
    wait_for(lambda: bool(slack.messages))
    second, third = shared.start(2)
    assert [shared.role(one) for one in (first, second, third)] == ["leader", "standby", "standby"]
    assert second.get("/api/v1/budgets") == first.get("/api/v1/budgets")
    assert f"another scheduler holds the lease (process {first.process.pid}" in shared.bot.run("check", exits=2)

    before = shared.token()
    slept = shared.until_another_leads(first.do(signal.SIGSTOP), before)
    bill(openai, {"a": 90})
    wait_for(lambda: len(slack.messages) == 2)
    first.do(signal.SIGCONT)
    wait_for(lambda: shared.role(first) == "standby")
    assert shared.token() == before + 1
    assert slept < TTL.total_seconds() + LOOK + 4

    dead = shared.leader()
    assert dead is not first
    killed = shared.until_another_leads(dead.do(signal.SIGKILL), before + 1)
    assert killed < 10

    asked = shared.leader()
    began = asked.do(signal.SIGTERM)
    ended = shared.until_another_leads(began, before + 2)
    assert ended < 10
    assert asked.ended() == 0
    assert "stopped" in asked.log

    assert shared.role(shared.leader()) == "leader"
    assert len(slack.messages) == 2
    print(f"replaced after {slept:.1f} s asleep, {killed:.1f} s killed, {ended:.1f} s asked to end")


STEPS = ({"a": 6, "b": 3, "c": 1}, {"a": 9, "b": 3, "c": 6, "d": 11}, {"a": 11, "b": 12, "c": 6, "d": 11, "e": 5})


def told_by_one(office: Inside, openai: OpenAIStandIn) -> None:
    for amounts in STEPS:
        bill(openai, amounts)
        office.run("check")


def told_by_three(shared: Replicas, openai: OpenAIStandIn, hook: FakeHook) -> None:
    """The leader is killed amid the second step."""
    bill(openai, STEPS[0])
    shared.start(3)
    for step, amounts in enumerate(STEPS):
        known = len(hook.taken)
        bill(openai, amounts)
        wait_for(partial(_more_than, known, hook))
        if step == 1:
            shared.leader().do(signal.SIGKILL)
        wait_for(partial(_settled_after, shared.evaluated(), shared))


def _more_than(known: int, hook: FakeHook) -> bool:
    return len(hook.taken) > known


def _settled_after(mark: datetime | None, shared: Replicas) -> bool:
    return shared.evaluated() != mark and not shared.store.outbox.unsent(datetime.now(UTC))


def test_three_of_which_one_is_killed_tell_the_same_history_as_one_does(
    tmp_path: Path, postgres_url: str, office: Inside, openai: OpenAIStandIn
) -> None:
    office.write(MANY)
    with SlowHook() as hook:
        office.env |= {"HOOK_URL": hook.hook_url, "HOOK_SECRET": SECRET}
        told_by_one(office, openai)
        one = set(hook.taken)
    with SlowHook() as hook, replicas(office, postgres_url) as shared:
        office.env["HOOK_URL"] = hook.hook_url
        told_by_three(shared, openai, hook)
        three = set(hook.taken)

    assert one == three
    assert len(one) >= 2 * len(STEPS)
