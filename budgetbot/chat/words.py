"""A line of words cut into tokens; what phones and office programs do to quotes, dashes and blanks is undone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from budgetbot.chat.not_understood import NotUnderstood
from budgetbot.core.text import clean

LIMIT = 500
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
