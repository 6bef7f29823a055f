"""When: the words that say which days are meant, and what they are compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from budgetbot.chat.asking.cursor import Cursor
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.when import TURNS, VERSUS, Days, compared, last_days, since, turn
from budgetbot.chat.asking.words import nearest, shown

TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}
_COUNT = re.compile(r"(\d{1,6})([a-z]*)", re.ASCII)


class Timing:
    """What was understood of it so far."""

    def __init__(self, cursor: Cursor, today: date) -> None:
        self._cursor = cursor
        self._today = today
        self._days: Days | None = None
        self._versus: str | None = None

    def asked(self, *, compare: bool) -> tuple[Days, Days | None]:
        """The days, and the others: what `vs` names, or where nothing is named but wanted, the same before."""
        days = self._days or turn(VERSUS.get(self._versus or "", "month"), self._today)
        other = self._versus or ("previous" if compare else None)
        return days, compared(days, other, self._today) if other else None

    def add(self, days: Days) -> None:
        """These days. Raises NotUnderstood where others are named already."""
        if self._days is not None:
            raise NotUnderstood(f"two times are named, {self._days.label} and {days.label}; name one")
        self._days = days

    def near(self, word: str) -> None:
        """today, yesterday."""
        self.add(turn("day", self._today, -1 if word == "yesterday" else 0))

    def to_date(self, word: str) -> None:
        """mtd: this month, which has come no further than today."""
        self.add(turn(TO_DATE[word], self._today))

    def turned(self, word: str) -> None:
        """this week, last week, last 7 days."""
        unit = self._cursor.peek()
        if unit in TURNS:
            self._cursor.skip()
            self.add(turn(unit, self._today, 0 if word == "this" else -1))
        elif word == "this":
            raise self._unclear("this what?", TURNS, "write this week, this month, this quarter or this year")
        else:
            self.last(word)

    def last(self, word: str) -> None:
        """last 7 days, 7d, 2w."""
        found = _COUNT.fullmatch(self._cursor.peek())
        if found is None:
            raise self._unclear(
                "last what?", TURNS, "write last week, last month, last quarter, last year or last 7 days"
            )
        self._cursor.skip()
        unit = found[2] or self._cursor.peek()
        if unit in {"h", "hour", "hours"}:
            raise NotUnderstood("the last hours are not supported by this version of budgetbot; write today")
        if unit not in {"d", "day", "days", "w", "week", "weeks"}:
            raise self._unclear(f"last {found[1]} what?", ("days", "weeks"), f"write last {found[1]} days")
        if not found[2]:
            self._cursor.skip()
        self.add(last_days(int(found[1]) * (7 if unit[0] == "w" else 1), self._today))

    def since(self, word: str) -> None:
        """since 2026-11-01."""
        self.add(since(self._cursor.take(), self._today))

    def versus(self, word: str) -> None:
        """vs last month, vs yesterday, vs previous; vs last alone is vs previous."""
        if self._versus is not None:
            raise NotUnderstood("`vs` is there twice; compare with one period")
        other, count = self._other(self._cursor.peek(), self._cursor.peek(1))
        self._versus = other
        self._cursor.skip(count)

    def _other(self, one: str, two: str) -> tuple[str, int]:
        """What is compared with, and how many words say so."""
        if one in {"last", "previous"} and f"last {two}" in VERSUS:
            return f"last {two}", 2
        if one in VERSUS:
            return one, 1
        if one == "previous" or (one == "last" and not _COUNT.fullmatch(two)):
            return "previous", 1
        raise self._unclear("vs what?", (*VERSUS, "previous"), f"write vs {', '.join(VERSUS)} or previous")

    def _unclear(self, what: str, known: Iterable[str], write: str) -> NotUnderstood:
        """With the word that comes next, where it is nearly one that would do."""
        word = self._cursor.peek()
        guess = nearest(word, known)
        return NotUnderstood(f"{what} I do not know {shown(word)}{guess}" if guess else f"{what} {write}")
