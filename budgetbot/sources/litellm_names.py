"""Names of keys and teams: the activity tells them beside the numbers, so they are kept from one pull to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from budgetbot.core.model import Entity
from budgetbot.sources.litellm_parse import Key

_NOTE = "names"
_MOST = 10_000


class Names:
    """What was ever told of the keys of one proxy; of more than 10,000 the first ones are forgotten."""

    def __init__(self, memory: MutableMapping[str, str], source: str) -> None:
        self._memory = memory
        self._source = source

    def learn(self, keys: Mapping[str, Key]) -> None:
        """Writes what is new. A name that is told no more, as of a deleted key, stays what it was."""
        known = self._known()
        learnt = dict(known)
        for id, key in keys.items():
            told = {field: value for field, value in key._asdict().items() if value is not None}
            learnt[id] = known.get(id, Key())._replace(**told)
        if learnt != known:
            kept = dict(list(learnt.items())[-_MOST:])
            self._memory[_NOTE] = json.dumps({id: list(key) for id, key in kept.items()}, separators=(",", ":"))

    def entities(self) -> Iterator[Entity]:
        """Teams as projects, then keys with the team they belong to and the address of their owner."""
        keys = self._known()
        teams: dict[str, str | None] = {}
        for key in keys.values():
            if key.team is not None:
                teams[key.team] = key.team_alias or teams.get(key.team)
        for team, alias in teams.items():
            yield Entity(self._source, "project", team, alias)
        for id, key in keys.items():
            status = {True: "active", False: "deleted", None: None}[key.exists]
            yield Entity(self._source, "api_key", id, key.alias, status, key.owner, key.team)

    def _known(self) -> dict[str, Key]:
        try:
            content: Any = json.loads(self._memory.get(_NOTE, "{}"))
            return {id: Key(*fields) for id, fields in content.items()}
        except (ValueError, TypeError, AttributeError):
            return {}
