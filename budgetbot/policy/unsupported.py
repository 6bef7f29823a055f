"""Parts of the grammar that this version does not know yet: refused by name, never passed over."""

from __future__ import annotations

from budgetbot.rules.wrong import Way

RESERVED = frozenset({"actions", "heartbeat"})
_FIELDS: dict[tuple[str, ...], frozenset[str]] = {
    (): frozenset({"anomalies", "burn_rates"}),
}


def refusal(way: Way) -> str | None:
    """What to say of a key that no model knows, where the grammar does; None where nobody knows it."""
    parent, key = tuple(step for step in way[:-1] if isinstance(step, str)), way[-1]
    if key in RESERVED:
        return f"`{key}` is reserved for a later version of budgetbot; remove it"
    if key in _FIELDS.get(parent, ()):
        return f"`{key}` is not supported by this version of budgetbot; remove it"
    return None
