"""What goes wrong with receivers, drawn by a seed."""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum
from random import Random

_SLOWEST = 0.12  # seconds
_TRANSIT = 0.005


class Trouble(StrEnum):
    """What one request meets."""

    ERROR = "500"
    BUSY = "429"
    HANG_BEFORE = "hung before accepting"
    HANG_AFTER = "hung after accepting"
    RESET_BEFORE = "reset before accepting"
    RESET_AFTER = "reset after accepting"

    @property
    def accepts(self) -> bool:
        """Whether the work is done, and only the answer is lost."""
        return self in (Trouble.HANG_AFTER, Trouble.RESET_AFTER)

    @property
    def hangs(self) -> bool:
        """Whether there is silence."""
        return self in (Trouble.HANG_BEFORE, Trouble.HANG_AFTER)


class Weather:
    """`rate`: the share of requests that meet trouble. Safe to share between threads."""

    def __init__(self, seed: int, rate: float) -> None:
        self.met: Counter[Trouble] = Counter()
        self._random = Random(f"weather {seed}")
        self._rate = rate
        self._lock = threading.Lock()

    def draw(self) -> Trouble | None:
        """What the next request meets."""
        with self._lock:
            if self._random.random() >= self._rate:
                return None
            trouble = self._random.choice(list(Trouble))
            self.met[trouble] += 1
            return trouble

    def transit(self) -> float:
        """Seconds until a request is accepted."""
        return self._seconds(_TRANSIT)

    def answering(self) -> float:
        """Seconds from then until it is answered."""
        return self._seconds(_SLOWEST)

    def _seconds(self, most: float) -> float:
        with self._lock:
            return self._random.uniform(0, most) if self._rate else 0.0

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        self._rate = 0.0
