"""Changed policy files that are wrong: they are not in force, and somebody should mend them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

from budgetbot.core.model import Finding, Json, Scope, Severity
from budgetbot.core.summary import REFUSED
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.rule import Context, digest

NAME = "policy-reload"
_SHOWN = 10


class PolicyReload(BuiltIn):
    """Files that a running process has seen and refused, while it works by the last good ones."""

    kind: ClassVar[Literal["policy"]] = "policy"
    title: ClassVar[str] = NAME
    watches: ClassVar[str] = "changed policy files that are wrong (warning)"

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for the mistakes as they are, and for those that there were: these are over with the last of all.

        Each set of mistakes is told once, also where one is mended by making another.
        """
        loaded = context.history.loaded
        current = {_level(loaded.mistakes)} if loaded.mistakes else set()
        before = {level for scope, level in context.watched if scope == Scope().key}
        evidence: dict[str, Json] = {
            "mistakes": list(loaded.mistakes[:_SHOWN]),
            "mistakes_in_all": len(loaded.mistakes),
            "hash": loaded.hash,
        }
        return [
            Finding(
                rule=self.name,
                kind=self.kind,
                severity=Severity.WARNING,
                scope=Scope(),
                level=level,
                rank=0,
                line=0,
                active=level in current,
                clear=not current,
                evidence=evidence,
            )
            for level in sorted(current | before)
        ]


def _level(mistakes: Sequence[str]) -> str:
    """One for each set of mistakes, wherever in its file each of them stands."""
    said = sorted({re.sub(r":\d+:\d+: ", ": ", mistake, count=1) for mistake in mistakes})
    return f"{REFUSED} {digest(*said)[:8]}"
