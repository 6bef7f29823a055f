"""What somebody filled in: hostile until it is read. What is wrong is kept by the block it stands in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from budgetbot.chat.acting.snoozing import LONGEST
from budgetbot.core.model import Json
from budgetbot.core.text import clean

REASON = 500
AMOUNT = 60
_LATEST = 4_102_444_800  # the year 2100, seconds


class Inputs:
    """A submitted modal: view["state"]["values"]. `errors`: what to write, by block id, found while reading."""

    def __init__(self, state: Mapping[str, Json]) -> None:
        self._state = state
        self.errors: dict[str, str] = {}

    def _field(self, block: str) -> Mapping[str, Json]:
        actions = self._state.get(block)
        fields = list(actions.values()) if isinstance(actions, dict) else []
        return fields[0] if fields and isinstance(fields[0], dict) else {}

    def reason(self) -> str:
        """Why, in one line; a backtick would end the code in which it is shown."""
        value = self._field("reason").get("value")
        text = clean(value, REASON).replace("`", "'") if isinstance(value, str) else ""
        if not text:
            self.errors["reason"] = "Write a few words, for those who read it later."
        return text

    def chosen(self, block: str) -> str:
        """The value of the chosen option; empty where there is none."""
        option = self._field(block).get("selected_option")
        value = option.get("value") if isinstance(option, dict) else None
        return value if isinstance(value, str) else ""

    def text(self, block: str) -> str:
        """A short line."""
        value = self._field(block).get("value")
        return clean(value, AMOUNT) if isinstance(value, str) else ""

    def until(self, now: datetime) -> datetime | None:
        """The picked moment, later than now and within a year; None where it is not."""
        seconds = self._field("until").get("selected_date_time")
        if not isinstance(seconds, int) or not 0 <= seconds <= _LATEST:
            self.errors["until"] = "Choose the day and time at which it ends."
            return None
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        if moment <= now:
            self.errors["until"] = "This moment is over; choose a later one."
        elif moment > now + LONGEST:
            self.errors["until"] = f"This is more than a year away; choose a moment within {LONGEST.days} days."
        else:
            return moment
        return None
