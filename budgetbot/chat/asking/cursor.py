"""A place in a line of words, and how names are read from there."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.vocabulary import Meant, Vocabulary
from budgetbot.chat.asking.words import Token

_NAME_WORDS = 6  # so many words are tried as one name


class Cursor:
    """Reads tokens from left to right; what is known by name is in the vocabulary."""

    def __init__(self, tokens: list[Token], vocabulary: Vocabulary) -> None:
        self._tokens = tokens
        self._at = 0
        self.vocabulary = vocabulary

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._tokens)

    def peek(self, ahead: int = 0) -> str:
        """The keyword that comes next; "" at the end."""
        at = self._at + ahead
        return self._tokens[at].word if at < len(self._tokens) else ""

    def skip(self, count: int = 1) -> None:
        """Leaves words behind."""
        self._at += count

    def take(self) -> str:
        """The keyword that comes next, left behind."""
        self._at += 1
        return self.peek(-1)

    def at_name(self) -> bool:
        """Whether what comes next, alone or with the words after it, is what something is called, or quoted."""
        at = self._at
        found = self._tokens[at].quoted or self._longest(self._tokens[at].text) is not None
        self._at = at
        return found

    def name(self) -> tuple[Meant, bool]:
        """What a name means, with its dimension or without, and whether `-` stood before it.

        Raises NotUnderstood for what is not known, Ambiguous for what means several things.
        """
        token = self._tokens[self._at]
        if token.quoted:
            return self._quoted(token), token.negated
        if known := self._longest(token.text):
            return self.vocabulary.bare(known), False
        if token.text.startswith("-") and token.text.strip("-"):
            self._tokens[self._at] = replace(token, text=token.text.lstrip("-"))
            return self.name()[0], True
        head, colon, text = token.text.partition(":")
        if colon and head:
            return self._value(self.vocabulary.head(head), text), False
        self._at += 1
        return self.vocabulary.bare(token.text.rstrip(",") or token.text), False

    def _quoted(self, token: Token) -> Meant:
        self._at += 1
        if not token.text:
            raise NotUnderstood("there is nothing between two quotes")
        if token.head is None:
            return self.vocabulary.bare(token.text)
        return self.vocabulary.value(self.vocabulary.head(token.head), token.text)

    def _value(self, dimension: str, text: str) -> Meant:
        if not text:  # a blank after the colon
            self._at += 1
            if self.ended:
                raise NotUnderstood(f"`{dimension}:` needs a value; write {dimension}:NAME")
            if self._tokens[self._at].quoted:
                return self._quoted(replace(self._tokens[self._at], head=dimension))
            text = self._tokens[self._at].text
        known = self._longest(text, dimension)
        if known is None:
            self._at += 1
        return self.vocabulary.value(dimension, known or text.rstrip(","))

    def _longest(self, first: str, dimension: str | None = None) -> str | None:
        """The longest known name that begins with `first` in the place of the next word; it is left behind."""
        after = self._tokens[self._at + 1 : self._at + _NAME_WORDS]
        rest = [token.text for token in takewhile(lambda token: not token.quoted, after)]
        for count in range(len(rest), -1, -1):
            text = " ".join([first, *rest[:count]])
            for one in (text, text.rstrip(",")):
                if one and self.vocabulary.knows(one, dimension):
                    self._at += count + 1
                    return one
        return None

    def group(self, times: frozenset[str]) -> str | None:
        """The dimension, label or unit of time that comes next, left behind; None where there is none."""
        for count in (2, 1):
            tokens = self._tokens[self._at : self._at + count]
            text = " ".join(token.text.rstrip(",") for token in tokens).casefold()
            name = text.removesuffix("s") if text.removesuffix("s") in times else self.vocabulary.dimension(text)
            if name and len(tokens) == count and not any(token.quoted for token in tokens):
                self._at += count
                return name
        return None
