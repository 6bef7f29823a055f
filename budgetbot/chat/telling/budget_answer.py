"""`/budget` as a message of Slack: one budget in full, or all that are meant, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from budgetbot.chat.answer import Answer
from budgetbot.chat.asking.words import normal
from budgetbot.chat.telling.budget_words import Row, budget_name, by_risk, chosen, course, gauge, grants, standing
from budgetbot.core.model import Json
from budgetbot.core.text import utc
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_text import fallback, mrkdwn, mrkdwn_object

_MOST = 12  # budgets in one message


def budget_answer(rows: Sequence[Row], words: str, now: datetime) -> Answer:
    """The answer; `share` among the words lets all read it. Raises NotUnderstood."""
    said = normal(words).split()
    name = " ".join(word for word in said if word.casefold() != "share")
    found = by_risk(chosen(rows, name))
    if not found:
        return Answer("No budgets are declared.", [_section("No budgets are declared.")])
    shown = found[:_MOST]
    blocks = [_section(_described(row, now, full=len(shown) == 1)) for row in shown]
    if rest := len(found) - len(shown):
        blocks.append(_section(f"and {rest} more; `/budget NAME` shows one, `*` stands for any letters"))
    text = "\n".join(f"{budget_name(row)}: {standing(row)}; {course(row, now)}" for row in shown)
    return Answer(fallback(text, 3_000), [*blocks, _freshness(shown[0])], public=len(said) != len(name.split()))


def _described(row: Row, now: datetime, *, full: bool) -> str:
    lines = [f"*{mrkdwn(budget_name(row), 160)}*", f"`{gauge(row)}` {mrkdwn(standing(row), 300)}"]
    goes_on = course(row, now)
    if goes_on:
        lines.append(mrkdwn(goes_on[0].upper() + goes_on[1:], 300))
    if full:
        lines += [f"• {mrkdwn(line, 300)}" for line in [*_levels(row), *grants(row)][:10]]
    return "\n".join(lines)


def _levels(row: Row) -> list[str]:
    levels = row["levels"] if isinstance(row["levels"], list) else []
    return [f"{one['level']} ({one['severity']}): {one['state']}" for one in levels if isinstance(one, dict)]


def _section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn_object(text)}


def _freshness(row: Row) -> Block:
    complete = utc(_text(row["complete_to"]))
    said = f"Data complete to {complete}" if complete else "Not every source was read whole yet"
    return {"type": "context", "elements": [mrkdwn_object(said)]}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
