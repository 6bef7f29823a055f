"""The windows of a burn rate: how long each is, and how many times the pace it must exceed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema, field_validator

from budgetbot.core.instant import length_text
from budgetbot.core.money import exact
from budgetbot.rules.fields import DurationField, Strict
from budgetbot.rules.wrong import shown

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=3)
_MOST = 10_000


def _times(value: object) -> object:
    try:
        times = exact(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a number; write one above 1, such as 6") from None
    if not 1 < times <= _MOST:
        raise ValueError(f"{shown(value)} is out of range; write how many times the pace: above 1, at most {_MOST}")
    return times


TimesField: TypeAlias = Annotated[Decimal, BeforeValidator(_times), WithJsonSchema({"type": "number", "examples": [6]})]


class BurnWindow(Strict):
    """One stretch of time up to now."""

    over: DurationField
    """How long, such as 6h; what is known by the hour is taken as even within it."""
    times: TimesField
    """How many times the pace must be exceeded in it."""

    @field_validator("over")
    @classmethod
    def _is_known(cls, over: timedelta) -> timedelta:
        if over < SHORTEST:
            raise ValueError(f"{length_text(over)} is shorter than what is read at once; write 10m or more")
        if over > LONGEST:
            raise ValueError(f"{length_text(over)} is no burst any more; write 3d or less, or a budget")
        return over

    @property
    def factor(self) -> Fraction:
        """The times as an exact number."""
        return Fraction(self.times)

    @property
    def text(self) -> str:
        """ "6x" """
        return f"{self.times.normalize():f}x"


def level_of(windows: list[BurnWindow]) -> str:
    """How an alert calls them: "6x over 6h and 30m", "6x over 6h and 3x over 30m"."""
    alike = len({window.times for window in windows}) == 1
    lengths = [length_text(window.over) for window in windows]
    if alike:
        return f"{windows[0].text} over {' and '.join(lengths)}"
    return " and ".join(f"{window.text} over {length}" for window, length in zip(windows, lengths, strict=True))
