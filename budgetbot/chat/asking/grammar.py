"""The grammar of /spend: words in any order become a SpendQuery. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, tzinfo

from budgetbot.chat.asking.currencies import SYMBOLS, code_of
from budgetbot.chat.asking.cursor import Cursor
from budgetbot.chat.asking.me import Me, mine
from budgetbot.chat.asking.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.asking.timing import TO_DATE, Timing
from budgetbot.chat.asking.vocabulary import Meant, Vocabulary, match_of
from budgetbot.chat.asking.when import TURNS, dated
from budgetbot.chat.asking.words import shown, tokens
from budgetbot.core.match import NONE
from budgetbot.core.money import Nano, exact, nano
from budgetbot.core.spend import TIMES, SpendQuery
from budgetbot.core.text import clean

_FILLERS = frozenset({"for", "of", "and", ""})
_MONEY = re.compile(r"([$€£])?(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(\.\d{1,9})?([a-z]{3})?", re.ASCII)
_SHORT = re.compile(r"\d{1,6}[dwh]", re.ASCII)
_TIMES = frozenset(TIMES)
_ALONE = {**{one: f"this {one}, last {one}" for one in TURNS}, "hour": "today", "day": "today, last 7 days"}


def parse(
    words: str,
    vocabulary: Vocabulary,
    now: datetime,
    zone: tzinfo,
    *,
    currency: str = "USD",
    default_top: int | None = None,
    me: Me | None = None,
) -> SpendQuery:
    """What the words ask; `me`: who asks, where that is known. `default_top` holds where neither `top` nor `over` is
    said and rows do not follow time.

    Raises NotUnderstood, with a message for the person who wrote them: Ambiguous for a name that means several
    things, HelpAsked where help is wanted.
    """
    read = tokens(words)
    if len(read) == 1 and read[0].word in {"help", "--help", "?"}:
        raise HelpAsked
    query = _Reading(Cursor(read, vocabulary), now.astimezone(zone).date(), currency, me).query(zone)
    bounded = query.top is not None or query.over is not None or query.by_time
    return query if bounded else replace(query, top=default_top)


class _Reading:
    """What was understood so far."""

    def __init__(self, cursor: Cursor, today: date, currency: str, me: Me | None) -> None:
        self.cursor = cursor
        self.today = today
        self.currency = currency
        self.asker = me
        self.timing = Timing(cursor, today)
        self.top: int | None = None
        self.over: Nano | None = None
        self.over_code: str | None = None
        self.shown_in: str | None = None
        self.by: list[str] = []
        self.wanted: list[Meant] = []
        self.unwanted: list[Meant] = []
        self.said: set[str] = set()

    def query(self, zone: tzinfo) -> SpendQuery:
        """Reads to the end."""
        while not self.cursor.ended:
            self._step()
        days, other = self.timing.asked(compare="why" in self.said)
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
            why="why" in self.said,
            share="share" in self.said,
            me="me" in self.said,
        )

    def _step(self) -> None:
        word = self.cursor.peek()
        if handler := _KEYWORDS.get(word):
            self.cursor.skip()
            handler(self, word)
        elif word in _FILLERS:
            self.cursor.skip()
        elif _SHORT.fullmatch(word):
            self.timing.last(word)
        elif (days := dated(word, self.today)) is not None:
            self.cursor.skip()
            self.timing.add(days)
        elif self.cursor.at_name() or not self._grouped(word):
            self._name(negated=False)

    def _grouped(self, word: str) -> bool:
        """Whether a dimension stands there alone, as in `projects`: rows are by it."""
        if unclear := _ALONE.get(word.removesuffix("s")):
            raise NotUnderstood(f"{shown(word)} alone is not clear; write {unclear} or by {word.removesuffix('s')}")
        name = self.cursor.group(frozenset())
        self.by += [name] if name else []
        return name is not None

    def _name(self, *, negated: bool) -> None:
        meant, minus = self.cursor.name()
        (self.unwanted if minus != negated else self.wanted).append(meant)

    def _time(self, word: str) -> None:
        _WHEN[word](self.timing, word)

    def _top(self, word: str) -> None:
        found = re.fullmatch(r"0*([1-9]\d{0,4})", self.cursor.peek(), re.ASCII)
        if found is None:
            raise NotUnderstood(f"top how many?{self._no_number()} write top 5")
        if self.top not in (None, int(found[1])):
            raise NotUnderstood(f"`top` is there twice, with {self.top} and {found[1]}; say it once")
        self.cursor.skip()
        self.top = int(found[1])

    def _no_number(self) -> str:
        return "" if self.cursor.ended else f" {shown(self.cursor.peek())} is no number;"

    def _over(self, word: str) -> None:
        found = _MONEY.fullmatch(self.cursor.peek())
        if found is None:
            raise NotUnderstood(f"over how much?{self._no_number()} write over $50")
        if self.over is not None:
            raise NotUnderstood("`over` is there twice; say it once")
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

    def _asked(self, word: str) -> None:
        self.said.add(word)

    def _me(self, word: str) -> None:
        self.wanted += mine(self.asker, self.cursor.vocabulary)
        self.said.add(word)

    def _by(self, word: str) -> None:
        name = self.cursor.group(_TIMES)
        if name is None:
            if guess := self.cursor.vocabulary.guess_dimension(self.cursor.peek(), _TIMES):
                raise NotUnderstood(f"by what? I do not know {shown(self.cursor.peek())}{guess}")
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
        if self.cursor.peek() == "me":
            self.cursor.skip()
            self.unwanted += mine(self.asker, self.cursor.vocabulary)
        else:
            self._name(negated=True)


_WHEN: Mapping[str, Callable[[Timing, str], None]] = {
    **dict.fromkeys(("today", "yesterday"), Timing.near),
    **dict.fromkeys(("this", "last", "past", "previous"), Timing.turned),
    **dict.fromkeys(TO_DATE, Timing.to_date),
    "since": Timing.since,
    **dict.fromkeys(("vs", "versus"), Timing.versus),
}
_KEYWORDS: Mapping[str, Callable[[_Reading, str], None]] = {
    **dict.fromkeys(_WHEN, _Reading._time),
    "top": _Reading._top,
    "over": _Reading._over,
    "by": _Reading._by,
    "not": _Reading._not,
    "without": _Reading._without,
    "in": _Reading._in,
    "me": _Reading._me,
    **dict.fromkeys(("share", "why"), _Reading._asked),
}
