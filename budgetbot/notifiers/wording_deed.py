"""What people did about an alert, in words; and a raise as the lines of a policy. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from budgetbot.core.foretold import day_and_time, moment
from budgetbot.core.model import Json, Scope
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit
from budgetbot.core.usage import COUNTED
from budgetbot.policy.grant_lines import grant_lines

Deed = Mapping[str, Json]


def deed_words(deed: Deed) -> str:
    """One or two whole sentences; names are cleaned of control characters, not escaped for any markup."""
    who = _who(deed.get("by"))
    match deed.get("what"):
        case "acknowledged":
            return f"Acknowledged by {who}{_until(deed)}."
        case "unacknowledged":
            return f"Not acknowledged any more: {who} has let go of it."
        case "snoozed":
            return f"Snoozed{_until(deed)}{f' by {who}' if deed.get('by') else ''}{_why(deed)}."
        case "not_mine":
            return f"Not theirs: {who}; {_passed_on(deed)}."
        case "planned_granted":
            kept = "Until then no forecast, anomaly or burn rate speaks of it; budgets still fire."
            return f"{who} plans {_amount(deed)} of {_rule(deed)}{_until(deed)}{_why(deed)}. {kept}"
        case "planned_ended":
            return f"{who} has ended the planned spend of {_rule(deed)}."
    return _raise(deed, who)


def _raise(deed: Deed, who: str) -> str:
    asker, size = _who(deed.get("asked_by")), f"{_rule(deed)} by {_amount(deed)}"
    match deed.get("what"):
        case "grant_asked":
            return f"{asker} asks to raise {size}{_until(deed)}{_why(deed)}; a second person has to agree."
        case "grant_granted" if who == asker:
            return f"{who} has raised {size}{_until(deed)}{_why(deed)}."
        case "grant_granted":
            return f"{who} agrees with {asker}: {_rule(deed)} is raised by {_amount(deed)}{_until(deed)}{_why(deed)}."
        case "grant_refused":
            return f"{who} refuses to raise {size}, which {asker} asked for{_why(deed)}."
        case "grant_ended":
            return f"{who} has ended the raise of {size}."
    return f"{who}: {clean(str(deed.get('what') or 'something was done'), 60).replace('_', ' ')}."


def deed_lines(deed: Deed, scope: Scope) -> str:
    """What was granted in one scope, as the lines of a policy."""
    told = {name: str(deed.get(name) or "") for name in ("since", "until", "reason")}
    return grant_lines(
        budget=str(deed.get("rule") or ""),
        amount=_size(deed),
        unit=str(deed.get("currency") or "USD"),
        approved_by=str(deed.get("by") or ""),
        scope=scope,
        **told,
    )


def _who(by: Json) -> str:
    return clean(str(by or ""), 100) or "somebody"


def _rule(deed: Deed) -> str:
    return clean(str(deed.get("rule") or ""), 60) or "it"


def _until(deed: Deed) -> str:
    until = moment(deed.get("until"))
    return f" until {day_and_time(until)}" if until else ""


def _why(deed: Deed) -> str:
    reason = clean(str(deed.get("reason") or ""), 200).rstrip(".")
    return f": {reason}" if reason else ""


def _passed_on(deed: Deed) -> str:
    to = deed.get("to")
    names = [clean(str(name), 60) for name in to[:10]] if isinstance(to, list) else []
    return f"told {', '.join(names)} now" if names else "there is nobody else to tell"


def _amount(deed: Deed) -> str:
    size, currency = _size(deed), clean(str(deed.get("currency") or "USD"), 40)
    return f"{size:,} {currency}" if currency in COUNTED else Unit(currency).limit(size)


def _size(deed: Deed) -> int:
    size = str(deed.get("amount"))
    return int(size) if re.fullmatch(r"[0-9]{1,18}", size, re.ASCII) else 0
