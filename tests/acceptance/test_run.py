"""`budgetbot run` as a process: it starts, works, answers, is asked to end, and is killed."""

from __future__ import annotations

import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from budgetbot.lead import JOB, TTL
from budgetbot.store import open_store
from tests.standins.inside import Inside
from tests.standins.leases import ELSEWHERE
from tests.standins.openai import Fault, OpenAIStandIn
from tests.standins.running import Running, wait_for
from tests.standins.slack import FakeSlack

POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [ml-slack]}]
"""
Start = Callable[[], Running]


@pytest.fixture
def house(office: Inside, openai: OpenAIStandIn) -> Inside:
    """More than half of the budget is spent today."""
    today = int(time.time()) // 86_400 * 86_400
    openai.now = int(time.time())
    openai.rows["costs"] = {today: [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "proj_a"}]}
    office.env |= {"BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_PULL_INTERVAL": "1s"}
    office.write(POLICY)
    return office


@pytest.fixture
def start(house: Inside) -> Iterator[Start]:
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running(house.start("run")))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def holder(house: Inside) -> tuple[str | None, int]:
    with closing(sqlite3.connect(house.folder / "budgetbot.db")) as database:
        owner, token = database.execute("SELECT owner, token FROM lease").fetchone()
    return owner, int(token)


def test_it_works_until_it_is_asked_to_end(house: Inside, start: Start, slack: FakeSlack) -> None:
    running = start()
    wait_for(lambda: bool(slack.messages))
    assert "monthly has passed 50%" in slack.messages[0]["text"]
    assert running.get("/healthz") == '{"status":"ok"}'
    assert running.get("/readyz").startswith('{"status":"ok","wrong":[],"policy":"')
    assert '"spent":"60.00"' in running.get("/api/v1/budgets")

    said = house.run("check", exits=2)
    assert f"another scheduler holds the lease (process {running.process.pid}" in said
    assert said.count("\n") == 1

    (alert,) = house.json("alerts")
    house.run("alerts", "ack", alert["id"][:6], "--by", "ml-lead")
    assert house.json("alerts")[0]["acknowledged_by"] == "ml-lead"

    assert "1 queued" in house.run("digest")
    wait_for(lambda: len(slack.messages) == 3)
    assert "Acknowledged by ml-lead" in slack.messages[1]["text"]
    assert slack.messages[1]["thread_ts"] == slack.messages[0]["ts"]

    code, seconds = running.end()
    assert code == 0, running.log
    assert seconds < 10
    assert holder(house)[0] is None
    assert "stopped" in running.log
    house.run("check")
    assert len(slack.messages) == 3


def test_ctrl_c_ends_it_as_well(start: Start) -> None:
    code, seconds = start().end(signal.SIGINT)

    assert code == 0
    assert seconds < 10


def test_a_killed_one_is_taken_over_at_once(house: Inside, start: Start, slack: FakeSlack) -> None:
    running = start()
    wait_for(lambda: bool(slack.messages))
    before = holder(house)
    assert before[0] is not None
    running.end(signal.SIGKILL)

    house.run("check")

    assert holder(house)[1] == before[1] + 1
    assert len(slack.messages) == 1


def test_one_that_lost_its_lease_ends_instead_of_working_beside_another(house: Inside, start: Start) -> None:
    running = start()
    with closing(open_store(f"sqlite:///{house.folder / 'budgetbot.db'}")) as store:
        wait_for(lambda: bool(store.leases.acquire(JOB, ELSEWHERE, TTL, lambda _: True)))

        assert running.ended() == 2

        assert "the lease was lost to another process" in running.log.splitlines()[-1]
        assert store.leases.holder(JOB) is not None


def test_it_ends_in_time_while_a_provider_keeps_it_waiting(house: Inside, start: Start, openai: OpenAIStandIn) -> None:
    openai.faults.append(Fault(hang=60.0))
    running = start()
    wait_for(lambda: bool(openai.requests))

    code, seconds = running.end()

    assert code == 0
    assert seconds < 12
    assert holder(house)[0] is None


def test_a_port_that_is_taken_is_told_in_one_line(house: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        house.env["BUDGETBOT_HTTP_PORT"] = str(taken.getsockname()[1])

        said = house.run("run", exits=2)

    assert "set BUDGETBOT_HTTP_PORT to a free port" in said
    assert said.count("\n") == 1
    assert holder(house)[0] is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104
def test_who_listens_to_others_needs_a_token(house: Inside, host: str) -> None:
    house.env["BUDGETBOT_HTTP_HOST"] = host

    said = house.run("run", exits=2)

    assert "set BUDGETBOT_WEB_TOKEN" in said
    assert said.count("\n") == 1
