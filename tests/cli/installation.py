"""One installation whose database a test can write to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from budgetbot.store import Store, open_store
from tests.standins.inside import Inside

POLICY = """
version: 1
receivers:
  - {name: screen, console: {}}
routes:
  - {to: [screen]}
"""


class Installation(Inside):
    """A folder with a policy and a database on SQLite; nothing in the environment."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, POLICY, {})

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, opened and closed again."""
        with closing(open_store(f"sqlite:///{self.folder / 'budgetbot.db'}")) as opened:
            yield opened

    def json(self, *arguments: str, exits: int = 0) -> Any:
        """What a command prints as JSON, whatever it thinks of it."""
        return json.loads(self.run(*arguments, "--json", exits=exits))
