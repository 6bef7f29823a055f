"""`budgetbot run` in a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable

import httpx


class Running:
    """A `budgetbot run` that listens."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log = ""
        assert process.stderr is not None
        for line in process.stderr:
            self.log += line
            if found := re.search(r"listening=(http://\S+)", line):
                self.url = found[1]
                return
        raise AssertionError(self.log)

    def do(self, how: signal.Signals) -> float:
        """Send it a signal; when that was."""
        self.process.send_signal(how)
        return time.monotonic()

    def get(self, path: str) -> str:
        return httpx.get(f"{self.url}{path}", timeout=5).text

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how long it took."""
        began = time.monotonic()
        self.process.send_signal(how)
        return self.ended(), time.monotonic() - began

    def ended(self) -> int:
        self.log += self.process.communicate(timeout=20)[1]
        return self.process.returncode


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)
