"""Who asks, and what of the spend is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.vocabulary import Meant, Vocabulary
from budgetbot.chat.asking.words import shown
from budgetbot.core.match import NONE


@dataclass(frozen=True, slots=True)
class Me:
    """The addresses, names and ids that the person who asks is known by: foreign text."""

    names: tuple[str, ...] = ()


def mine(me: Me | None, vocabulary: Vocabulary) -> list[Meant]:
    """What they own, by the label `owner`; where nothing has that owner, what they use. Raises NotUnderstood."""
    names = [name for name in me.names if name and name != NONE] if me else []
    if not names:
        raise NotUnderstood("who `me` is cannot be known here; write owner:NAME or user:NAME")
    for dimension in ("owner", "user"):
        if found := [vocabulary.value(dimension, name) for name in names if vocabulary.knows(name, dimension)]:
            return found
    raise NotUnderstood(f"nothing here is known to be of {shown(names[0])}: no label owner, and no user, is called so")
