"""The grammar of /spend: words in any order become a SpendQuery. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, tzinfo

from budgetbot.chat.currencies import SYMBOLS, code_of
from budgetbot.chat.cursor import Cursor
from budgetbot.chat.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.vocabulary import Meant, Vocabulary, match_of
from budgetbot.chat.when import TURNS, VERSUS, Days, compared, dated, last_days, since, turn
from budgetbot.chat.words import tokens
from budgetbot.core.match import NONE
from budgetbot.core.money import Nano, exact, nano
from budgetbot.core.spend import TIMES, SpendQuery
from budgetbot.core.text import clean

_FILLERS = frozenset({"for", "of", "and", ""})
_MONEY = re.compile(r"([$€£])?(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(\.\d{1,9})?([a-z]{3})?", re.ASCII)
_COUNT = re.compile(r"(\d{1,6})([a-z]*)", re.ASCII)
_SHORT = re.compile(r"\d{1,6}[dwh]", re.ASCII)
_TIMES = frozenset(TIMES)


def parse(
    words: str,
    vocabulary: Vocabulary,
    now: datetime,
    zone: tzinfo,
    *,
    currency: str = "USD",
    default_top: int | None = None,
) -> SpendQuery:
    """What the words ask. `default_top` holds where neither `top` nor `over` is said and rows do not follow time.

    Raises NotUnderstood, with a message for the person who wrote them: Ambiguous for a name that means several
    things, HelpAsked where help is wanted.
    """
    read = tokens(words)
    if len(read) == 1 and read[0].word in {"help", "--help", "?"}:
        raise HelpAsked
    query = _Reading(Cursor(read, vocabulary), now.astimezone(zone).date(), currency).query(zone)
    bounded = query.top is not None or query.over is not None or query.by_time
    return query if bounded else replace(query, top=default_top)


class _Reading:
    """What was understood so far."""

    def __init__(self, cursor: Cursor, today: date, currency: str) -> None:
        self.cursor = cursor
        self.today = today
        self.currency = currency
        self.days: Days | None = None
        self.versus: str | None = None
        self.top: int | None = None
        self.over: Nano | None = None
        self.over_code: str | None = None
        self.shown_in: str | None = None
        self.by: list[str] = []
        self.wanted: list[Meant] = []
        self.unwanted: list[Meant] = []

    def query(self, zone: tzinfo) -> SpendQuery:
        """Reads to the end."""
        while not self.cursor.ended:
            self._step()
        days = self.days or turn(VERSUS.get(self.versus or "", "month"), self.today)
        other = compared(days, self.versus, self.today) if self.versus else None
        shown_in = self.shown_in or self.currency
        if self.over_code not in (None, shown_in):
            raise NotUnderstood(f"amounts are compared in {shown_in}; write over 50 {shown_in}")
        return SpendQuery(
            span=days.span(zone),
            label=days.label,
            by=tuple(dict.fromkeys(self.by)) or ("project",),
            match=match_of(self.wanted, self.unwanted),
            top=self.top,
            over=self.over,
            compare=(other.span(zone), other.label) if other else None,
            zone=zone,
            currency=shown_in if shown_in != self.currency else None,
        )

    def _step(self) -> None:
        word = self.cursor.peek()
        if handler := _KEYWORDS.get(word):
            self.cursor.skip()
            handler(self, word)
        elif word in _FILLERS:
            self.cursor.skip()
        elif _SHORT.fullmatch(word):
            self._last(word)
        elif (days := dated(word, self.today)) is not None:
            self.cursor.skip()
            self._when(days)
        else:
            self._name(negated=False)

    def _name(self, *, negated: bool) -> None:
        meant, minus = self.cursor.name()
        (self.unwanted if minus != negated else self.wanted).append(meant)

    def _when(self, days: Days) -> None:
        if self.days is not None:
            raise NotUnderstood(f"two times are named, {self.days.label} and {days.label}; name one")
        self.days = days

    def _near(self, word: str) -> None:
        self._when(turn("day", self.today, -1 if word == "yesterday" else 0))

    def _turn(self, word: str) -> None:
        unit = self.cursor.peek()
        if unit in TURNS:
            self.cursor.skip()
            self._when(turn(unit, self.today, 0 if word == "this" else -1))
        elif word == "last":
            self._last(word)
        else:
            raise NotUnderstood("this what? write this week, this month, this quarter or this year")

    def _last(self, word: str) -> None:
        found = _COUNT.fullmatch(self.cursor.peek())
        if found is None:
            raise NotUnderstood("last what? write last week, last month, last quarter, last year or last 7 days")
        self.cursor.skip()
        unit = found[2] or self.cursor.take()
        if unit in {"h", "hour", "hours"}:
            raise NotUnderstood("the last hours are not supported by this version of budgetbot; write today")
        if unit not in {"d", "day", "days", "w", "week", "weeks"}:
            raise NotUnderstood(f"last {found[1]} what? write last {found[1]} days")
        self._when(last_days(int(found[1]) * (7 if unit[0] == "w" else 1), self.today))

    def _since(self, word: str) -> None:
        self._when(since(self.cursor.take(), self.today))

    def _vs(self, word: str) -> None:
        if self.versus is not None:
            raise NotUnderstood("`vs` is there twice; compare with one period")
        one, two = self.cursor.peek(), f"{self.cursor.peek()} {self.cursor.peek(1)}"
        for other, count in ((two, 2), (one, 1)):
            if other in VERSUS or other == "previous":
                self.versus = other
                self.cursor.skip(count)
                return
        raise NotUnderstood(f"vs what? write vs {', '.join(VERSUS)} or previous")

    def _top(self, word: str) -> None:
        found = re.fullmatch(r"0*([1-9]\d{0,4})", self.cursor.peek(), re.ASCII)
        if found is None:
            raise NotUnderstood("top how many? write top 5")
        self.cursor.skip()
        self.top = int(found[1])

    def _over(self, word: str) -> None:
        found = _MONEY.fullmatch(self.cursor.peek())
        if found is None:
            raise NotUnderstood("over how much? write over $50")
        self.cursor.skip()
        code = found[4] or SYMBOLS.get(found[1] or "", "")
        if not code and code_of(self.cursor.peek()) and not self._means_more(self.cursor.peek()):
            code = self.cursor.take()
        self.over_code = code.upper() or None
        self.over = nano(exact(found[2].replace(",", "") + (found[3] or "")))

    def _in(self, word: str) -> None:
        code = code_of(self.cursor.peek())
        if code is None or self._means_more(self.cursor.peek()):
            return
        if self.shown_in not in (None, code):
            raise NotUnderstood(f"two currencies are named, {self.shown_in} and {code}; name one")
        self.cursor.skip()
        self.shown_in = code

    def _means_more(self, word: str) -> bool:
        """Whether a code of a currency is a word of the grammar too, or the name of something."""
        return word in _KEYWORDS or self.cursor.vocabulary.knows(word)

    def _unsupported(self, word: str) -> None:
        raise NotUnderstood(f"`{word}` is not supported by this version of budgetbot")

    def _by(self, word: str) -> None:
        name = self.cursor.group(_TIMES)
        if name is None:
            labels = "".join(f", {clean(label, 40)}" for label in sorted(self.cursor.vocabulary.labels)[:8])
            raise NotUnderstood(
                f"by what? write by project, key, user, model, line_item, provider, source, day{labels}"
            )
        while name is not None:
            self.by.append(name)
            while self.cursor.peek() == "and":
                self.cursor.skip()
            name = self.cursor.group(_TIMES)

    def _without(self, word: str) -> None:
        name = self.cursor.group(frozenset())
        if name is None:
            raise NotUnderstood("without what? write without owner, or another label or dimension")
        self.wanted.append(Meant(name, (NONE,)))

    def _not(self, word: str) -> None:
        if self.cursor.ended:
            raise NotUnderstood("not what? write not project:research")
        self._name(negated=True)


_KEYWORDS: Mapping[str, Callable[[_Reading, str], None]] = {
    "today": _Reading._near,
    "yesterday": _Reading._near,
    "this": _Reading._turn,
    "last": _Reading._turn,
    "since": _Reading._since,
    "vs": _Reading._vs,
    "top": _Reading._top,
    "over": _Reading._over,
    "by": _Reading._by,
    "not": _Reading._not,
    "without": _Reading._without,
    "in": _Reading._in,
    **dict.fromkeys(("me", "share", "why"), _Reading._unsupported),
}
