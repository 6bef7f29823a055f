"""Whether policy files are as they were: names, sizes and times first, the content only where those leave a doubt."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from budgetbot.errors import UsageError
from budgetbot.policy.load import policy_files

Mark: TypeAlias = tuple[str, int, int, int, int]
"""Name, size, mtime, ctime (both ns) and inode of a file."""
_DOUBT = 2_000_000_000  # ns; a file system may give two changes within its grain, up to two seconds, the same time


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: `content` changes with the names and bytes of the files, and with what keeps them from being read.

    `taken`: when, in ns since the epoch.
    """

    marks: tuple[Mark, ...]
    content: str
    taken: int

    def in_doubt(self) -> bool:
        """Whether a file changed so shortly before that a later change may bear the same time."""
        return any(max(mtime, ctime) > self.taken - _DOUBT for _, _, mtime, ctime, _ in self.marks)


def look(path: Path, before: Look | None = None) -> Look:
    """The files of a policy as they are; `before` itself where nothing changed since. Raises nothing."""
    taken = time.time_ns()
    try:
        files = policy_files(path)
        marks = tuple(_mark(file) for file in files)
    except (OSError, UsageError) as error:
        return Look((), f"{type(error).__name__}: {error}", taken)
    if before is not None and before.marks == marks and not before.in_doubt():
        return before
    return Look(marks, _content(files), taken)


def _mark(file: Path) -> Mark:
    found = file.stat()
    return str(file), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _content(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        try:
            said = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            said = str(error.strerror)
        whole.update(f"{file}\0{said}\0".encode(errors="surrogateescape"))
    return whole.hexdigest()
