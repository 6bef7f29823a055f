"""The levels of a budget: of what is spent, and of what is forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import model_validator

from budgetbot.core.model import Severity
from budgetbot.core.period import Calendar, PeriodSpec, Rolling
from budgetbot.rules.fields import AtField, Strict
from budgetbot.rules.share import ForecastField, ProbabilityField

_MOST = 2**63 - 1


class Threshold(Strict):
    """One level of a budget: of what is spent (`at`), or of what it comes to by the end of the period (`forecast`)."""

    at: AtField | None = None
    """Where it lies: a share such as 80%, or money such as $4200."""
    forecast: ForecastField | None = None
    """In place of `at`: told when the forecast for the end of the period is above this share, such as 100%."""
    probability: ProbabilityField | None = None
    """How sure a forecast must be, such as 90%; absent: its expected value is above the line."""
    severity: Severity
    """How bad reaching it is."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Threshold:
        if (self.at is None) == (self.forecast is None):
            raise ValueError("a level is of what is spent or of what is forecast; write at: 80% or forecast: 100%")
        if self.probability is not None and self.forecast is None:
            raise ValueError("only a forecast has a probability; write forecast: in place of at:, or remove it")
        return self

    @property
    def level(self) -> str:
        """Its name: "80%", "$4200", "forecast 100%", "forecast 100% p90%"."""
        if self.at is not None:
            return self.at.text
        share = self.forecast.text if self.forecast else ""
        return f"forecast {share} p{self.probability.text}" if self.probability else f"forecast {share}"

    def line(self, effective: int) -> int:
        """The amount from which it is reached; at most what 64 bits hold."""
        place = self.at or self.forecast
        return min(place.line(effective), _MOST) if place else 0


def same_line(thresholds: Sequence[Threshold], amount: int, figure: Callable[[int], str]) -> str | None:
    """Which two levels are one line with this amount, in words. A forecast of a line is not the line."""
    seen: dict[int, str] = {}
    for threshold in thresholds:
        if threshold.at is None:
            continue
        line = threshold.line(amount)
        if line in seen:
            return f"levels {seen[line]} and {threshold.level} are the same line ({figure(line)})"
        seen[line] = threshold.level
    return None


def told_twice(thresholds: Sequence[Threshold]) -> str | None:
    """The forecast that stands there twice."""
    levels = [threshold.level for threshold in thresholds if threshold.at is None]
    return next((level for i, level in enumerate(levels) if level in levels[:i]), None)


def no_forecast(period: PeriodSpec) -> str | None:
    """Why nothing can be forecast for such periods, in words; None where it can."""
    if isinstance(period, Rolling):
        return "a rolling window has no end to forecast; write at: in place of forecast:, or another period"
    if isinstance(period, Calendar) and period.unit == "hour":
        return "an hour is too short to forecast; write at: in place of forecast:, or a period of a day or more"
    return None
