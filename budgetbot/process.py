"""Names of processes: what one of them began, another can tell to be left behind."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path


def new_name() -> str:
    """This process: host, pid, when the pid began, where pids are counted, and a nonce."""
    return f"{socket.gethostname()}|{os.getpid()}|{_began(os.getpid())}|{_counted()}|{secrets.token_hex(4)}"


@cache
def own_name() -> str:
    """The same name for as long as this process lasts."""
    return new_name()


def spoken(name: str) -> str:
    """For people: pid and host."""
    return " ".join(reversed(name.split("|")[:2]))


def is_dead(name: str) -> bool:
    """Whether it surely is a process of this machine that has ended; False where that cannot be known.

    Another name of this very process counts as ended: whoever bore it is forgotten.
    """
    parts = name.split("|")
    if len(parts) != 5 or (parts[0], parts[3]) != (socket.gethostname(), _counted()) or not parts[1].isdigit():
        return False
    pid = int(parts[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return pid == os.getpid() or _began(pid) != parts[2]


def _began(pid: int) -> str:
    """When a process began, in clock ticks since boot, so that a reused pid is not taken for its predecessor."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return "over" if fields[0] in "ZX" else fields[19]  # it ended, and nobody has asked how
    except (OSError, IndexError):
        return "?"


@cache
def _counted() -> str:
    """This boot of this machine, and the namespace of its pids: containers may bear the same host's name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "?"
