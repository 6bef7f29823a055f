"""What lint has to say, as text and as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, percent, plain, show
from budgetbot.core.period import Span

Level: TypeAlias = Literal["error", "warning", "note"]
"""error: nobody would be told, or a rule is dead; warning: probably not what was meant; note: worth knowing."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was noticed: `code` is stable, `where` is "file:line", or empty for what stands in no file."""

    code: str
    level: Level
    where: str
    name: str
    message: str

    @property
    def text(self) -> str:
        """ "FILE:LINE: level: name: what; what to do [code]" """
        return f"{f'{self.where}: ' if self.where else ''}{self.level}: {self.name}: {self.message} [{self.code}]"

    @property
    def row(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "code": self.code,
            "level": self.level,
            "where": self.where or None,
            "name": self.name,
            "message": self.message,
        }

    @property
    def order(self) -> tuple[bool, str, int]:
        """By file and line; what stands in no file comes last."""
        place = re.fullmatch(r"(.+):(\d+)", self.where)
        return not self.where, place[1] if place else self.where, int(place[2]) if place else 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one project spent; `id` None for spend without a project."""

    name: str | None
    id: str | None
    amount: Nano


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the spend of `span` some rule with a working route watches; `uncovered` is the rest, dearest first.

    `last_month`: the span is the last complete month, else the last 30 days, as nothing was spent in that month.
    """

    currency: str
    span: Span
    last_month: bool
    total: Nano
    uncovered: tuple[Share, ...]

    @property
    def covered(self) -> Nano:
        """The part that is watched."""
        return self.total - sum(share.amount for share in self.uncovered)

    @property
    def text(self) -> str:
        """The headline."""
        whose = "last month's" if self.last_month else "the last 30 days'"
        hint = "" if self.last_month else "; nothing was spent in the month before"
        amount, part = show(self.total, self.currency), percent(self.covered, self.total)
        return f"{part} of {whose} {amount} is covered by a rule with a working route{hint}"

    @property
    def row(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "currency": self.currency,
            "period": {"start": iso(self.span.start), "end": iso(self.span.end)},
            "last_month": self.last_month,
            "total": plain(self.total),
            "covered": plain(self.covered),
            "share": self.covered / self.total if self.total > 0 else None,
            "uncovered": [{"project": s.name, "id": s.id, "amount": plain(s.amount)} for s in self.uncovered],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, in the order of the files. `coverage` is None where the ledger is empty."""

    remarks: tuple[Remark, ...]
    coverage: Coverage | None

    def count(self, level: Level) -> int:
        """How many remarks of a level there are."""
        return sum(remark.level == level for remark in self.remarks)

    @property
    def lines(self) -> list[str]:
        """A line each, the summary last."""
        counts = ((self.count(level), level) for level in get_args(Level))
        found = ", ".join(f"{n} {level}{'' if n == 1 else 's'}" for n, level in counts if n)
        headline = self.coverage.text if self.coverage else "The ledger is empty: there is nothing to compare with"
        return [*(remark.text for remark in self.remarks), f"{headline}. {found or 'Nothing to remark'}."]

    @property
    def row(self) -> dict[str, Json]:
        """{"coverage": {...} or null, "findings": [{"code", "level", "where", "name", "message"}]}"""
        coverage = self.coverage.row if self.coverage else None
        return {"coverage": coverage, "findings": [remark.row for remark in self.remarks]}
