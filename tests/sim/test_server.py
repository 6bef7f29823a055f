"""Serving: a free port, a clean end, and the foreground."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from tests.sim.world import Hand


def small() -> Organisation:
    return Organisation(projects=1, keys_per_project=1, history_days=1, clock=Hand(), runaway=None)


def test_leaving_the_context_frees_the_port_and_ends_the_thread() -> None:
    before = threading.active_count()
    with (
        serve(small(), admin_key="sk-admin-mine") as served,
        httpx.Client(headers={"Authorization": "Bearer sk-admin-mine"}) as client,
    ):
        url = f"{served.base_url}/organization/projects"
        assert client.get(url).json()["data"][0]["name"] == "research"

    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with serve(small(), served.port) as again:
        assert again.port == served.port


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as other,
        pytest.raises(OSError, match="in use"),
        serve(small(), other.getsockname()[1]),
    ):
        pytest.fail("served on a port that is taken")


def test_in_the_foreground_it_serves_until_it_is_told_to_stop() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    program = (
        "from budgetbot.sim.organisation import Organisation\n"
        "from budgetbot.sim.server import run_forever\n"
        f"run_forever({port}, Organisation(projects=1, history_days=1, runaway=None))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as process:
        try:
            status = _status_once_up(f"http://127.0.0.1:{port}/v1/organization/projects", process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)

    assert status == 401
    assert errors == b""
    assert process.returncode in (0, -signal.SIGTERM)


def _status_once_up(url: str, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 10
    while True:
        try:
            return httpx.get(url).status_code
        except httpx.ConnectError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
