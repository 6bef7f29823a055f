"""Who answers in Slack: by what is in force when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from budgetbot.app import Queries
from budgetbot.chat.acting.actions import Actions
from budgetbot.chat.acting.alert_desk import AlertDesk
from budgetbot.chat.slack.handlers import Handlers
from budgetbot.chat.slack.people import People
from budgetbot.chat.telling.commands import Commands
from budgetbot.chat.telling.home import Home
from budgetbot.core.model import Json
from budgetbot.current import Current
from budgetbot.explaining import explanation
from budgetbot.policy.policy import Policy
from budgetbot.talking import MakeHandlers


def handlers_of(current: Current, queries: Callable[[], Queries], clock: Callable[[], datetime]) -> MakeHandlers:
    """What `service.serve` hands to Slack."""

    def policy() -> Policy:
        return current.parts.policy

    def explain(id: str) -> Mapping[str, Json]:
        return explanation(current.parts, id, clock(), again=False)

    def made(people: People) -> Handlers:
        desk = AlertDesk(current.parts.store, policy, clock, people)
        return Handlers(
            Commands(queries, policy, people, clock), Actions(desk, explain), Home(queries, policy, people, clock)
        )

    return made
