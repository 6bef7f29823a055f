"""What was expected against what there is: which is missing, which is too much, and what comes nearest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

E = TypeVar("E")
G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where it stands, what it is about, the difference line by line."""

    place: str
    headline: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.place}: {self.headline}", *(f"  {line}" for line in self.lines)])


@dataclass(frozen=True, slots=True)
class Diff(Generic[E, G]):
    """How expected ones and given ones are compared and shown; `hint` says more of one that is missing."""

    unlike: Callable[[E, G], list[str]]
    expected_text: Callable[[E], str]
    given_text: Callable[[G], str]
    hint: Callable[[E], str | None]

    def lines(self, expected: Sequence[E], given: Sequence[G]) -> tuple[str, ...]:
        """Empty where each has its other one; else all of them, `-` for what is missing and `+` for what is extra."""
        pairs = matched([[not self.unlike(one, got) for got in given] for one in expected])
        extra = [got for i, got in enumerate(given) if i not in pairs.values()]
        if len(pairs) == len(expected) and not extra:
            return ()
        lines = []
        for i, one in enumerate(expected):
            lines.append(f"{' ' if i in pairs else '-'} {self.expected_text(one)}")
            if i not in pairs and (hint := self._nearest(one, extra) or self.hint(one)):
                lines.append(f"    hint: {hint}")
        return (*lines, *(f"+ {self.given_text(got)}" for got in extra))

    def _nearest(self, one: E, extra: Sequence[G]) -> str | None:
        """The one with the fewest differences, where it is of the same rule."""
        ways = [(self.unlike(one, got), got) for got in extra]
        near = [(unlike, got) for unlike, got in ways if not unlike[0].startswith("rule")]
        if not near:
            return None
        unlike, got = min(near, key=lambda pair: len(pair[0]))
        return f"nearest is {self.given_text(got)}: {'; '.join(unlike)}"


def matched(fits: Sequence[Sequence[bool]]) -> dict[int, int]:
    """As many rows as can be, each with a column of its own that fits it."""
    row_of: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column, good in enumerate(fits[row]):
            if good and column not in tried:
                tried.add(column)
                if column not in row_of or place(row_of[column], tried):
                    row_of[column] = row
                    return True
        return False

    for row in range(len(fits)):
        place(row, set())
    return {row: column for column, row in row_of.items()}
