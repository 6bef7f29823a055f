"""Somebody who asks or clicks in Slack."""

from __future__ import annotations

from dataclasses import dataclass

from budgetbot.core.text import clean


@dataclass(frozen=True, slots=True)
class Who:
    """`id` is Slack's (U... or W...), `name` what the person is called there: foreign text. `team`: the workspace."""

    id: str
    name: str = ""
    team: str = ""

    @property
    def by(self) -> str:
        """Who it was, for the story of an alert; the id tells people of one name apart."""
        name, id = clean(self.name, 40), clean(self.id, 20)
        return f"Slack: {name} ({id})" if name else f"Slack: {id}"
