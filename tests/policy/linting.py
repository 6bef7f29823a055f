"""Policies written as people write them, linted against a history made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from budgetbot.core.model import Entity
from budgetbot.notifiers import KINDS
from budgetbot.policy.lint import Remark, Report, lint
from budgetbot.policy.load import load_policy
from budgetbot.policy.schema import Registries
from tests.standins.spend import Spend, fresh, history, usd, utc

NOW = utc("2026-11-20T09:00")
SCREEN = "receivers: [{name: screen, console: {}}, {name: wall, console: {}}]\nroutes: [{to: [screen, wall]}]\n"
_REGISTRIES = Registries(notifiers=KINDS, sources={"openai", "litellm", "openrouter"})


def budget(name: str = "b", more: str = "", amount: str = "1000", severity: str = "warning") -> str:
    """One item of budgets, a month with one level, with more of its fields."""
    return (
        f"  - {{name: {name}, amount: {amount}, period: month, "
        f"thresholds: [{{at: 80%, severity: {severity}}}]{', ' if more else ''}{more}}}\n"
    )


def budgets(*items: str) -> str:
    """The section."""
    return "budgets:\n" + "".join(items)


@dataclass
class Lint:
    """What was spent, and who cannot be told; `of` lints a policy."""

    folder: Path
    rows: list[Spend] = field(
        default_factory=lambda: [
            usd("2026-10-10", 600, "web", api_key="k1"),
            usd("2026-10-11", 400, "research", api_key="k2"),
            usd("2026-11-10", 100, "web", api_key="k1"),
        ]
    )
    lacking: Mapping[str, str] = field(default_factory=dict)
    entities: Iterable[Entity] = ()
    now: datetime = NOW

    def of(self, policy: str) -> Report:
        """Everything that is remarked."""
        file = self.folder / "p.yaml"
        file.write_text(f"version: 1\n{policy}")
        found = load_policy(file, _REGISTRIES)
        known = history(self.rows, [fresh(self.now)], self.entities, found.labels)
        return lint(found, known, self.now, self.lacking)

    def found(self, code: str, policy: str) -> list[Remark]:
        """The remarks of one code."""
        return [remark for remark in self.of(policy).remarks if remark.code == code]

    def said(self, code: str, policy: str) -> list[str]:
        """The same as "line level name: message"."""
        lines = ((one.where.rpartition(":")[2], one) for one in self.found(code, policy))
        return [" ".join(filter(None, (line, one.level, f"{one.name}: {one.message}"))) for line, one in lines]
