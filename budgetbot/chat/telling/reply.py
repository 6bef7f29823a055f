"""Answers as plain text for a terminal: spend, budgets, alerts. Pure; names from outside are made safe to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from budgetbot.chat.telling.sections import rows as objects
from budgetbot.core.fx import declaration
from budgetbot.core.match import Match
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano, percent, show
from budgetbot.core.spend import TIMES, SpendQuery
from budgetbot.core.text import clean, utc
from budgetbot.core.unit import unit_of
from budgetbot.notifiers.table import columns
from budgetbot.notifiers.wording_why import why_text

_BAR = 20
_DAY = timedelta(days=1)


def spend_text(answer: Mapping[str, Json], query: SpendQuery) -> str:
    """The answer to `query`, in the shape of core.spend.answer, as a table under its total."""
    lines = [f"{spend_title(query, currency_of(answer))}: {_money(answer['total'], answer)}{_estimated(answer)}"]
    if change := compared(answer, query):
        lines.append(change)
    if query.compare is not None and (why := objects(answer.get("why"))):
        lines.append(why_text(why, query.compare[1], currency_of(answer)))
    lines += ["", *(table(answer, query) or [nothing(answer)]), ""]
    return "\n".join([*lines, *unconverted(answer, query), freshness(answer)])


def unconverted(answer: Mapping[str, Json], query: SpendQuery) -> list[str]:
    """What the rates do not reach, and the line of the policy that is missing."""
    lines, currency = [], currency_of(answer)
    since = min(span.start for span in query.spans).astimezone(UTC).date().isoformat()
    if wanted := answer.get("wanted"):
        wanted = clean(str(wanted), 8)
        over = f", and nothing is left out for being under {show(query.over, wanted)}" if query.over else ""
        fix = declaration([currency], wanted, since)
        lines.append(f"shown in {currency}, as not all of it has an exchange rate to {wanted}{over}; add {fix}")
    for part, whole in ((answer, "the total"), (answer["compare"], query.compare[1] if query.compare else "")):
        others = part.get("unconverted") if isinstance(part, Mapping) else None
        if isinstance(others, dict):
            amounts = ", ".join(show(nano_of(amount), clean(code, 8)) for code, amount in others.items())
            fix = declaration([clean(code, 8) for code in others], currency, since)
            lines.append(f"not in {whole}, for want of an exchange rate: {amounts}; add {fix}")
    return lines


def spend_title(query: SpendQuery, currency: str) -> str:
    """What was asked, as it was understood."""
    over = f", over {show(query.over, query.currency or currency)}" if query.over is not None else ""
    top = f", top {query.top}" if query.top is not None else ""
    wanted = "".join(f", {words}" for words in _match_words(query.match))
    return f"Spend, {query.label}{wanted}, by {' and '.join(clean(name, 40) for name in query.by)}{over}{top}"


def _match_words(match: Match) -> list[str]:
    words = []
    for name, patterns in match.fields:
        for text, values in (("", patterns.wanted), ("not ", patterns.unwanted)):
            if values:
                words.append(f"{text}{clean(name, 40)}:{' or '.join(clean(value, 40) for value in values)}")
    return words


def _estimated(answer: Mapping[str, Json]) -> str:
    if not nano_of(answer["estimated"]):
        return ""
    amount, low, high = (_money(answer[name], answer) for name in ("estimated", "low", "high"))
    return f" ({amount} of it estimated; between {low} and {high})"


def compared(answer: Mapping[str, Json], query: SpendQuery) -> str:
    """The other days, and the change against them; "" where nothing is compared."""
    other = answer["compare"]
    if not isinstance(other, dict) or query.compare is None:
        return ""
    change, before = nano_of(other["change"]), nano_of(other["total"])
    sign = "+" if change >= 0 else ""
    share = f" ({sign}{percent(change, before)})" if before > 0 else ""
    return (
        f"{query.compare[1]}: {_money(other['total'], answer)}; change {sign}{_money(other['change'], answer)}{share}"
    )


def table(answer: Mapping[str, Json], query: SpendQuery, bar: int = _BAR) -> list[str]:
    """The rows under their head, with bars of at most `bar` characters; nothing where there are none."""
    rows = objects(answer["rows"])
    if not rows:
        return []
    whole, amounts = nano_of(answer["total"]), [nano_of(row["amount"]) for row in rows]
    guessed = any(nano_of(row["estimated"]) for row in rows)
    cells = [
        [
            _name(row, query),
            _money(row["amount"], answer),
            *([_money(row["estimated"], answer)] if guessed else []),
            percent(amount, whole),
        ]
        for row, amount in zip(rows, amounts, strict=True)
    ]
    head = [" / ".join(clean(name, 40) for name in query.by), "amount", *(["estimated"] if guessed else []), "share"]
    largest = max(*amounts, 1)
    bars = ["", *("█" * (max(amount, 0) * bar // largest) or ("▏" if amount > 0 else "") for amount in amounts)]
    return [f"{line}  {bar}".rstrip() for line, bar in zip(columns(head, cells), bars, strict=True)]


def nothing(answer: Mapping[str, Json]) -> str:
    """Nothing was spent, or nothing is known: the two must not look alike."""
    complete, period = _text(answer["complete_to"]), answer["period"]
    end = _text(period["end"]) if isinstance(period, dict) else None
    known = complete and end and datetime.fromisoformat(complete) >= datetime.fromisoformat(end)
    if answer.get("unconverted"):
        return f"Nothing was spent in {currency_of(answer)}."
    return "Nothing was spent." if known else "No spend is known yet."


def _name(row: Mapping[str, Json], query: SpendQuery) -> str:
    by = row.get("by")
    if not isinstance(by, dict):
        return "(all others)"
    return " / ".join(_part(name, by.get(name)) for name in query.by)


def _part(name: str, value: Json) -> str:
    if value is None:
        return f"({name} not known)" if name in TIMES else "(unattributed)"
    return clean(str(value), 60) or "(blank)"


def freshness(answer: Mapping[str, Json]) -> str:
    """How far the answer is known, and how far it is final."""
    complete, settled = utc(_text(answer["complete_to"])), utc(_text(answer["settled_to"]))
    if "as_of" in answer:
        return f"the bill alone, as known at {utc(_text(answer['as_of']))}"
    if complete is None:
        return "not every source was read whole yet, so more may have been spent"
    return f"complete to {complete}, settled to {settled or 'no day yet'}"


def budgets_text(rows: Sequence[Mapping[str, Json]], now: datetime) -> str:
    """Every budget, in the shape `budgets` of the JSON: what is spent of it, and what is left."""
    if not rows:
        return "No budgets are declared."
    cells = [
        [
            _budget_name(row),
            _ratio(row),
            percent(nano_of(row["spent"]), nano_of(row["effective_amount"])),
            str(row["state"]),
            _left(row, now),
        ]
        for row in rows
    ]
    lines = columns(["budget", "spent", "share", "state", "left"], cells)
    return "\n".join([*lines, *(_uncounted(row) for row in rows if row.get("unconverted"))])


def _uncounted(row: Mapping[str, Json]) -> str:
    """What a budget leaves out, and the line of the policy that is missing."""
    others = row["unconverted"] if isinstance(row["unconverted"], dict) else {}
    codes = {clean(code, 8): show(nano_of(amount), clean(code, 8)) for code, amount in others.items()}
    since = str(row["period"]["start"])[:10] if isinstance(row["period"], dict) else "..."
    fix = declaration(codes, currency_of(row), since)
    return f"{_budget_name(row)} does not count {', '.join(codes.values())}, for want of an exchange rate; add {fix}"


def _budget_name(row: Mapping[str, Json]) -> str:
    scope = row["scope"] if isinstance(row["scope"], dict) else {}
    parts = [_part(name, value) for name, value in scope.items()]
    return clean(str(row["name"]), 60) + (f": {' / '.join(parts)}" if parts else "")


def _ratio(row: Mapping[str, Json]) -> str:
    unit, spent, whole = unit_of(row), nano_of(row["spent"]), nano_of(row["effective_amount"])
    return unit.ratio(spent, whole) if unit.counts else f"{unit.show(spent)} of {unit.show(whole)}"


def _left(row: Mapping[str, Json], now: datetime) -> str:
    """What is left, and per day where the period goes on after today; a rolling window never does."""
    left, show = nano_of(row["effective_amount"]) - nano_of(row["spent"]), unit_of(row).show
    if left < 0:
        return f"{show(-left)} over"
    remaining = _end(row) - now
    if remaining <= _DAY:
        return show(left)
    days = -(-remaining // _DAY)
    return f"{show(left)}, {show(left // days)} a day"


def alerts_text(rows: Sequence[Mapping[str, Json]]) -> str:
    """Alerts, in the shape `alerts` of the JSON: id and state, then the alert in one line, then who looks after it."""
    return "\n".join(line for row in rows for line in _alert(row)) or "No alerts."


def _alert(row: Mapping[str, Json]) -> list[str]:
    over = row["state"] == "resolved"
    since = utc(_text(row["resolved_at" if over else "fired_at"]))
    reason = f" ({clean(str(row['reason']), 40)})" if over and row["reason"] else ""
    head = f"{clean(str(row['id']), 60)}  {row['state']}{reason}{f' since {since}' if since else ''}"
    return [head, f"  {clean(str(row['summary']), 200)}", *([f"  {facts}"] if (facts := _facts(row)) else [])]


def _facts(row: Mapping[str, Json]) -> str:
    by, until = row["acknowledged_by"], utc(_text(row["snoozed_until"]))
    said = [
        f"acknowledged by {clean(str(by), 60)}" if by else "",
        f"snoozed until {until}" if until and row["silenced"] else "",
        "a higher level speaks for it" if row["inhibited"] else "",
    ]
    return "; ".join(one for one in said if one)


def _money(amount: Json, row: Mapping[str, Json]) -> str:
    return show(nano_of(amount), currency_of(row))


def currency_of(row: Mapping[str, Json]) -> str:
    """The currency of an answer or a row."""
    return clean(str(row.get("currency", "USD")), 8)


def nano_of(amount: Json) -> Nano:
    """An amount of the JSON in nano-units."""
    return nano(exact(amount))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _end(row: Mapping[str, Json]) -> datetime:
    period = row["period"]
    return datetime.fromisoformat(str(period["end"])) if isinstance(period, dict) else datetime.max.replace(tzinfo=UTC)
