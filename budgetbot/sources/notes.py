"""What a source has learnt of its server, kept in a mapping of texts, and doubted after a week."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta

DOUBT_AFTER = timedelta(days=7)


class Notes:
    """Dated facts such as "costs are not grouped by key here". Servers are upgraded, so old ones count no more."""

    def __init__(self, memory: MutableMapping[str, str]) -> None:
        self._memory = memory

    def recall(self, key: str, now: datetime) -> str | None:
        """The value, None where there is none or it is older than a week."""
        date, mark, value = self._memory.get(key, "").partition("|")
        try:
            known = bool(mark) and now - datetime.fromisoformat(date) < DOUBT_AFTER
        except (ValueError, TypeError):
            return None
        return value if known else None

    def keep(self, key: str, value: str, now: datetime) -> None:
        """Writes the value with today's date."""
        self._memory[key] = f"{now.isoformat()}|{value}"

    def marked(self, key: str) -> bool:
        """Whether the key was ever marked."""
        return key in self._memory

    def mark(self, key: str) -> None:
        """Notes a fact that does not age."""
        if key not in self._memory:
            self._memory[key] = "yes"
