"""What is known of an alert as plain text: the numbers, its story, who was told, what changed since. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from budgetbot.chat.telling.sections import joined, rows, section
from budgetbot.core.model import Json
from budgetbot.core.money import exact, nano, show
from budgetbot.core.restatement import restated_words, told_of
from budgetbot.core.text import clean, utc
from budgetbot.notifiers.table import columns
from budgetbot.notifiers.wording_why import alert_why

_ELSEWHERE = frozenset({"complete_to", "settled_to", "restated", "change"})
_DRIVERS = 12


def explanation_text(said: Mapping[str, Json]) -> str:
    """Text for what `budgetbot explain ALERT_ID --json` prints; names in it are made safe to show."""
    return joined([head(said), *(section(title, lines) for title, lines in sections(said))])


def sections(said: Mapping[str, Json], drivers: int = _DRIVERS) -> list[tuple[str, list[str]]]:
    """The titles under the head, and the lines of each; some may have none."""
    return [
        ("Numbers", [f"{name}: {value}" for name, value in _numbers(said)]),
        ("Driven by", _drivers(said, drivers)),
        _change(said),
        ("What became of it", [_event(row) for row in rows(said["events"])]),
        ("Told", columns(_TOLD, [_delivery(row) for row in rows(said["deliveries"])])[1:]),
        ("Since it fired", _restated(said)),
        _derived(said),
    ]


_TOLD = ("", "", "", "", "")


def head(said: Mapping[str, Json]) -> str:
    """What it is, and how fresh what is known of it."""
    fired = utc(_text(said["fired_at"]))
    complete, settled = utc(_text(said["complete_to"])), utc(_text(said["settled_to"]))
    lines = [
        clean(str(said["summary"]), 300),
        f"alert {clean(str(said['id']), 60)} of rule {clean(str(said['rule']), 60)}, {said['state']}"
        f"{f', fired at {fired}' if fired else ''}",
        f"data complete to {complete or 'no moment yet'}, bill settled to {settled or 'no day yet'}",
    ]
    if policy := said["policy_hash"]:
        lines.append(f"policy {clean(str(policy), 80)}")
    return "\n".join(lines)


def _numbers(said: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    evidence = said["evidence"]
    for name, value in evidence.items() if isinstance(evidence, dict) else ():
        if name not in _ELSEWHERE and value is not None:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield clean(name, 40).replace("_", " "), clean(shown, 200)


def _drivers(said: Mapping[str, Json], most: int) -> list[str]:
    evidence = said["evidence"]
    currency = clean(str(evidence.get("currency") or "USD"), 8) if isinstance(evidence, dict) else "USD"
    found = rows(said["drivers"])
    lines = [_driver(row, currency) for row in found[:most]]
    return [*lines, f"and {len(found) - most} more"] if len(found) > most else lines


def _change(said: Mapping[str, Json]) -> tuple[str, list[str]]:
    evidence = said["evidence"]
    head, causes = alert_why(evidence) if isinstance(evidence, dict) else ("", ())
    return head, list(causes)


def _driver(row: Mapping[str, Json], currency: str) -> str:
    name = clean(str(row["name"] or ""), 60) or "unattributed"
    owner = f", owner {clean(str(row['owner']), 60)}" if row["owner"] else ""
    return f"{clean(str(row['dimension']), 40).replace('_', ' ')} {name}: {_money(row['amount'], currency)}{owner}"


def _event(row: Mapping[str, Json]) -> str:
    was, now, reason = row["from"], row["to"], row["reason"]
    step = f"{was} to {now}" if was and was != now else str(now)
    detail = row["detail"] if isinstance(row["detail"], dict) else {}
    why = f" ({clean(str(reason), 40)})" if reason else ""
    facts = [f"{name} {_fact(detail[name])}" for name in ("by", "until", "spent", "line", "reason") if detail.get(name)]
    return f"{utc(_text(row['at']))}  {step}{why}{': ' + ', '.join(facts) if facts else ''}"


def _fact(value: Json) -> str:
    return utc(_text(value)) or clean(str(value), 60)


def _delivery(row: Mapping[str, Json]) -> list[str]:
    moment = utc(_text(row["sent_at"])) or utc(_text(row["next_at"])) or ""
    error = clean(str(row["last_error"]), 120) if row["last_error"] else ""
    return [clean(str(row["receiver"]), 60), str(row["reason"]), str(row["status"]), moment, error]


def _restated(said: Mapping[str, Json]) -> list[str]:
    words = restated_words(told_of(said["restated"]), most=31)
    return [f"the bill of {words}"] if words else []


def _derived(said: Mapping[str, Json]) -> tuple[str, list[str]]:
    """What was derived once more, and whether it is what the alert said."""
    told = said.get("rederived")
    if not isinstance(told, dict):
        return "", []
    lines = []
    for check in rows(told["checks"]):
        verdict = {True: "equal", False: "NOT EQUAL", None: "cannot be told"}[
            check["equal"] if isinstance(check["equal"], bool) else None
        ]
        lines.append(
            f"{verdict}: {check['what']}: {clean(str(check['said']), 60)}; found {clean(str(check['found']), 200)}"
        )
    return f"Derived once more: {'equal' if told['equal'] else 'NOT EQUAL'}", lines


def _money(amount: Json, currency: str) -> str:
    return show(nano(exact(amount)), currency)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
