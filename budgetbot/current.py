"""The parts in force. A reload replaces them between two turns, while others may still work with the old ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from budgetbot.cycle import Parts
from budgetbot.logs import fault

_log = structlog.get_logger(__name__)


class _Closable(Protocol):
    def close(self) -> None: ...


class Current:
    """Read once for each turn or request: what was read is one consistent set, whatever is offered meanwhile.

    What a new set no longer has is closed when nobody uses it any more. No lock is held but for the moment of a change.
    """

    def __init__(self, parts: Parts) -> None:
        self._lock = threading.Lock()
        self._parts = parts
        self._offered: Parts | None = None
        self._used: list[Parts] = []
        self._open = _closables(parts)

    @property
    def parts(self) -> Parts:
        """What is in force. Whoever sends or pulls with it takes `use` instead."""
        return self._parts

    @property
    def latest(self) -> Parts:
        """What the next turn works with."""
        return self._offered or self._parts

    @property
    def offered(self) -> Parts | None:
        """What waits for the next turn."""
        return self._offered

    def offer(self, parts: Parts) -> bool:
        """Let these take effect with the next turn. False where earlier ones, now forgotten, wait for it already."""
        with self._lock:
            first = self._offered is None
            self._offered = parts
            known = {id(one) for one in self._open}
            self._open += [one for one in _closables(parts) if id(one) not in known]
        self._let_go()
        return first

    def adopt(self) -> None:
        """Put in force what was offered, if anything."""
        with self._lock:
            before = self._parts
            self._parts, self._offered = self._offered or before, None
        if self._parts.policy is not before.policy:
            _log.info("policy", hash=self._parts.policy.hash)
        self._let_go()

    @contextmanager
    def use(self) -> Iterator[Parts]:
        """What is in force; nothing of it is closed meanwhile."""
        with self._lock:
            parts = self._parts
            self._used.append(parts)
        try:
            yield parts
        finally:
            with self._lock:
                index = next(i for i, used in enumerate(self._used) if used is parts)
                del self._used[index]
            self._let_go()

    def close(self) -> None:
        """Close everything, at the end."""
        with self._lock:
            over, self._open = self._open, []
        _close(over)

    def _let_go(self) -> None:
        with self._lock:
            sets = [self._parts, *self._used, *([self._offered] if self._offered else [])]
            wanted = {id(one) for parts in sets for one in _closables(parts)}
            over = [one for one in self._open if id(one) not in wanted]
            self._open = [one for one in self._open if id(one) in wanted]
        _close(over)


def _closables(parts: Parts) -> list[_Closable]:
    return [*parts.sources, *parts.notifiers.values()]


def _close(over: list[_Closable]) -> None:
    for one in over:
        try:
            one.close()
        except Exception as error:  # one that cannot be closed must not keep the others open
            _log.warning("not closed", what=type(one).__name__, error=fault(error))
