"""Unquoted words of a YAML file: numbers exactly as written, the rest as text, and the spellings readers disagree on.

PyYAML follows YAML 1.1, editors follow 1.2: `010`, `12:30`, `1e3`, `1_000` and `0x10` mean different things to them, so
they are errors. yes, no, on, off, true and false stay text; a field that wants a truth value understands them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeAlias

Scalar: TypeAlias = "str | int | Decimal | None"

_DIGITS = 30
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_OCTAL = re.compile(r"[-+]?0[0-9][0-9_]*|[-+]?0o[0-7_]+")
_BASED = re.compile(r"[-+]?0[xb][0-9a-fA-F_]+")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?")
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")
_CLOCK = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
_COMMAS = re.compile(r"[$€£]?[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?( [A-Z]{3})?")


class Exact(Decimal):
    """A decimal number that remembers how it was written: 1.10 stays "1.10", also where a field wants text."""

    def __str__(self) -> str:
        return format(self, "f")

    __repr__ = __str__


def read_plain(text: str) -> Scalar:
    """The meaning of an unquoted word. Raises ValueError with the right spelling for what readers disagree on."""
    if text in {"", "~", "null"}:
        return None
    if number := _NUMBER.fullmatch(text):
        if len(text) > _DIGITS:
            raise ValueError(f"this number has more than {_DIGITS} digits; put it in quotes if it is text")
        return Exact(text) if number[1] else int(text)
    if text[:1] in "-+.0123456789$€£":
        _refuse_traps(text)
    return text


def _refuse_traps(text: str) -> None:
    if len(text) > _DIGITS:
        return
    if _OCTAL.fullmatch(text):
        plain = text.replace("_", "").replace("o", "").lstrip("+0") or "0"
        raise ValueError(f'{text} looks like an octal number; write {plain}, or "{text}" in quotes if it is text')
    if _BASED.fullmatch(text):
        raise ValueError(f'{text} is not a decimal number; write it with digits only, or "{text}" if it is text')
    if _UNDERSCORES.fullmatch(text):
        raise ValueError(f'{text} has an underscore; write {text.replace("_", "")}, or "{text}" if it is text')
    if _EXPONENT.fullmatch(text):
        raise ValueError(f"{text} is a number to some readers and text to others; write {_expanded(text)}")
    if _CLOCK.fullmatch(text):
        raise ValueError(f'{text} is a number to some readers; write "{text}" in quotes')
    if _COMMAS.fullmatch(text):
        raise ValueError(thousands_comma(text))


def thousands_comma(text: str) -> str:
    """What to say of a number such as 5,000."""
    return f"{text} has a thousands comma; write {text.replace(',', '')}"


def _expanded(text: str) -> str:
    number = Decimal(text)
    quoted = f'"{text}" in quotes if it is text'
    return f"{number:f}, or {quoted}" if abs(number.adjusted()) <= 18 else f"it with digits only, or {quoted}"
