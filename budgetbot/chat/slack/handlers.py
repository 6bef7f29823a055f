"""What answers people in Slack, whichever way their words and clicks came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from budgetbot.chat.answer import Answer, Outcome
from budgetbot.chat.who import Who
from budgetbot.core.model import Json


class Commands(Protocol):
    """/spend and /budget."""

    def answer(self, command: str, words: str, who: Who) -> Answer:
        """The answer; words that are not understood have one too."""
        ...


class Actions(Protocol):
    """Buttons and modals. A second click of the same button does no harm."""

    def clicked(self, action_id: str, value: str, who: Who) -> Outcome:
        """What became of it, kept already."""
        ...

    def submitted(self, callback_id: str, alert: str, state: Mapping[str, Json], who: Who) -> Outcome:
        """The same for a modal; `state`: its inputs by block id and action id."""
        ...


class Home(Protocol):
    """The Home tab."""

    def view(self, who: Who) -> Mapping[str, Json]:
        """What this person sees there."""
        ...


@dataclass(frozen=True, slots=True)
class Handlers:
    """Called from several threads at once; they may take their time, and may fail."""

    commands: Commands
    actions: Actions
    home: Home
