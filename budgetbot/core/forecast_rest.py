"""How the rest of a period is spread around what is expected of it: chances and quantiles. Pure.

A t-distribution of 2 degrees of freedom, as most scopes go on as they were and a few change for good: a narrow middle
and wide tails. It lies around the logarithm, or, for a scope that spends on some days alone, around the cube root, as a
sum of so few parts has more of its chance near nothing (Wilson and Hilferty, "The Distribution of Chi-Square", 1931).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log, sqrt

import numpy as np

from budgetbot.core.columns import Floats
from budgetbot.core.outlook import Outlook

_WIDTH, _WIDTH_GAPS = 0.52, 0.45  # of one standard deviation: so wide, it holds 95 % where the normal one does
_ROOT = 1 / 3
_NARROW = 0.0004  # squared: no band is narrower than 2 % of the rest, one way
_WIDEST = 4.0  # relative variance up to which a cube root has a mean


@dataclass(frozen=True, slots=True)
class Rest:
    """What is still to come: nothing with chance `none`, else t around `middle` of its power `root` (0: of its log)."""

    none: float
    middle: float
    spread: float
    root: float

    def above(self, amount: float) -> float:
        """The chance that it is `amount` or more, for a positive amount."""
        if self.middle <= 0:
            return 0.0
        off = log(amount) - log(self.middle)
        t = (expm1(self.root * off) / self.root if self.root > 0 else off) / self.spread
        return (1 - self.none) * (0.5 - t / (2 * sqrt(2 + t * t)))


@dataclass(frozen=True, slots=True)
class Spread:
    """The same of many scopes, an array each."""

    none: Floats
    middle: Floats
    spread: Floats
    root: Floats

    def each(self) -> list[Rest]:
        """Scope by scope."""
        figures = (self.none, self.middle, self.spread, self.root)
        return [Rest(*one) for one in zip(*(array.tolist() for array in figures), strict=True)]

    def quantile(self, p: float) -> Floats:
        """What the rest stays below with chance `p`."""
        q = np.maximum((p - self.none) / (1 - self.none), 1e-9)
        off = (2 * q - 1) / np.sqrt(2 * q * (1 - q)) * self.spread
        root = np.where(self.root > 0, self.root, 1.0)
        ratio = np.where(self.root > 0, np.maximum(1 + root * off, 0.0) ** (1 / root), np.exp(off * (self.root <= 0)))
        return np.where(p <= self.none, 0.0, self.middle * ratio)


def spread(seen: Outlook, gaps: Floats) -> Spread:
    """From mean and variance of the whole, and how far it is (0 to 1) that of a scope of few days."""
    some = 1 - seen.none
    variance = np.maximum((1 + seen.variance) * some - 1, _NARROW)
    logs = np.log1p(variance)
    root = gaps * _ROOT
    bent = np.minimum(variance, _WIDEST)
    centre = 1 - root * (1 - root) / 2 * bent  # mean of the power, over the power of the mean
    middle = np.where(root > 0, centre ** (1 / np.where(root > 0, root, 1.0)), np.exp(-logs / 2))
    wide = np.where(root > 0, np.sqrt(bent) / centre, np.sqrt(logs))
    return Spread(seen.none, seen.mean / some * middle, (_WIDTH + (_WIDTH_GAPS - _WIDTH) * gaps) * wide, root)
