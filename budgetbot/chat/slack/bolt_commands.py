"""Slash commands and the Home tab: Slack is answered in time, and what takes longer follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext, BoltResponse

from budgetbot.chat.answer import Answer
from budgetbot.chat.slack.bolt_desk import SORRY, UNSURE, WORKING, Desk
from budgetbot.chat.slack.handover import Handover
from budgetbot.chat.slack.payload import Command, Opened
from budgetbot.chat.slack.response_url import ResponseUrl, message
from budgetbot.logs import fault
from budgetbot.notifiers.slack_api import SlackError
from budgetbot.notifiers.slack_native import has_chart, without_charts

_LATER = Answer("")
_log = structlog.get_logger(__name__)


class CommandListener:
    """/spend and /budget."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, ack: Ack, context: BoltContext) -> BoltResponse:
        """Acknowledged with the answer where it is there in time."""
        told: Command = context["told"]
        reply = self._desk.reply(told.response_url)
        until = context["arrived"] + self._desk.pace.command

        def work(handover: Handover[Answer]) -> None:
            self._work(told, reply, handover)

        answer = self._desk.asking.handed(work, until)
        if answer is _LATER:
            return ack()
        return ack(message(Answer(WORKING) if answer is None else answer))

    def _work(self, told: Command, reply: ResponseUrl, handover: Handover[Answer]) -> None:
        answer = self._answer(told)
        if has_chart(answer.blocks) and not (reply.usable and self._desk.charts.native(self._desk.clock())):
            answer = replace(answer, blocks=without_charts(answer.blocks))
        if has_chart(answer.blocks):  # refused in an acknowledgement, it would take the whole answer with it
            handover.give(_LATER)
            reply.send(answer)
        elif not handover.give(answer):
            reply.send(answer)

    def _answer(self, told: Command) -> Answer:
        try:
            if refusal := self._desk.installation.refusal(told.origin):
                return Answer(refusal)
            return self._desk.handlers.commands.answer(told.command, told.text, told.who)
        except SlackError as error:
            _log.error("a command could not be answered", error=str(error))
            return Answer(UNSURE)
        except Exception as error:
            _log.error("a command could not be answered", error=fault(error))
            return Answer(SORRY)


class HomeListener:
    """Somebody looks at the Home tab."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, context: BoltContext, event: dict[str, Any]) -> None:
        """Acknowledged at once; the view follows."""
        told: Opened = context["told"]
        if told.event.tab == "home":
            self._desk.asking.do(lambda: self._publish(told))

    def _publish(self, told: Opened) -> None:
        desk = self._desk
        if not desk.installation.refusal(told.origin):
            view = dict(desk.handlers.home.view(told.who))
            desk.api.call("views.publish", json={"user_id": told.who.id, "view": view})
