"""One answer, handed from the thread that works it out to the one that has to answer in time."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """Exactly one of the two delivers: who waits, or, where that was too long, who worked it out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._late = False
        self._given: T | None = None

    def give(self, answer: T) -> bool:
        """Whether somebody still waits for it; else deliver it yourself."""
        with self._lock:
            if not self._late:
                self._given = answer
                self._ready.set()
            return not self._late

    def take(self, seconds: float) -> T | None:
        """The answer; None where it is late, and delivered by who works it out."""
        self._ready.wait(max(0.0, seconds))
        with self._lock:
            self._late = not self._ready.is_set()
            return self._given
