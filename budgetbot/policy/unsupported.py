"""Parts of the grammar that this version does not know yet: refused by name, never passed over."""

from __future__ import annotations

from budgetbot.rules.wrong import Way

RESERVED = frozenset({"actions", "heartbeat"})


def refusal(way: Way) -> str | None:
    """What to say of a key that no model knows, where the grammar does; None where nobody knows it."""
    if way[-1] in RESERVED:
        return f"`{way[-1]}` is reserved for a later version of budgetbot; remove it"
    return None
