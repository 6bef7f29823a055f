"""Which series a rule, a label or a route speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Subject: TypeAlias = Mapping[str, tuple[str, ...]]
"""A dimension or label to the values a pattern may meet: (id, name) for a project, () where it is absent."""

NONE = "none"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The values of one field: any of `wanted` (everything where there is none), less any of `unwanted`.

    A pattern is compared whole and case-sensitively, `*` and `?` as globs; `none` meets an absent value.
    """

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def meet(self, values: tuple[str, ...]) -> bool:
        """Whether a value (its id or its name) is meant."""
        if self.wanted and not any(_meets(pattern, values) for pattern in self.wanted):
            return False
        return not any(_meets(pattern, values) for pattern in self.unwanted)


@dataclass(frozen=True, slots=True)
class Exactly(Patterns):
    """One value by its id, whatever it looks like; the absent one where there is none in `wanted`."""

    def meet(self, values: tuple[str, ...]) -> bool:
        """Whether it is this value."""
        return values[:1] == self.wanted


def _meets(pattern: str, values: tuple[str, ...]) -> bool:
    if pattern == NONE:
        return not values
    return any(_glob(pattern).fullmatch(value) for value in values)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Match:
    """Fields ANDed; an empty match is everything."""

    fields: tuple[tuple[str, Patterns], ...] = ()

    def meets(self, subject: Subject) -> bool:
        """Whether the subject is meant by every field."""
        return all(patterns.meet(subject.get(name, ())) for name, patterns in self.fields)

    @property
    def names(self) -> frozenset[str]:
        """The dimensions and labels that are looked at."""
        return frozenset(name for name, _ in self.fields)


EVERYTHING = Match()


@dataclass(frozen=True, slots=True)
class LabelRule:
    """Ownership by rule: what matches gets these labels."""

    match: Match
    labels: tuple[tuple[str, str], ...]


def label(subject: Subject, rules: Iterable[LabelRule]) -> dict[str, tuple[str, ...]]:
    """The subject with its labels; the last matching rule wins, label by label; a rule sees labels set before it."""
    labelled = dict(subject)
    for rule in rules:
        if rule.match.meets(labelled):
            labelled.update((name, (value,)) for name, value in rule.labels)
    return labelled
