"""One mistake in a policy file: where it stands, which field it concerns, what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from budgetbot.rules.wrong import Way


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """A line of `policies validate`. Sorts by place."""

    file: str
    line: int
    column: int
    text: str
    way: Way = field(default=(), compare=False)

    def __str__(self) -> str:
        what = f"{dotted(self.way)}: {self.text}" if self.way else self.text
        whole = f"{self.file}:{self.line}:{self.column}: {what}"
        return whole if whole.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in whole)


class Unreadable(Exception):
    """A file cannot be read as a whole; `mistake` says why."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


def dotted(way: Way) -> str:
    """The way to a field as people write it: budgets[0].thresholds[1].at"""
    text = ""
    for step in way:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if re.fullmatch(r"[\w*.-]{1,60}", step) else json.dumps(step[:60])
            text += f".{name}" if text else name
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return _nearest(word[:100], tuple(sorted(known)))


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    return next(iter(get_close_matches(word, known, 1)), None)


def unknown(what: str, word: str, known: Iterable[str], otherwise: str) -> str:
    """ "unknown receiver `ml-slak`, did you mean `ml-slack`?", or what to do where nothing is near."""
    near = nearest(word, known)
    quoted = f"unknown {what} `{word[:60]}`"
    return f"{quoted}, did you mean `{near}`?" if near else f"{quoted}; {otherwise}"
