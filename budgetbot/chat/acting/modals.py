"""The modals of an alert: snooze, planned spend, raise, and what became of them. Pure, within Slack's limits.

https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from budgetbot.chat.acting.inputs import AMOUNT, REASON
from budgetbot.chat.acting.snoozing import lengths, whole_minute
from budgetbot.core.model import Alert, Json
from budgetbot.core.summary import alert_summary
from budgetbot.core.text import utc
from budgetbot.core.unit import Unit
from budgetbot.notifiers.slack_limits import Block, size
from budgetbot.notifiers.slack_text import code, mrkdwn, mrkdwn_object, plain_object

View: TypeAlias = Mapping[str, Json]
TITLE, LABEL, HINT, OPTION = 24, 150, 150, 75
_LINE = 2_900  # of one section
_WEEK = timedelta(days=7)


def snooze_view(alert: Alert, now: datetime) -> View:
    """For how long, and why."""
    options = [_option(value, words) for value, words in lengths(alert, now).items()]
    select: Block = {"type": "static_select", "action_id": "length", "options": [*options]}
    quiet = [f"It is quiet until {utc(alert.snoozed_until)} already."] if alert.snoozed(now) else []
    blocks = [
        *_lines([alert_summary(alert), *quiet]),
        _input("length", "For how long", {**select, "initial_option": options[0]}),
        _input("until", "Until", _moment(), hint="Only where you chose another moment above.", optional=True),
        _reason(),
    ]
    return _modal("snooze", "Snooze this alert", "Snooze", alert, blocks)


def planned_view(alert: Alert, unit: Unit, now: datetime) -> View:
    """How much is planned, until when, and why."""
    blocks = [
        *_lines([alert_summary(alert), "No forecast speaks of spend that is planned; levels of what was spent do."]),
        _amount("Planned, from now on", unit),
        _input("until", "Until", _moment(_default_end(alert, now))),
        _reason(),
    ]
    return _modal("planned", "Planned spend", "Plan", alert, blocks)


def raise_view(alert: Alert, unit: Unit, now: datetime, second_person_above: str | None) -> View:
    """How much more, until when, and why. `second_person_above`: the amount, as people read it."""
    second = [f"Above {second_person_above} a second person has to approve it."] if second_person_above else []
    blocks = [
        *_lines([alert_summary(alert), *second]),
        _amount("How much more", unit),
        _input("until", "Until", _moment(_default_end(alert, now)), hint="It ends by itself."),
        _reason(),
    ]
    return _modal("raise", "Raise this budget", "Raise", alert, blocks)


def told_view(title: str, text: str, lines: str = "") -> View:
    """What somebody is told in a modal's place, and lines that they may copy."""
    blocks = [*_lines([text]), *lines_blocks(lines)]
    return {"type": "modal", "title": _title(title), "close": plain_object("Close", TITLE), "blocks": [*blocks]}


def lines_blocks(lines: str) -> list[Block]:
    """Lines of a policy, to copy; none for none."""
    if not lines:
        return []
    parts: list[str] = [""]
    for line in lines.splitlines():
        indent = len(line) - len(line.lstrip())
        shown = " " * indent + code(line, _LINE - indent - 10)
        if size(parts[-1]) + size(shown) > _LINE - 10:
            parts.append("")
        parts[-1] += f"{shown}\n"
    said = ["To keep it in the policy, commit these lines:", *(f"```\n{part}```" for part in parts)]
    return [{"type": "section", "text": mrkdwn_object(text)} for text in said]


def _modal(callback: str, title: str, submit: str, alert: Alert, blocks: Sequence[Block]) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps({"alert": alert.id}),
        "title": _title(title),
        "submit": plain_object(submit, TITLE),
        "close": plain_object("Cancel", TITLE),
        "blocks": [*blocks],
    }


def _title(text: str) -> dict[str, Json]:
    return plain_object(text, TITLE)


def _lines(lines: Sequence[str]) -> list[Block]:
    said = "\n".join(mrkdwn(line, _LINE // len(lines) - 1) or "-" for line in lines)
    return [{"type": "section", "text": mrkdwn_object(said)}]


def _input(id: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    block: Block = {"type": "input", "block_id": id, "label": plain_object(label, LABEL), "element": {**element}}
    if hint:
        block["hint"] = plain_object(hint, HINT)
    return {**block, "optional": True} if optional else block


def _amount(label: str, unit: Unit) -> Block:
    example = "A whole number, such as 5000" if unit.counts else "Such as 500 or 49.50"
    element: Block = {"type": "plain_text_input", "action_id": "amount", "max_length": AMOUNT}
    return _input("amount", f"{label} ({unit.name.replace('_', ' ')})", element, hint=f"{example}.")


def _reason() -> Block:
    element: Block = {"type": "plain_text_input", "action_id": "reason", "max_length": REASON, "multiline": False}
    return _input("reason", "Why", element, hint="It is kept, and shown in the thread.")


def _moment(initial: datetime | None = None) -> Block:
    element: Block = {"type": "datetimepicker", "action_id": "until"}
    return element if initial is None else {**element, "initial_date_time": int(initial.timestamp())}


def _option(value: str, words: str) -> dict[str, Json]:
    return {"text": plain_object(words, OPTION), "value": value}


def _default_end(alert: Alert, now: datetime) -> datetime:
    """The end of its period, or a week from now where it has none."""
    return alert.end if alert.end is not None and alert.end > now else whole_minute(now + _WEEK)
