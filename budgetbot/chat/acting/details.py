"""All that is known of an alert as a modal: the sections of `budgetbot explain`, and what holds for its rule. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from budgetbot.chat.acting.modals import TITLE, View
from budgetbot.chat.acting.raising import about, size_of
from budgetbot.chat.telling.explanation import head, sections
from budgetbot.core.allowance import Allowance
from budgetbot.core.grant import Grant
from budgetbot.core.model import Json
from budgetbot.core.money import exact, nano
from budgetbot.core.text import clean, utc
from budgetbot.core.unit import Unit, unit_of
from budgetbot.notifiers.slack_limits import Block, size
from budgetbot.notifiers.slack_text import mrkdwn, mrkdwn_object, plain_object

BLOCKS = 100
_LINE = 240
_SECTION = 2_900
_BUTTONS = 10
_DRIVERS = 400
_MOST = 26  # blocks of one section, so that all of them have room
_BYTES = 200_000  # Slack takes 250 kB
_MONEY = re.compile(r"-?\d{1,18}\.\d{2,9}", re.ASCII)
_LEFT_OUT = "… and more; `budgetbot explain` tells all of it."


def details_view(
    said: Mapping[str, Json], where: str | None, grants: Sequence[Grant], running: Sequence[Allowance], now: datetime
) -> View:
    """`said`: what `budgetbot explain ALERT_ID --json` prints; `where`: "file:line" of its rule; `grants`: those of the
    policy for it; `running`: what was allowed in chat, with buttons to decide on it and to end it."""
    about = [*head(said).splitlines(), f"rule {clean(str(said['rule']), 60)}, {where or 'not in the policy any more'}"]
    blocks = _text("", about)
    blocks += _text("Grants of the policy", [_grant(one) for one in grants if now in one.span])
    for one in running[:_BUTTONS]:
        blocks += [*_text("", [_allowed(one)]), _buttons(one)]
    if rest := running[_BUTTONS:]:
        blocks += _text("Allowed in chat besides", [_allowed(one) for one in rest])
    for title, lines in sections({**said, "evidence": _readable(said["evidence"])}, _DRIVERS):
        blocks += _text(title, lines)
    named, close = plain_object("Details", TITLE), plain_object("Close", TITLE)
    return {"type": "modal", "title": named, "close": close, "blocks": [*_fitting(blocks)]}


def _fitting(blocks: list[Block]) -> list[Block]:
    """As many as a view holds; that something is left out is said."""
    if len(blocks) <= BLOCKS and len(json.dumps(blocks)) <= _BYTES:
        return blocks
    kept = blocks[: BLOCKS - 1]
    while len(json.dumps(kept)) > _BYTES:
        del kept[-1]
    return [*kept, {"type": "section", "text": mrkdwn_object(_LEFT_OUT)}]


def _text(title: str, lines: Iterable[str]) -> list[Block]:
    """A title and its lines, in as many blocks as it takes."""
    parts = list(_parts(f"*{mrkdwn(title, _LINE)}*" if title else "", lines, "• " if title else ""))
    if len(parts) > _MOST:
        parts = [*parts[: _MOST - 1], _LEFT_OUT]
    return [{"type": "section", "text": mrkdwn_object(part)} for part in parts]


def _parts(title: str, lines: Iterable[str], bullet: str) -> Iterator[str]:
    part, empty = title, True
    for line in lines:
        empty, shown = False, bullet + (mrkdwn(line, _LINE) or "-")
        if part and size(part) + size(shown) + 1 > _SECTION:
            yield part
            part = ""
        part = f"{part}\n{shown}" if part else shown
    if not empty:
        yield part


def _readable(evidence: Json) -> Json:
    """Without what only a chart shows; what has parts as words."""
    told = evidence if isinstance(evidence, dict) else {}
    unit = unit_of(told)
    return {name: value if name == "change" else _words(value, unit) for name, value in told.items() if name != "trend"}


def _words(value: Json, unit: Unit) -> Json:
    if isinstance(value, dict):
        parts = ((name.replace("_", " "), _word(one, unit)) for name, one in value.items() if one is not None)
        return ", ".join(f"{name} {word}" for name, word in parts)
    if isinstance(value, list):
        return ", ".join(_word(one, unit) for one in value)
    return None if value is None else _word(value, unit)


def _word(value: Json, unit: Unit) -> str:
    """Money to the cent, shares in percent, moments as people write them; `budgetbot explain` has all digits."""
    if isinstance(value, str):
        return unit.show(nano(exact(value))) if _MONEY.fullmatch(value) else utc(value) or value
    if isinstance(value, float):
        return f"{value:.1%}".replace("%", " %")
    return json.dumps(value, ensure_ascii=False)


def _grant(one: Grant) -> str:
    return f"until {utc(one.until)}, approved by {clean(one.approved_by, 60)}: {clean(one.reason, 120)}"


def _allowed(one: Allowance) -> str:
    much, who = size_of(one).show(), clean(one.by, 70)
    what = f"{about(one)} raised by {much}" if one.kind == "grant" else f"up to {much} of {about(one)} planned"
    stands = f"{what}, by {who}" if one.standing == "granted" else f"{what}: asked for by {who}, not decided"
    return f"{stands}, until {utc(one.end)}: {clean(one.reason, 120)}"


def _buttons(one: Allowance) -> Block:
    deeds = [("approve", "Approve"), ("refuse", "Refuse")] if one.standing == "asked" else [("end", "End it now")]
    elements: list[Json] = [
        {"type": "button", "action_id": f"allowance:{deed}", "value": one.id, "text": plain_object(words, 75)}
        for deed, words in deeds
    ]
    return {"type": "actions", "block_id": f"allowance:{one.id}", "elements": elements}
