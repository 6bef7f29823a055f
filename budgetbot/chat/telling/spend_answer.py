"""An answer to `/spend` as a message of Slack: the total, how it moved, what it is made of, how fresh it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from budgetbot.chat.answer import Answer
from budgetbot.chat.telling.reply import (
    compared,
    currency_of,
    freshness,
    nano_of,
    nothing,
    spend_title,
    table,
    unconverted,
)
from budgetbot.chat.telling.sections import rows
from budgetbot.chat.telling.spend_chart import spend_chart
from budgetbot.core.model import Json
from budgetbot.core.money import show
from budgetbot.core.spend import SpendQuery
from budgetbot.notifiers import slack_limits as limits
from budgetbot.notifiers.slack_chart import native
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import LINE, bullets, context, monospaced, said
from budgetbot.notifiers.slack_text import fallback, mrkdwn
from budgetbot.notifiers.wording_why import why_parts

ROWS = 20
_BAR = 12  # characters: a table must not wrap beside a side bar
_TEXT = 3_000


def spend_answer(answer: Mapping[str, Json], query: SpendQuery, now: datetime) -> Answer:
    """`answer` in the shape of core.spend.answer. Rows that follow time have a chart too, the last 20 of them."""
    title, change = spend_title(query, currency_of(answer)), compared(answer, query)
    lines, rest = _table(answer, query)
    chart = spend_chart(answer, query, now)
    total, why, notes = _total(answer), _why(answer, query), unconverted(answer, query)
    markup = [f"*{mrkdwn(total, 80)}*", mrkdwn(title, 600), *(mrkdwn(line, 300) for line in _parts(answer))]
    markup += [f"*{mrkdwn(change, 300)}*"] if change else []
    blocks: list[Block] = [said("\n".join(markup)), *bullets(mrkdwn(why[0], 200), _escaped(why[1]))]
    blocks += [native(chart)] if chart else []
    blocks += monospaced("", lines)
    blocks += [said(mrkdwn(rest, 200))] if rest else []
    blocks += [said(mrkdwn(f"Note: {note}", 800)) for note in notes[:3]]
    blocks.append(context([_sentence(freshness(answer))]))
    text = [f"{title}: {total}", *_parts(answer), change, *why, *([chart.told()] if chart else []), *lines, rest]
    flat = [line for part in text for line in ([part] if isinstance(part, str) else part) if line]
    return Answer(fallback("\n".join([*flat, *notes, freshness(answer)]), _TEXT), _fitted(blocks), query.share)


def _total(answer: Mapping[str, Json]) -> str:
    """The amount, where one is known: what was not read yet must not look like nothing."""
    return show(nano_of(answer["total"]), currency_of(answer)) if rows(answer["rows"]) else nothing(answer)


def _parts(answer: Mapping[str, Json]) -> list[str]:
    """ "$812.40 billed, $21.10 estimated (between $829.00 and $840.50 in all)" """
    if not rows(answer["rows"]) or not nano_of(answer["estimated"]):
        return []
    amounts = (show(nano_of(answer[name]), currency_of(answer)) for name in ("billed", "estimated", "low", "high"))
    billed, estimated, low, high = amounts
    return [f"{billed} billed, {estimated} estimated (between {low} and {high} in all)"]


def _why(answer: Mapping[str, Json], query: SpendQuery) -> tuple[str, list[str]]:
    causes = rows(answer.get("why"))
    if query.compare is None or not query.why:
        return "", []
    head, parts = why_parts(causes, query.compare[1], currency_of(answer))
    return head or f"Why: nothing changed against {query.compare[1]}", parts


def _escaped(lines: list[str]) -> list[str]:
    return [mrkdwn(line, LINE) for line in lines]


def _table(answer: Mapping[str, Json], query: SpendQuery) -> tuple[list[str], str]:
    """At most so many rows, of those that follow time the latest; and what is left out."""
    found = rows(answer["rows"])
    other = [row for row in found if row.get("other")]
    named, most = [row for row in found if not row.get("other")], ROWS - len(other)
    kept = named[-most:] if query.by_time else named[:most]
    sure = nano_of(answer["estimated"]) * 100 < nano_of(answer["total"])  # the total tells so little of it
    more: dict[str, Json] = {"estimated": "0"} if sure else {}
    whole: list[Json] = [{**row, **more} for row in (*kept, *other)]
    lines = table({**answer, "rows": whole}, query, _BAR)
    rest = len(named) - len(kept)
    return lines, f"and {rest:,} {'earlier' if query.by_time else 'more'}" if rest else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _fitted(blocks: list[Block]) -> list[Block]:
    """What stands before the last block, which says how fresh the data is, is missed least."""
    while limits.total(blocks) > limits.TOTAL:
        del blocks[-2]
    return blocks
