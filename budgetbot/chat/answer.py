"""What Slack is answered: a message to a person or a channel, a modal, or what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from budgetbot.core.model import Json
from budgetbot.notifiers.slack_limits import Block


@dataclass(frozen=True, slots=True)
class Answer:
    """A message. `text` says it all where blocks are not shown; `public`: for the whole channel, else for one person.

    `text` and `blocks` are escaped and within Slack's limits.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    public: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a click or a submitted modal; whatever had to be kept is kept already.

    `view`: a modal to open, or to show instead of the present one. `errors`: what is wrong with a modal's inputs, by
    their block ids; it stays open. `note`: a word to the person alone. `changed`: there is something to deliver.
    """

    view: Mapping[str, Json] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    note: Answer | None = None
    changed: bool = False
