"""What `doctor` says of the work itself."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from budgetbot.checkup import heartbeat, work
from budgetbot.core.escalate import Climb, Escalation, Step
from budgetbot.store import Store
from budgetbot.store.leases import SCHEDULER
from tests.standins.monitor import FakeMonitor
from tests.standins.post import Post, Scripted, failed
from tests.store.samples import HOUR, MINUTE, NOW, alert, notification

DAY = timedelta(days=1)


def said(store: Store, now: datetime = NOW) -> list[str]:
    return [line.text for line in work(store, frozenset({"openai"}), now)]


def wrong(store: Store, now: datetime = NOW) -> list[str]:
    return [line for line in said(store, now) if not line.startswith("ok ")]


def test_before_the_first_run_all_is_well(store: Store) -> None:
    assert said(store) == [
        "ok    scheduler; none runs; start `budgetbot run`, or let cron call `budgetbot check`",
        "ok    freshness; nothing was read yet",
        "ok    outbox",
        "ok    dead letters of the last week",
        "ok    escalations",
    ]


def test_who_leads_is_named_and_a_dead_one_is_a_fault(store: Store) -> None:
    store.leases.acquire(SCHEDULER, "here|17|1|abcd", MINUTE, lambda _: False)
    assert said(store)[0] == "ok    scheduler; process 17 on here holds the lease"

    store.leases.renew(SCHEDULER, 1, -MINUTE)

    (line,) = wrong(store)
    assert line.startswith("FAIL  scheduler: process 17 on here has not been heard of since ")
    assert line.endswith("start `budgetbot run` again")


def test_what_was_not_read_is_told_with_its_error(store: Store) -> None:
    store.ledger.walk_done("openai", "costs", NOW - HOUR, NOW - HOUR)
    store.ledger.walk_failed("openai", "costs", "HTTP 500 for sk-admin-0123456789", NOW)
    assert "ok    freshness; openai: costs failed 1 times: HTTP 500 for [redacted]" in said(store)

    store.ledger.walk_failed("openai", "completions", "HTTP 403; grant the scope", NOW - 7 * HOUR)
    assert wrong(store) == ["FAIL  freshness: openai: completions was last read never: HTTP 403; grant the scope"]


def test_what_waits_is_told_with_its_error(store: Store) -> None:
    post = Post(store)
    post.queue(notification(), notification("n2"))
    assert "ok    outbox; 2 wait for screen" in said(store)
    assert "nobody has tried" in wrong(store, NOW + HOUR)[0]

    post.work(Scripted("screen", [failed()]))

    (line,) = wrong(store, NOW + 16 * MINUTE)
    assert line == "FAIL  outbox: receiver screen: 2 not delivered, the oldest since 2026-11-20 12:00 UTC: HTTP 503"


def test_what_was_given_up_is_told_for_a_week(store: Store) -> None:
    post = Post(store)
    post.queue(*(notification(f"n{i}", thread=f"t{i}") for i in range(3)))
    post.work(Scripted("screen", [failed(permanent=True), failed(permanent=True)]))

    (line,) = wrong(store, NOW + 7 * DAY)

    assert line.startswith("FAIL  dead letters of the last week: 2 for screen, the newest: HTTP 503; mend the receiver")
    assert wrong(store, NOW + 7 * DAY + MINUTE) == []


def test_a_late_escalation_is_told(store: Store) -> None:
    watch = Escalation("watch", (Step(15 * MINUTE, ("lead",)),))
    store.alerts.record([alert(climbs=(Climb(watch, NOW - HOUR),))], [], NOW)

    (line,) = wrong(store)

    assert line.startswith("FAIL  escalations: escalation watch: alert a1 should have gone on at 2026-11-20 11:15 UTC")


def test_a_heartbeat_is_looked_for_and_not_given() -> None:
    with FakeMonitor() as monitor:
        there = heartbeat(SecretStr(monitor.check_url))

        assert there.text == "ok    heartbeat; 127.0.0.1 can be reached; it was not asked for"
        assert monitor.requests == []


@pytest.mark.parametrize("url", ["http://hc.example/secret-path", "https:///secret-path"])
def test_a_heartbeat_without_a_usable_address_is_a_fault(url: str) -> None:
    line = heartbeat(SecretStr(url))

    assert line.wrong is not None
    assert "BUDGETBOT_HEARTBEAT_URL is not usable" in line.wrong
    assert "secret-path" not in line.text


def test_a_heartbeat_whose_host_is_not_there_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    line = heartbeat(SecretStr(f"https://127.0.0.1:{port}/secret-path"))

    assert line.wrong is not None
    assert line.wrong.startswith(f"127.0.0.1:{port} cannot be reached (")
    assert "secret-path" not in line.text


def test_without_a_heartbeat_it_is_recommended() -> None:
    assert heartbeat(None).text.endswith("set BUDGETBOT_HEARTBEAT_URL")
