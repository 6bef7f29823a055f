"""Which rules speak of some spend and whom they would tell, as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from budgetbot.chat.telling.sections import items, joined, rows, section
from budgetbot.core.model import Json
from budgetbot.core.text import clean

_SCOPES = 3


def applied_text(said: Mapping[str, Json]) -> str:
    """Text for what `budgetbot explain PROJECT --json` prints; names in it are made safe to show."""
    rules = rows(said["rules"])
    parts = [
        "\n".join(_head(said)),
        section("Rules that speak of it", [line for row in rules if row["applies"] for line in _rule(row)]),
        section("Rules that do not", [_silent(row) for row in rules if not row["applies"]]),
        section("Routes", [_route(row) for row in rows(said["routes"])]),
        section("For a time", [clean(str(line), 200) for line in items(said["exceptions"])]),
    ]
    return joined(parts)


def _head(said: Mapping[str, Json]) -> Iterator[str]:
    for title, names in (("", said["about"]), ("known as: ", said["known"]), ("labels: ", said["labels"])):
        if isinstance(names, dict) and names:
            yield title + "; ".join(f"{clean(name, 40)} {_some(items(values))}" for name, values in names.items())


def _rule(row: Mapping[str, Json]) -> Iterator[str]:
    yield clean(str(row["meaning"]), 200) + _place(row["where"])
    alerts = rows(row["alerts"])
    for (level, severity, told), alike in groupby(alerts, key=lambda a: (a["level"], a["severity"], _told(a))):
        scopes = [_scope(alert) for alert in alike]
        named = [scope for scope in scopes if scope]
        whose = f" for {_some(list(named), _SCOPES)}" if named else ""
        yield f"  {f'{clean(str(level), 40)} ' if level else ''}({severity}){whose}: {told}"
    if not alerts:
        yield "  nothing to tell of so far"


def _told(alert: Mapping[str, Json]) -> str:
    parts = [_some(items(alert["to"]))] if items(alert["to"]) else []
    for one in rows(alert["escalations"]):
        steps = ", ".join(f"{_some(items(s['to']))} {_when(s['after'])}" for s in rows(one["steps"]))
        parts.append(f"escalation {clean(str(one['name']), 60)} ({steps})")
    if items(alert["waits"]):
        parts.append(f"{_some(items(alert['waits']))} later, muted now")
    by = ", ".join(clean(str(where), 80) for where in items(alert["routes"]))
    text = (" and ".join(parts) or "nobody now") + (f", by {by}" if by else "")
    return f"{text}; silenced now" if alert["silenced"] else text


def _when(after: Json) -> str:
    return "at once" if after == "0m" else f"after {after}"


def _silent(row: Mapping[str, Json]) -> str:
    return f"{clean(str(row['rule']), 100)}: {clean(str(row['why_not']), 200)}{_place(row['where'])}"


def _place(where: Json) -> str:
    return f"  ({clean(str(where), 80)})" if where and where != "built in" else ""


def _route(row: Mapping[str, Json]) -> str:
    to = _some(items(row["to"])) or f"escalation {clean(str(row['escalation']), 60)}"
    takes = _some(items(row["takes"]), 6)
    what = f"takes {takes}" if takes else f"takes none of these: {clean(str(row['why_not']), 200)}"
    return f"{clean(str(row['where']), 80)} to {to}: {what}{', and goes on' if row['continue'] else ''}"


def _scope(alert: Mapping[str, Json]) -> str:
    scope = alert["scope"]
    return (
        ", ".join(str(value) if value is not None else "none" for value in scope.values())
        if isinstance(scope, dict)
        else ""
    )


def _some(words: Sequence[Json], most: int = 8) -> str:
    shown = ", ".join(clean(str(word), 60) for word in words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown
