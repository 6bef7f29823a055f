"""What can be named: dimensions, labels, and everything known by name or id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from budgetbot.chat.asking.not_understood import Ambiguous, NotUnderstood
from budgetbot.chat.asking.words import KEYWORDS, nearest, normal, shown
from budgetbot.core.directory import Directory
from budgetbot.core.match import NONE, Match, Patterns, Subject
from budgetbot.core.model import DIMENSIONS, NAMED, Series
from budgetbot.core.text import clean

ALIASES = {
    "key": "api_key", "tier": "service_tier", "workspace": "project", "line": "line_item", "item": "line_item",
}  # fmt: skip
_LATER = frozenset({"provider", "source", "line_item", "service_tier"})  # bare names mean these where nothing else fits
_NEVER = frozenset({"batch"})  # true and false are no names
_GUESSES = 5000


class Known(NamedTuple):
    """One thing by one of its texts: its id or its name."""

    dimension: str
    text: str
    id: str
    source: str | None = None


class Meant(NamedTuple):
    """A dimension or label, and the patterns of its values that were meant."""

    dimension: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names as people may write them: in any case, with plain quotes and dashes."""

    labels: frozenset[str]
    index: Mapping[str, tuple[Known, ...]]
    subjects: tuple[Subject, ...] = ()

    @classmethod
    def of(cls, directory: Directory, series: Iterable[Series]) -> Vocabulary:
        """From all series that are known, and everything that has a name, spent or not."""
        known: dict[Known, None] = {}
        every = tuple(dict.fromkeys(series))
        named = (entity for entity in directory.entities if entity.kind in NAMED)
        entities = (Series("", entity.source, **{entity.kind: entity.id}) for entity in named)
        for one in (*every, *entities):
            for dimension, texts in directory.subject(one).items():
                source = one.source if dimension in NAMED else None
                known.update((Known(dimension, text, texts[0], source), None) for text in texts if text)
        index: dict[str, list[Known]] = {}
        for thing in known:
            index.setdefault(_key(thing.text), []).append(thing)
        return cls(
            directory.label_names,
            {key: tuple(things) for key, things in index.items()},
            tuple(directory.subject(one) for one in every),
        )

    def dimension(self, word: str) -> str | None:
        """The dimension or label that a word means: singular or plural, in any case; None for other words.

        A blank, a dash and an underscore are the same: cost_center is the label "cost center" too.
        """
        exact = {name: name for name in ("owner", *sorted(self.labels), *DIMENSIONS)}
        names = {**ALIASES, **{_folded(name): name for name in exact}, **exact}
        lower = word.casefold()
        for one in (word, lower, lower.removesuffix("s"), lower.removesuffix("es")):
            if found := names.get(one) or names.get(_folded(one)):
                return found
        return None

    def knows(self, text: str, dimension: str | None = None) -> bool:
        """Whether something is called so."""
        return bool(self._called(text, dimension))

    def bare(self, word: str) -> Meant:
        """What a name alone means. Raises Ambiguous, or NotUnderstood for what nothing is called."""
        things = [thing for thing in self._called(word) if thing.dimension not in _NEVER]
        things = [thing for thing in things if thing.dimension not in _LATER] or things
        if things:
            if not self._are_one(things):
                raise Ambiguous(clean(word, 60), tuple(dict.fromkeys(_choice(thing, things) for thing in things)))
            return Meant(things[0].dimension, (_pattern(things[0]),))
        globs = self._globs(word) if _is_glob(word) else {}
        dimensions = sorted(globs.keys() - _NEVER - _LATER) or sorted(globs.keys() - _NEVER)
        if len(dimensions) > 1:
            raise Ambiguous(clean(word, 60), tuple(f"{_head(name)}:{_said(word)}" for name in dimensions))
        if dimensions:
            return Meant(dimensions[0], globs[dimensions[0]])
        raise NotUnderstood(f"I do not know {shown(word)}{self._guess(word)}; `help` lists the words")

    def value(self, dimension: str, text: str) -> Meant:
        """What a value of a dimension or label means. Raises NotUnderstood for what is not known."""
        if text == NONE:
            return Meant(dimension, (NONE,))
        if things := self._called(text, dimension):
            return Meant(dimension, tuple(dict.fromkeys(_pattern(t) for t in things)))
        if _is_glob(text) and (globs := self._globs(text).get(dimension)):
            return Meant(dimension, globs)
        guess = self._guess(text, lambda thing: thing.dimension == dimension)
        raise NotUnderstood(f"no {dimension} {shown(text)} is known{guess}; `help` lists the words")

    def _called(self, text: str, dimension: str | None = None) -> list[Known]:
        things = [t for t in self.index.get(_key(text), ()) if dimension in (None, t.dimension)]
        return [t for t in things if normal(t.text) == normal(text)] or things

    def _globs(self, glob: str) -> dict[str, tuple[str, ...]]:
        """The patterns that a glob means, by dimension: as it is, or else with the case of what is called so."""
        found: dict[str, set[str]] = {}
        folded, start = Patterns((_key(glob),)), len(re.split(r"[*?]", glob)[0])
        for thing in (thing for key, things in self.index.items() if folded.meet((key,)) for thing in things):
            for one in (glob, thing.text[:start] + glob[start:].casefold()):
                if Patterns((one,)).meet((thing.text,)):
                    found.setdefault(thing.dimension, set()).add(one)
        return {name: (glob,) if glob in globs else tuple(sorted(globs)) for name, globs in found.items()}

    def _are_one(self, things: list[Known]) -> bool:
        """Whether there is one thing, or several that speak of the very same spend."""
        reach: dict[tuple[str, str, str | None], set[int]] = {(t.dimension, t.id, t.source): set() for t in things}
        if len(reach) == 1:
            return True
        dimensions = {thing.dimension for thing in things}
        for i, subject in enumerate(self.subjects):
            for key in ((name, id, None) for name in dimensions for id in subject.get(name, ())[:1]):
                for one in (key, (*key[:2], subject["source"][0])):
                    if one in reach:
                        reach[one].add(i)
        first, *others = reach.values()
        return bool(first) and all(other == first for other in others)

    def head(self, word: str) -> str:
        """The dimension or label that stands before a colon. Raises NotUnderstood."""
        if found := self.dimension(word):
            return found
        raise NotUnderstood(
            f"{shown(word)} is no dimension or label{self.guess_dimension(word)}; `help` lists the words"
        )

    def guess_dimension(self, word: str, more: Iterable[str] = ()) -> str:
        """The nearest dimension, label or one of `more`, to stand at the end of a message."""
        return nearest(_key(word), {_key(one): one for one in (*ALIASES, *DIMENSIONS, "owner", *self.labels, *more)})

    def _guess(self, word: str, wanted: Callable[[Known], bool] | None = None) -> str:
        texts = {key: t.text for key, things in self.index.items() for t in things if wanted is None or wanted(t)}
        texts = dict(islice(texts.items(), _GUESSES))
        if wanted is None:
            texts = {one: one for one in (*KEYWORDS, *ALIASES, *DIMENSIONS, *self.labels)} | texts
        return nearest(_key(word), texts)


def _key(text: str) -> str:
    return normal(text).casefold()


def _pattern(thing: Known) -> str:
    """The text as it is known, or the id where the text would mean more as a pattern."""
    return thing.id if thing.text == NONE or _is_glob(thing.text) else thing.text


def _folded(name: str) -> str:
    return re.sub("[-_ ]", "_", _key(name))


def _is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def _head(dimension: str) -> str:
    return clean(dimension).replace(" ", "_")


def _said(text: str) -> str:
    return f'"{clean(text)}"' if " " in text else clean(text)


def _choice(thing: Known, things: list[Known]) -> str:
    alike = [t for t in things if t.dimension == thing.dimension]
    if len(alike) == 1:
        return f"{_head(thing.dimension)}:{_said(thing.text)}"
    same = sum(t.id == thing.id for t in alike) > 1
    return f"{_head(thing.dimension)}:{_said(thing.id)}" + (
        f" source:{_said(thing.source)}" if same and thing.source else ""
    )


def match_of(wanted: Iterable[Meant], unwanted: Iterable[Meant]) -> Match:
    """Values of one dimension ORed, dimensions ANDed, less what is unwanted; in whatever order they were named."""
    fields: dict[str, tuple[set[str], set[str]]] = {}
    for side, meant in ((0, wanted), (1, unwanted)):
        for one in meant:
            fields.setdefault(one.dimension, (set(), set()))[side].update(one.patterns)
    order = {name: i for i, name in enumerate(DIMENSIONS)}
    names = sorted(fields, key=lambda name: (order.get(name, len(order)), name))
    return Match(tuple((name, Patterns(*(tuple(sorted(side)) for side in fields[name]))) for name in names))
