"""Buttons and modals: what they change is kept before Slack is answered; what people see of it follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from slack_bolt import Ack, BoltContext, BoltResponse

from budgetbot.chat.answer import Answer, Outcome
from budgetbot.chat.slack.bolt_desk import SORRY, UNSURE, WORKING, Desk
from budgetbot.chat.slack.handover import Handover
from budgetbot.chat.slack.payload import Click, Submission
from budgetbot.chat.slack.response_url import ResponseUrl
from budgetbot.core.model import Json
from budgetbot.logs import fault
from budgetbot.notifiers.slack_api import SlackError

DONE = "Done."
_LONGEST = 1500  # characters: Slack counts some of them twice, and takes 3,000
NOT_OPENED = "Slack did not open the window; click once more."
_log = structlog.get_logger(__name__)


def note_view(note: Answer) -> dict[str, Json]:
    """A word to the person as a modal, where there is no message to say it under."""
    section: dict[str, Json] = {"type": "section", "text": {"type": "mrkdwn", "text": note.text[:_LONGEST]}}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "budgetbot"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": list(note.blocks) or [section],
    }


class _Listener:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def _outcome(self, told: Click | Submission, does: Callable[[], Outcome]) -> Outcome:
        """What became of it; never an exception."""
        try:
            refusal = self._desk.installation.refusal(told.origin)
            return Outcome(note=Answer(refusal)) if refusal else does()
        except SlackError as error:
            _log.error("a click came to nothing", error=str(error))
            return Outcome(note=Answer(UNSURE))
        except Exception as error:
            _log.error("a click came to nothing", error=fault(error))
            return Outcome(note=Answer(SORRY))


class ClickListener(_Listener):
    """A button or a menu, in a message, a modal, or the Home tab."""

    def __call__(self, ack: Ack, context: BoltContext) -> BoltResponse:
        """Acknowledged when it is kept; where that takes too long, the person is told so."""
        told: Click = context["told"]
        reply = self._desk.reply(told.response_url)

        def work(handover: Handover[Outcome]) -> None:
            self._work(told, reply, handover)

        outcome = self._desk.clicking.handed(work, context["arrived"] + self._desk.pace.click)
        if outcome is None and reply.usable:
            self._desk.asking.do(lambda: _tell(reply, Answer(WORKING)))
        return ack()

    def _work(self, told: Click, reply: ResponseUrl, handover: Handover[Outcome]) -> None:
        action = told.actions[0]
        actions = self._desk.handlers.actions
        outcome = self._outcome(told, lambda: actions.clicked(action.action_id, action.chosen, told.who))
        in_time = handover.give(outcome)
        if outcome.changed:
            self._desk.nudge()
        self._show(told, reply, outcome)
        if outcome.changed and told.view is not None and told.view.type == "home":
            home = dict(self._desk.handlers.home.view(told.who))
            self._desk.api.call("views.publish", json={"user_id": told.who.id, "view": home})
        if not in_time and outcome.view is None and outcome.note is None:
            _tell(reply, Answer(DONE))

    def _show(self, told: Click, reply: ResponseUrl, outcome: Outcome) -> None:
        note = outcome.note
        view = outcome.view
        if view is None and note is not None and not reply.usable:
            view, note = note_view(note), None
        try:
            if view is not None:
                self._open(told, view)
        except SlackError as error:
            _log.warning("a window was not opened", error=str(error))
            note = note or Answer(NOT_OPENED)
        if note is not None:
            _tell(reply, note)

    def _open(self, told: Click, view: Mapping[str, Json]) -> None:
        if told.view is not None and told.view.type == "modal":
            self._desk.api.call("views.update", json={"view_id": told.view.id, "view": dict(view)})
        else:
            self._desk.api.call("views.open", json={"trigger_id": told.trigger_id, "view": dict(view)})


class SubmissionListener(_Listener):
    """A modal that was filled in."""

    def __call__(self, ack: Ack, context: BoltContext) -> BoltResponse:
        """Acknowledged with what is wrong, with what comes next, or by closing it."""
        told: Submission = context["told"]

        def work(handover: Handover[Outcome]) -> None:
            self._work(told, handover)

        outcome = self._desk.clicking.handed(work, context["arrived"] + self._desk.pace.click)
        if outcome is None:
            return ack({"response_action": "update", "view": note_view(Answer(WORKING))})
        if outcome.errors:
            return ack({"response_action": "errors", "errors": dict(outcome.errors)})
        view = _next(outcome)
        return ack({"response_action": "update", "view": dict(view)} if view else {"response_action": "clear"})

    def _work(self, told: Submission, handover: Handover[Outcome]) -> None:
        actions = self._desk.handlers.actions
        outcome = self._outcome(
            told, lambda: actions.submitted(told.view.callback_id, told.alert, told.inputs, told.who)
        )
        in_time = handover.give(outcome)
        if outcome.changed:
            self._desk.nudge()
        if not in_time:
            wrong = Answer("\n".join(outcome.errors.values()) or DONE)
            view = _next(outcome) or note_view(wrong)
            self._desk.api.call("views.update", json={"view_id": told.view.id, "view": dict(view)})


def _next(outcome: Outcome) -> Mapping[str, Json] | None:
    """What the modal shows next."""
    return outcome.view or (note_view(outcome.note) if outcome.note else None)


def _tell(reply: ResponseUrl, note: Answer) -> None:
    """A word to the person alone."""
    if reply.usable:
        reply.send(Answer(note.text, note.blocks))
