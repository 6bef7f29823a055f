"""A block's past as the detector keeps it: cleaned logarithms, levels, own errors, and when to start anew. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from budgetbot.core.anomaly_past import Bools, Errors, Floats, Rows, Tops
from budgetbot.core.anomaly_profile import Moment, Months, profile
from budgetbot.core.anomaly_tempo import Tempo

_CLEAN = 2.5  # usual errors beyond which a bucket is not believed
_UNTOUCHED = 14  # first days, in which all is believed
_LEARNS = 5  # days after which errors of single buckets are remembered
_CUT = 4.5  # of errors, where they are remembered
_CUT_TOLD = 3.0  # of a longer window's, while it tells: a fault would stand in each of them as what is usual
_FOLLOWS = (0.5, 1.5)  # times the prior, at the least and at the most
_SOME = 0.1  # of the floor is added before the logarithm, so that cents do not count
_ALIVE = 0.02  # of the floor is spend at all


@dataclass(frozen=True)
class Look:
    """A bucket as the past sees it: logs of what was seen and of what is usual, and their price-free money.

    `errors`, `scales` per window: how far it lies above the level, and how far it usually does."""

    logged: Floats
    spent: Floats
    usual: Floats
    expected: Floats
    weekly: Floats
    errors: list[Floats]
    scales: list[Floats]
    unsure: list[Floats]

    @property
    def above(self) -> Floats:
        return self.errors[0]

    @property
    def scale(self) -> Floats:
        return self.scales[0]


class Memory:
    """Rows are buckets of equal age; `age` is in buckets since a series' first spend."""

    def __init__(self, floor: Floats, tempo: Tempo) -> None:
        self.tempo, self.floor = tempo, floor
        keep, series = tempo.keep, len(floor)
        self.raw, self.spent = Rows(keep, series), Rows(keep, series)
        self.counts, self._clean, self._places = Rows(keep, series), Rows(keep, series), Rows(keep, 1)
        self._away = Rows(keep, series)
        self._profile = np.zeros((7 * tempo.per_day, series))
        self.errors = [
            Errors(one.lag, tempo.errors, tempo.keep // tempo.per_day, tempo.per_day, series) for one in tempo.windows
        ]
        self.sums = [Tops(tempo.tops, tempo.per_day, series) for _ in tempo.windows]
        self.months = Months(series)
        self.age, self._carried, self._side = np.zeros(series), np.zeros(series), np.zeros(series)
        self._stretch = np.zeros(series)
        self.fell = np.zeros(series, dtype=np.bool_)  # the last bucket: to less than a fifth
        self._weights = [self._forgetting(one.size - 1 + one.gap, one.forget) for one in tempo.windows]

    def _forgetting(self, after: int, days: float) -> Floats:
        ages = np.arange(self.tempo.keep)[::-1] - after
        return np.where(ages >= 0, 0.5 ** (ages / (days * self.tempo.per_day)), 0.0)

    def alive(self, spent: Floats) -> Bools:
        return np.asarray(spent > _ALIVE * self.floor)

    def logs(self, spent: Floats) -> Floats:
        return np.asarray(np.log(spent + _SOME * self.floor))

    def money(self, logs: Floats) -> Floats:
        spent = np.exp(np.minimum(logs, 700.0)) - _SOME * self.floor
        return np.asarray(np.where(spent > 1e-9 * self.floor, spent, 0.0))

    def look(self, spent: Floats, now: Moment, holiday: bool) -> Look:
        logged, counts, away = self.logs(spent), self.counts.rows, self._away.rows
        weekly = self._weekly(now, holiday)
        both, _ = self.months.before(now)
        silent = np.log(_SOME * self.floor)
        errors, scales, unsure = list[Floats](), list[Floats](), list[Floats]()
        usual = logged
        for j, (one, own, weights) in enumerate(zip(self.tempo.windows, self.errors, self._weights, strict=True)):
            seen = weights @ counts
            level = np.where(seen > 0, (weights @ away) / np.where(seen > 0, seen, 1.0), silent)
            scale = own.scale(self._prior(j, scales), one.weight)
            if one.size == 1:
                usual = level + self.tempo.own * self._carried + weekly
                errors.append(logged - usual)
            else:
                errors.append(self._mean(one.size, logged - weekly, level + 5.0 * scales[0], one.slow) - level)
            scales.append(scale)
            unsure.append(scale * np.sqrt(1.0 + 2.0 * np.sqrt(one.size) / np.maximum(seen, 1.0)))
        return Look(logged, spent, usual, self.money(usual + both), weekly, errors, scales, unsure)

    def _prior(self, j: int, scales: list[Floats]) -> Floats | float:
        """Of a window, by how restless the next shorter one has been, whose errors are known sooner."""
        one, shorter = self.tempo.windows[j], self.tempo.windows[max(j - 1, 0)]
        if not one.follows:
            return one.prior
        return np.asarray(one.prior * np.clip((scales[j - 1] / shorter.prior) ** one.follows, *_FOLLOWS))

    def _weekly(self, now: Moment, holiday: bool) -> Floats:
        """On a holiday the profile is that of a Sunday, where that is lower."""
        weekly = self._profile[now.place]
        if not holiday or now.weekday >= 5:
            return np.asarray(weekly)
        per_day = self.tempo.per_day
        return np.asarray(np.minimum(weekly, self._profile[6 * per_day + now.place % per_day]))

    def _mean(self, size: int, newest: Floats, cap: Floats, slow: bool) -> Floats:
        """Of the last buckets, bursts capped; of a slow rise without the highest, which a rise does not need."""
        places = self._places.rows[1 - size :, 0].astype(np.int64)
        before = np.minimum(self.raw.rows[1 - size :] - self._profile[places], cap)
        newest = np.minimum(newest, cap)
        total = before.sum(axis=0) + newest
        if slow and size == 7:
            return np.asarray((total - np.maximum(before.max(axis=0), newest)) / (size - 1))
        return np.asarray(total / size)

    def total(self, spent: Floats, size: int) -> Floats:
        """Of the last `size` buckets, this one included."""
        return spent + self.spent.rows[1 - size :].sum(axis=0) if size > 1 else spent

    def learn(self, spent: Floats, now: Moment, look: Look, skip: Bools, unusual: Bools, holiday: bool) -> None:
        """Take in what a bucket came to; where `skip`, its usual spend instead, and nothing is learnt from it."""
        spent = np.where(skip, np.minimum(look.expected, spent), spent)
        logged = np.where(skip, look.usual, self.logs(spent))
        above = logged - look.usual
        born = (self.age > 0) | (self.alive(spent) & ~skip)
        counts = (born & ~skip & (not (holiday and now.weekday < 5))).astype(np.float64)
        believed = np.where(self.age < _UNTOUCHED * self.tempo.per_day, np.inf, _CLEAN) * look.scale
        clean = np.where(born, look.usual + np.clip(above, -believed, believed), logged)
        self._remember_errors(spent, above, look, counts, unusual)
        self.fell = above < -1.6
        self._carried = np.clip(above, -2.0 * look.scale, 2.0 * look.scale) * counts
        self.months.add(now, np.where(above > 1.5 * look.scale, above, 0.0))
        self.raw.add(logged)
        self.spent.add(spent)
        self.counts.add(counts)
        self._clean.add(clean)
        self._places.add(np.array([float(now.place)]))
        self._away.add((clean - self._profile[now.place]) * counts)
        self.age = np.where(born, self.age + 1.0, self.age)
        self._anew(above, look, unusual & ~skip)
        if now.closes:
            self._fit()

    def _remember_errors(self, spent: Floats, above: Floats, look: Look, counts: Floats, unusual: Bools) -> None:
        per_day = self.tempo.per_day
        for j, (one, own) in enumerate(zip(self.tempo.windows, self.errors, strict=True)):
            error = above if one.size == 1 else look.errors[j]
            since = _LEARNS * per_day if one.size == 1 else one.size + one.gap + 3 * per_day
            cut = np.where(unusual & (one.size > 1), _CUT_TOLD, _CUT) * look.scales[j]
            own.add(np.clip(error, -cut, cut), counts * (self.age >= since))
            self.sums[j].add(self.total(spent, one.size))

    def _anew(self, above: Floats, look: Look, unusual: Bools) -> None:
        """After enough buckets far on one side, or unusual at a stretch, that is the level: the older past is put
        there, its profile kept."""
        far, sign = np.abs(above) > _CLEAN * look.scale, np.sign(above)
        nearer = np.sign(self._side) * np.maximum(np.abs(self._side) - 1.0, 0.0)
        self._side = np.where(far, np.where(sign * self._side >= 0, self._side + sign, sign), nearer)
        self._stretch = np.where(unusual, self._stretch + 1.0, 0.0)
        moved = (np.abs(self._side) >= self.tempo.anchor) | (self._stretch >= self.tempo.settle)
        if not moved.any():
            return
        last = self.tempo.anchor
        weekly = self._profile[self._places.rows[:, 0].astype(np.int64)][:, moved]
        raw = self.raw.rows[-last:, moved]
        self._clean.rows[:-last, moved] = weekly[:-last] + np.median(raw - weekly[-last:], axis=0)
        self._clean.rows[-last:, moved] = raw
        self._side[moved], self._stretch[moved], self._carried[moved] = 0.0, 0.0, 0.0
        self._refresh()

    def _fit(self) -> None:
        places = self._places.rows[:, 0].astype(np.int64)
        self._profile = profile(self._clean.rows, self.counts.rows, places, self.tempo)
        self._refresh()

    def _refresh(self) -> None:
        places = self._places.rows[:, 0].astype(np.int64)
        np.copyto(self._away.rows, (self._clean.rows - self._profile[places]) * self.counts.rows)
