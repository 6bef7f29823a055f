"""budgetbot as its users run it: the real command in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Bot:
    """One installation: a folder with a database and policies, and an environment."""

    def __init__(self, folder: Path, policy: str, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.policies = folder / "policies"
        self.policies.mkdir()
        self.write(policy)
        self.env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(env)

    def write(self, policy: str) -> None:
        """The whole policy, anew."""
        (self.policies / "policy.yaml").write_text(policy)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is not waited for."""
        command = [sys.executable, "-m", "budgetbot", *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def call(self, *arguments: str) -> Said:
        """A command to its end, whatever that is."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return Said(process.returncode, out, err)

    def run(self, *arguments: str, exits: int = 0) -> str:
        """A command to its end; what it printed. Fails where the exit code is another."""
        code, out, err = self.call(*arguments)
        assert code == exits, f"exit {code}\n{out}\n{err}"
        return out if exits == 0 else out + err

    def json(self, *arguments: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.run(*arguments, "--json"))

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Start a command and SIGKILL it; False where it had ended before."""
        process = self.start(*arguments)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        return False
