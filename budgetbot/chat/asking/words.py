"""A line of words cut into tokens; what phones and office programs do to quotes, dashes and blanks is undone."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.core.text import clean

LIMIT = 500
KEYWORDS: tuple[str, ...] = (
    "today", "yesterday", "this", "last", "past", "previous", "since", "wtd", "mtd", "qtd", "ytd", "vs", "versus",
    "top", "over", "by", "not", "without", "in", "me", "share", "why",
)  # fmt: skip
"""The words of the grammar that are not names."""
_PLAIN = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′`", "'"), **dict.fromkeys("‐‑‒–—―−", "-"), "…": ".."}
)
_TOKEN = re.compile(
    r"""(?P<minus>-)?(?:(?P<head>[^\s:"']+):)?(?P<quote>["'])(?P<quoted>.*?)(?P=quote)(?=[\s,]|$),?|(?P<bare>\S+)"""
)
_UNCLOSED = re.compile(r"""-?(?:[^\s:"']+:)?["']""")


@dataclass(frozen=True, slots=True)
class Token:
    """One word as written. A `quoted` one is a name, never a keyword; `head` and `negated` are what stood before it."""

    text: str
    quoted: bool = False
    head: str | None = None
    negated: bool = False

    @property
    def word(self) -> str:
        """The keyword it may be: lower case, without a comma at its end; no keyword where it was quoted."""
        return f'"{self.text}"' if self.quoted else self.text.rstrip(",").casefold()


def normal(text: str) -> str:
    """Plain quotes, dashes and blanks; nothing invisible."""
    kept = []
    for char in text.translate(_PLAIN):
        category = unicodedata.category(char)
        if char.isspace() or category[0] == "Z":
            kept.append(" ")
        elif category[0] != "C":
            kept.append(char)
    return " ".join("".join(kept).split())


def tokens(text: str) -> list[Token]:
    """The words. Raises NotUnderstood where there are too many, or a quote is not closed."""
    if len(text) > LIMIT:
        raise NotUnderstood(f"that is longer than {LIMIT} characters; `help` lists the words")
    return [_token(found) for found in _TOKEN.finditer(normal(text))]


def _token(found: re.Match[str]) -> Token:
    bare = found["bare"]
    if bare is None:
        return Token(found["quoted"].strip(), True, found["head"], bool(found["minus"]))
    if _UNCLOSED.match(bare):
        raise NotUnderstood(f"the quote at {shown(bare)} is not closed")
    return Token(bare)


def shown(word: str) -> str:
    """A word as an error message quotes it."""
    return f"`{clean(word, 60).replace('`', chr(39))}`"


def nearest(word: str, known: Iterable[str] | Mapping[str, str]) -> str:
    """ "; did you mean `month`?", to stand at the end of a message; "" where nothing comes near.

    A mapping tells how each of them is shown.
    """
    shown_as = known if isinstance(known, Mapping) else {one: one for one in known}
    near = difflib.get_close_matches(word[:60], list(shown_as), n=1)
    return f"; did you mean {shown(shown_as[near[0]])}?" if near else ""
