"""Clicks and submitted modals of an alert, turned into what is done and into what Slack is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from budgetbot.chat.acting.alert_desk import AlertDesk, Word
from budgetbot.chat.acting.details import details_view
from budgetbot.chat.acting.inputs import Inputs
from budgetbot.chat.acting.lending import Lending
from budgetbot.chat.acting.modals import View, lines_blocks, planned_view, raise_view, snooze_view, told_view
from budgetbot.chat.acting.raising import Size, money_unit, read, unit
from budgetbot.chat.acting.snoozing import over_at
from budgetbot.chat.answer import Answer, Outcome
from budgetbot.chat.who import Who
from budgetbot.core.model import Json
from budgetbot.core.unit import Unit, limit
from budgetbot.errors import UsageError
from budgetbot.notifiers.slack_text import fallback, mrkdwn, mrkdwn_object

_TEXT = 3_000
_UNKNOWN = "This button is of another version of budgetbot; nothing was done."
_Opens: TypeAlias = Callable[[str, Who], View]
_Does: TypeAlias = Callable[[str, Who], Word]
_Submits: TypeAlias = Callable[[str, Inputs, Who], Word | None]


class Actions:
    """Whatever had to be kept is kept when these return.

    `explain`: an alert's id to what `budgetbot explain ALERT_ID --json` prints. Of clicks a `note` says what is to be
    said; of modals a `view` in their place does, as these have no channel to answer in.
    """

    def __init__(self, desk: AlertDesk, explain: Callable[[str], Mapping[str, Json]]) -> None:
        self._desk = desk
        self._lending = Lending(desk)
        self._explain = explain
        self._opens: Mapping[str, _Opens] = {
            "alert:snooze": self._snooze,
            "alert:planned": self._planned,
            "alert:raise": self._raise,
            "alert:details": self._details,
        }
        self._does: Mapping[str, _Does] = {
            "alert:acknowledge": desk.acknowledge,
            "alert:not_mine": desk.not_mine,
            "alert:usual": self._lending.usual,
            "allowance:approve": lambda id, who: self._lending.decide(id, who, grant=True),
            "allowance:refuse": lambda id, who: self._lending.decide(id, who, grant=False),
            "allowance:end": self._lending.end,
        }
        self._submits: Mapping[str, _Submits] = {
            "snooze": self._snoozed,
            "planned": self._plan,
            "raise": self._lift,
        }

    def clicked(self, action_id: str, value: str, who: Who) -> Outcome:
        """A button. `value`: the id of an alert, or of what was allowed."""
        try:
            if opens := self._opens.get(action_id):
                return Outcome(view=opens(value, who))
            if does := self._does.get(action_id):
                word = does(value, who)
                quiet = word.changed and action_id.startswith("alert:acknowledge")  # the message itself shows it
                return Outcome(note=None if quiet else _note(word), changed=word.changed)
        except UsageError as error:
            return Outcome(note=_note(Word(str(error))))
        return Outcome(note=_note(Word(_UNKNOWN)))

    def submitted(self, callback_id: str, alert: str, state: Mapping[str, Json], who: Who) -> Outcome:
        """A modal. `state`: view["state"]["values"]; `alert`: the id from its private_metadata."""
        submits, inputs = self._submits.get(callback_id), Inputs(state)
        if submits is None:
            return Outcome(view=told_view("Nothing was done", _UNKNOWN))
        try:
            word = submits(alert, inputs, who)
        except UsageError as error:
            return Outcome(view=told_view("Nothing was done", str(error)))
        if word is None:
            return Outcome(errors=inputs.errors)
        if word.changed and callback_id == "snooze":
            return Outcome(changed=True)
        title = "Done" if word.changed else "Done before"
        return Outcome(view=told_view(title, word.text, word.lines), changed=word.changed)

    def _snooze(self, id: str, who: Who) -> View:
        self._desk.permit("acknowledge", who)
        return snooze_view(self._desk.open_alert(id), self._desk.clock())

    def _planned(self, id: str, who: Who) -> View:
        self._desk.permit("acknowledge", who)
        alert = self._desk.open_alert(id)
        money = money_unit(self._desk.policy(), self._lending.rule(alert))
        return planned_view(alert, money, self._desk.clock())

    def _raise(self, id: str, who: Who) -> View:
        self._desk.permit("raise", who)
        alert, policy = self._desk.open_alert(id), self._desk.policy()
        above = policy.access.second_person_above
        most = None if above is None else limit(above, policy.defaults.currency)
        return raise_view(alert, unit(policy, self._lending.budget(alert)), self._desk.clock(), most)

    def _details(self, id: str, who: Who) -> View:
        alert, policy = self._desk.alert(id), self._desk.policy()
        grants = [one for one in policy.grants if one.budget == alert.rule]
        running = self._lending.running(alert.rule)
        return details_view(self._explain(alert.id), policy.where.get(alert.rule), grants, running, self._desk.clock())

    def _snoozed(self, id: str, inputs: Inputs, who: Who) -> Word | None:
        alert, now, length = self._desk.open_alert(id), self._desk.clock(), inputs.chosen("length")
        reason = inputs.reason()
        zone = self._desk.policy().defaults.timezone
        until = inputs.until(now) if length == "custom" else over_at(length, alert, now, zone)
        if until is None and "until" not in inputs.errors:
            inputs.errors["length"] = "Choose another length; this one does not fit the alert."
        return self._desk.snooze(id, until, reason, who) if until and not inputs.errors else None

    def _plan(self, id: str, inputs: Inputs, who: Who) -> Word | None:
        rule = self._lending.rule(self._desk.open_alert(id))
        asked = _read(inputs, money_unit(self._desk.policy(), rule), self._desk.clock())
        return self._lending.plan(id, *asked, who) if asked else None

    def _lift(self, id: str, inputs: Inputs, who: Who) -> Word | None:
        budget = self._lending.budget(self._desk.open_alert(id))
        asked = _read(inputs, unit(self._desk.policy(), budget), self._desk.clock())
        return self._lending.lift(id, *asked, who) if asked else None


def _read(inputs: Inputs, of: Unit, now: datetime) -> tuple[Size, datetime, str] | None:
    """How much, until when and why; None where something is wrong with them."""
    reason, until = inputs.reason(), inputs.until(now)
    try:
        size = read(inputs.text("amount"), of)
    except ValueError as error:
        inputs.errors["amount"] = str(error)
        return None
    return (size, until, reason) if until and not inputs.errors else None


def _note(word: Word) -> Answer:
    blocks = lines_blocks(word.lines)
    said = mrkdwn_object(mrkdwn(word.text, _TEXT - 100))
    return Answer(
        fallback("\n".join(filter(None, (word.text, word.lines))), _TEXT),
        [{"type": "section", "text": said}, *blocks] if blocks else [],
    )
