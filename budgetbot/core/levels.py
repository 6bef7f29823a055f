"""How much a scope spends a day of late: several ways to say so, blended by how well each foretold the past. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from budgetbot.core.columns import Columns, Floats
from budgetbot.core.history import Ints

_DAMP = 0.98  # a trend loses this much a day: nobody grows for ever
_SHARPNESS = 8.0  # how clearly the better level wins
_PRIOR = 0.05  # squared error that is assumed of each, with as much weight as one horizon
_HANDICAP = np.array([1.3, 1.0, 1.0, 1.3])  # of the quick level and of the trend: they have to earn their place
_DRIFT_A_DAY, _DRIFT_PRIOR = 0.002, 2.0  # squared relative error per day of horizon, and horizons that speak for it
_SETTLED = 10  # days before there is a trend
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Tempo:
    """How quickly levels forget: half-lives, and the horizon of the errors that are looked at, in columns."""

    halves: tuple[float, float, float]
    trend: float
    horizon: int
    per_day: int

    def drift(self, errors: Floats, noise: Floats, number: Floats) -> Floats:
        """What past errors show beyond the noise of single columns, over one horizon."""
        beyond = np.maximum(errors - noise / self.horizon, 0.0)
        prior = _DRIFT_A_DAY * self.horizon / self.per_day
        return np.asarray((beyond * number + _DRIFT_PRIOR * prior) / (number + _DRIFT_PRIOR))


_DAILY = Tempo((2.0, 7.0, 21.0), 10.0, 7, 1)
_HOURLY = Tempo((4.0, 48.0, 168.0), 120.0, 12, 24)


def tempo(cols: Columns) -> Tempo:
    """Of days, or of hours."""
    return _HOURLY if cols.hourly else _DAILY


def faded(values: Floats, *halves: float) -> Floats:
    """(columns, halves, scopes): sums of the past in which a step back counts less, half after each of `halves`.

    Column by column, as for 1,000 scopes a product with a matrix takes ten times as long.
    """
    fade = 0.5 ** (1 / np.array(halves))[:, None]
    out = np.empty((len(values), len(halves), values.shape[1]))
    state = np.zeros(out.shape[1:])
    for i, row in enumerate(values):
        np.multiply(state, fade, out=out[i])
        out[i] += row
        state = out[i]
    return out


def around(values: Floats, half: float) -> Floats:
    """(columns, scopes): the same of past and future together, without the column itself."""
    return np.asarray(faded(values, half)[:, 0] + faded(values[::-1], half)[::-1, 0] - 2 * values)


def blended(cut: Floats, rows: Floats, seen: Floats, cols: Columns, beat: Tempo) -> tuple[Floats, Floats, Floats]:
    """The level of each column ahead (columns ahead, scopes); squared relative errors of such blends; their number.

    `cut` and `rows` are spend and weights of the past, 0 where it does not count.
    """
    levels, base, slope = _candidates(cut, rows, seen, beat)
    share, errors, number = _tried(levels, base, slope, cut, rows, seen, beat)
    trend = _trending(base[-1], slope[-1], _steps(len(cols.left), beat)[:, None])
    return (levels[-1] * share[:3]).sum(axis=0) + trend * share[3], errors, number


def _candidates(cut: Floats, rows: Floats, seen: Floats, beat: Tempo) -> tuple[Floats, Floats, Floats]:
    """Three levels (columns, 3, scopes); base and slope a column of a fourth with a trend (Brown's, two fadings)."""
    halves = (*beat.halves, beat.trend)
    levels = faded(cut, *halves) / np.maximum(faded(rows, *halves), _TINY)
    last = levels[:, 3]
    again = faded(last * seen, beat.trend)[:, 0] / np.maximum(faded(seen, beat.trend)[:, 0], _TINY)
    fade = 0.5 ** (1 / beat.trend)
    settled = np.cumsum(seen, axis=0) >= _SETTLED * beat.per_day
    slope = np.where(settled, (last - again) * (1 - fade) / fade, 0.0)
    base = np.where(settled, np.maximum(2 * last - again, 0.0), last)
    return levels[:, :3], base, slope


def _steps(count: int, beat: Tempo) -> Floats:
    """How many undamped steps the damped trend has gone after 1, 2, ... columns."""
    damp = _DAMP ** (1 / beat.per_day)
    return np.asarray(damp * (1 - damp ** np.arange(1, count + 1)) / (1 - damp))


def _trending(base: Floats, slope: Floats, steps: Floats | float) -> Floats:
    return np.clip(base + slope * steps, base * 0.3, base * 2.5)


def _tried(
    levels: Floats, base: Floats, slope: Floats, cut: Floats, rows: Floats, seen: Floats, beat: Tempo
) -> tuple[Floats, Floats, Floats]:
    """The share of each candidate (4, scopes); the blend's errors over a horizon; how many horizons there were."""
    k, n = beat.horizon, len(cut)
    origins = np.arange(6, n - k)
    actual, weight = _ahead(cut, origins, k), _ahead(rows, origins, k)
    trend = _trending(base[origins], slope[origins], float(_steps(k, beat).mean()))
    told = np.concatenate((levels[origins], trend[:, None]), axis=1) * weight[:, None]
    known = np.cumsum(seen, axis=0)[origins] >= 5
    count = known * 0.5 ** ((n - 1 - k - origins)[:, None] / (28.0 * beat.per_day))
    number = count.sum(axis=0)
    loss = (np.minimum(_error(actual[:, None], told), 1.0) * count[:, None]).sum(axis=0)
    loss = (loss + _PRIOR * _HANDICAP[:, None] * k) / (number + k)
    share = np.exp(-_SHARPNESS * (loss / loss.min(axis=0) - 1.0))
    share /= share.sum(axis=0)
    errors = (_error(actual, (told * share).sum(axis=1)) * count).sum(axis=0) / np.maximum(number, _TINY)
    return share, errors, number / k


def _ahead(values: Floats, origins: Ints, k: int) -> Floats:
    """The sum of the k columns after each origin."""
    total = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
    return np.asarray(total[origins + k + 1] - total[origins + 1])


def _error(actual: Floats, told: Floats) -> Floats:
    """Squared difference relative to the mean of both: 0 to 4, the same for twice as for half."""
    both = actual + told
    ratio = (actual - told) / np.where(both > 0, both, 1.0)
    return np.asarray(4 * ratio * ratio)
