"""What stands in the Home tab: budgets by risk with their course, their open alerts, and what can be asked. Pure.

https://docs.slack.dev/reference/views/home-tab-views
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from budgetbot.chat.telling.budget_words import Row, budget_name, by_risk, course, gauge, standing
from budgetbot.core.model import Json
from budgetbot.core.text import utc
from budgetbot.notifiers.chart import trend_of
from budgetbot.notifiers.slack_buttons import button, button_row
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import context, header, said
from budgetbot.notifiers.slack_text import mrkdwn
from budgetbot.policy.board import Tile

BLOCKS = 100
_BUDGETS, _ALERTS = 20, 3  # shown; of each budget
_SIGNS = {"critical": "🚨", "warning": "⚠️"}
_ASK = (
    "`/spend` this month by project, `/spend by key last 7 days`, `/spend why yesterday`, `/spend me`\n"
    "`/budget` every budget, `/budget NAME` one in full; add `share` for the whole channel, `help` for more"
)


def home_view(
    tiles: Sequence[Tile], alerts: Sequence[Mapping[str, Json]], now: datetime, email: str
) -> dict[str, Json]:
    """The view. `alerts`: open ones, in the shape of the contract; `email`: of who looks, "" where it is not known."""
    mine = [tile.row for tile in tiles if tile.theirs]
    rows = by_risk(mine or [tile.row for tile in tiles])
    blocks: list[Block] = [header("Your budgets" if mine else "All budgets"), context([_whose(bool(mine), email)])]
    end: list[Block] = [{"type": "divider"}, said(f"*What you can ask, anywhere in Slack*\n{_ASK}"), _fresh(rows, now)]
    shown = 0
    for row in rows[:_BUDGETS]:
        more = [_budget(row, now), *_alerts(row, alerts)]
        if len(blocks) + len(more) + len(end) + 1 > BLOCKS:
            break
        blocks += more
        shown += 1
    if not rows:
        blocks.append(said("No budgets are declared."))
    if rest := len(rows) - shown:
        blocks.append(said(f"and {rest} more; `/budget` lists them"))
    return {"type": "home", "blocks": [*blocks, *end]}


def _whose(mine: bool, email: str) -> str:
    if mine:
        return f"What the policy labels as owned by {email}, and their teams; the one at most risk first."
    if email:
        return f"Nothing that a budget counts is labelled with the owner {email}, so here are all of them."
    return "Slack does not tell your e-mail address, so here are all budgets."


def _budget(row: Row, now: datetime) -> Block:
    lines = [f"*{mrkdwn(budget_name(row), 160)}*", f"`{gauge(row)}` {mrkdwn(standing(row), 300)}"]
    goes_on = course(row, now)
    if goes_on:
        lines.append(mrkdwn(goes_on[:1].upper() + goes_on[1:], 300))
    if chart := trend_of({**row, "trend": row.get("trend")}):
        lines.append(mrkdwn(chart.told(), 200))
    return said("\n".join(lines))


def _alerts(row: Row, alerts: Sequence[Mapping[str, Json]]) -> list[Block]:
    """What fires of a budget, each with what can be done about it."""
    found = [alert for alert in alerts if _is_of(alert, row)]
    blocks: list[Block] = []
    for alert in found[:_ALERTS]:
        sign = _SIGNS.get(str(alert["severity"]), "ℹ️")
        by, until = alert["acknowledged_by"], utc(_text(alert["snoozed_until"]) if alert["silenced"] else None)
        states = [f"acknowledged by {mrkdwn(str(by), 80)}"] if by else []
        states += [f"snoozed until {until}"] if until else []
        text = "; ".join([f"{sign} {mrkdwn(str(alert['summary']), 300)}", *states])
        blocks += [said(text), _buttons(str(alert["id"]), acknowledged=bool(by))]
    if rest := len(found) - len(blocks) // 2:
        blocks.append(context([f"and {rest} more alerts of it"]))
    return blocks


def _is_of(alert: Mapping[str, Json], row: Row) -> bool:
    """Whether it is about this budget and scope, and spoken of: a higher level speaks for a lower one."""
    about = (alert["rule"], alert["ids"], alert["state"]) == (row["name"], row["ids"], "firing")
    return about and not alert["inhibited"] and _start(alert) in (None, _start(row))


def _start(told: Mapping[str, Json]) -> str | None:
    period = told["period"]
    return utc(_text(period.get("start"))) if isinstance(period, dict) else None


def _buttons(id: str, *, acknowledged: bool) -> Block:
    acknowledge = [] if acknowledged else [button("alert:acknowledge", "Acknowledge", id, primary=True)]
    return button_row(f"alert:{id}", [*acknowledge, button("alert:details", "Details", id)])


def _fresh(rows: Sequence[Row], now: datetime) -> Block:
    complete = utc(_text(rows[0]["complete_to"])) if rows else None
    known = f"data complete to {complete}" if complete else "not every source was read whole yet"
    return context([f"As of {utc(now.isoformat())}; {known}."])


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
