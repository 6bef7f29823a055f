"""Who may do what in chat, and the sentence why not. Decides on the policy; groups are asked of `Members`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from budgetbot.chat.who import Who
from budgetbot.policy.policy import Policy

Right: TypeAlias = Literal["acknowledge", "raise"]
_NAMED = 8


class Members(Protocol):
    """Knows who belongs to a group of the workspace."""

    def in_any(self, user_id: str, wanted: Sequence[str]) -> bool:
        """Whether the user is one of these: users (U...), user groups (S...), or everyone."""
        ...


def why_not(policy: Policy, right: Right, who: Who, members: Members) -> str | None:
    """Why somebody may not do it, with what helps; None where they may."""
    wanted = policy.access.acknowledge if right == "acknowledge" else policy.access.raise_limit
    if _meant(wanted, who, members):
        return None
    section = policy.places.get("access:0")
    if right == "raise" and not wanted:
        return f"Nobody may raise a budget in chat: the policy does not say who. {_missing(section)}"
    field = "access.acknowledge" if right == "acknowledge" else "access.raise.who"
    where = f" in {section}" if section else ""
    return f"Only {_named(wanted)} may do this, by {field}{where}; you are {who.id}. Ask one of them."


def may_see_users(policy: Policy, who: Who, members: Members) -> bool:
    """Whether somebody may see spend by user."""
    return _meant(policy.access.spend_by_user, who, members)


def only_who_may_see_users(policy: Policy) -> str:
    """Who may, in a sentence."""
    section = policy.places.get("access:0")
    where = f" in {section}" if section else ""
    return f"Only {_named(policy.access.spend_by_user)} may see spend by user, by access.spend_by_user{where}."


def same_person(by: str, who: Who) -> bool:
    """Whether that was them, by the id: a name can be changed, and two people may share one."""
    return by == Who(who.id).by or (by.startswith("Slack: ") and by.endswith(f" ({who.id})"))


def _meant(wanted: Sequence[str], who: Who, members: Members) -> bool:
    return bool(wanted) and members.in_any(who.id, wanted)


def _named(wanted: Sequence[str]) -> str:
    more = f" and {len(wanted) - _NAMED} more" if len(wanted) > _NAMED else ""
    return ", ".join(wanted[:_NAMED]) + more if wanted else "nobody"


def _missing(section: str | None) -> str:
    line = "raise: {who: [U0LEAD, S0LEADS]}"
    return f"Add under access ({section}): {line}" if section else f"Add to it: access: {{{line}}}"
