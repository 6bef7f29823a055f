"""What a scope that spends on some days alone will spend in the rest of a period: how often, and how much then. Pure.

On a day of its weekday it spends with some chance, and then an amount that has nothing to do with it (a compound
binomial sum). How far its weekdays differ is learnt from the scope: a job of one weekday is known from days at random
by how much more its weekdays differ than chance makes them. Chances and amounts are as unsure as few events leave
them, and more so where its weeks differ more than chance makes them. Whether it has ended is its silence against its
own gaps (as in Schmittlein, Morrison and Colombo, "Counting Your Customers", Management Science 1987).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from budgetbot.core.columns import Columns, Floats
from budgetbot.core.forecast_today import pace
from budgetbot.core.history import Ints
from budgetbot.core.outlook import Bools, Outlook

_QUIET = 0.25  # of the mean day: a day of less has no spend to speak of
_FROM, _ALONE = 0.4, 0.6  # share of quiet days from which this counts, and from which it counts alone
_LEAST_DAYS = 7
_RECENT = 28.0  # days after which the past counts half
_PRIOR, _PRIOR_RATE = 1.0, 0.25  # days of such a chance that are assumed
_CHANCE = 1.5  # weekdays that differ by so much more than chance makes them differ by chance
_REGULAR = (0.02, 0.95)  # least and most that weekdays can explain
_SIZES, _ALIKE, _SIZE_PRIOR = 0.6, 0.06, 1.5  # squared scatter of amounts, at random or of a job; events that say so
_WEEKS, _WEEK_CHANCE, _LEAST_WEEKS = 8.0, 1.3, 3  # weeks for which none differs too much; by what they may; to judge
_DRIFT = 0.0005  # squared relative error a day ahead
_FLOOR = 0.0004  # no forecast is surer than 2 %
_ENDING = 0.003  # chance that a scope ends on a given day
_SUREST, _MOST_SURE = 0.97, 0.98  # of an end; of nothing more to come
_CALLS = 3  # moments, at least, that the spend of a day is spread over


@dataclass(frozen=True, slots=True)
class _Habit:
    """Per scope: the chance to spend by class; amount and squared scatter of it; what comes on other days; `events`
    seen, of late; days that speak for the chance; `restless`: what its weeks show beyond chance, squared."""

    rates: Floats
    size: Floats
    scatter: Floats
    trickle: Floats
    events: Floats
    known: Floats
    restless: Floats


def with_gaps(seen: Outlook, spent: Floats, open_now: Floats, counts: Bools, cols: Columns) -> tuple[Outlook, Floats]:
    """`seen`, but scopes of few days as their gaps say; and how far each is such a scope, 0 to 1.

    `spent` and `counts` are (complete days, scopes), not negative; `open_now` may be NaN where it says nothing.
    """
    if cols.hourly or not len(cols.left):
        return seen, np.zeros(len(seen.mean))
    counts = counts & (np.cumsum(spent > 0, axis=0) > 0)
    days = np.maximum(counts.sum(axis=0), 1)
    on = counts & (spent > _QUIET * (spent * counts).sum(axis=0) / days)
    gaps = np.clip((1.0 - on.sum(axis=0) / days - _FROM) / (_ALONE - _FROM), 0.0, 1.0)
    gaps *= (days >= _LEAST_DAYS) & on.any(axis=0)
    few = np.flatnonzero(gaps > 0)
    if not len(few):
        return seen, gaps
    found = _outlook(spent[:, few], open_now[few], counts[:, few], on[:, few], cols)
    mixed = []
    for whole, part in zip((seen.mean, seen.variance, seen.none, seen.course), found, strict=True):
        mixed.append(whole.copy())
        mixed[-1][..., few] += gaps[few] * (part - whole[..., few])
    mean, variance, none, course = mixed
    return replace(seen, mean=mean, variance=variance, none=none, course=course), gaps


def _outlook(
    spent: Floats, open_now: Floats, counts: Bools, on: Bools, cols: Columns
) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, variance, chance of nothing and course, as in `Outlook`."""
    last = len(on) - 1 - np.argmax(on[::-1], axis=0)
    silent = counts & (np.arange(len(on))[:, None] > last)
    habit = _habit(spent, counts, on, silent, cols)
    ended = np.where(open_now > _QUIET * habit.size, 0.0, _ended(habit, silent, cols))
    ahead, today = _ahead(habit, open_now, cols)
    course = (1 - ended) * (ahead * habit.size + habit.trickle * cols.left[:, None])
    course[0] += today
    mean = course.sum(axis=0)
    gap = _none(-np.log1p(-np.minimum(ahead, 0.995)).sum(axis=0), habit)
    none = np.where(today > 0, 0.0, np.minimum(ended + (1 - ended) * gap, _MOST_SURE))
    days = (ahead * (1 + habit.scatter) - ahead**2).sum(axis=0)
    unsure = habit.scatter / habit.events + 1 / habit.known + habit.restless + _DRIFT * len(cols.left)
    begun = (cols.unsure**2 + (1 - pace(cols)) ** 2 * habit.scatter) * (today / habit.size) ** 2
    whole = np.maximum(mean / (habit.size * (1 - ended)), 1e-9)
    alive = (days + unsure * ahead.sum(axis=0) ** 2 + begun) / whole**2
    return mean, (1 + alive) / (1 - ended) - 1 + _FLOOR, none, course


def _habit(spent: Floats, counts: Bools, on: Bools, silent: Bools, cols: Columns) -> _Habit:
    recent = counts * 0.5 ** (np.arange(len(on))[::-1, None] / _RECENT)
    events = (on * recent).sum(axis=0)
    size = (spent * on * recent).sum(axis=0) / events
    scatter = ((spent - size) ** 2 * on * recent).sum(axis=0) / (events * size**2)
    trickle = (spent * ~on * recent).sum(axis=0) / recent.sum(axis=0)
    rates, regular = _rates(on * recent, recent * ~silent, cols.classes)
    usual = _SIZES + (_ALIKE - _SIZES) * regular
    scatter = (scatter * events + usual * _SIZE_PRIOR) / (events + _SIZE_PRIOR)
    single = (rates * (1 + scatter) - rates**2).mean(axis=0) / rates.mean(axis=0) ** 2
    known = (events + _PRIOR) / (1 - regular)
    return _Habit(rates, size, scatter, trickle, events, known, _restless(spent, counts, single))


def _rates(hits: Floats, tried: Floats, classes: Ints) -> tuple[Floats, Floats]:
    """The chance of each weekday (classes, scopes), and how much of chance to spend is that of weekdays, 0 to 1."""
    hit, days = (each.reshape(-1, 7, each.shape[1]).sum(axis=0) for each in (hits, tried))
    rate = (hit.sum(axis=0) + _PRIOR * _PRIOR_RATE) / (days.sum(axis=0) + _PRIOR)
    off = (days * (hit / np.maximum(days, 1e-12) - rate) ** 2).sum(axis=0) / (rate * (1 - rate)) / 6
    regular = np.clip((off - _CHANCE) / np.maximum(days.mean(axis=0) - 1, 1.0), *_REGULAR)
    prior = (1 - regular) / regular
    rates = np.empty_like(hit)
    rates[classes[:7]] = (hit + prior * rate) / (days + prior)
    return rates, regular


def _restless(spent: Floats, counts: Bools, single: Floats) -> Floats:
    """Squared relative scatter of whole weeks beyond that of days that know nothing of each other."""
    weeks = spent.reshape(-1, 7, spent.shape[1]).sum(axis=1)
    full = counts.reshape(-1, 7, spent.shape[1]).all(axis=1)
    number = full.sum(axis=0)
    mean = (weeks * full).sum(axis=0) / np.maximum(number, 1)
    off = ((weeks - mean) ** 2 * full).sum(axis=0) / np.maximum(number - 1, 1) / np.where(mean > 0, mean, 1.0) ** 2
    beyond = np.maximum(off - _WEEK_CHANCE * single / 7, 0.0)
    return np.asarray(beyond * (number >= _LEAST_WEEKS) * number / (number + _WEEKS))


def _none(quiet: Floats, habit: _Habit) -> Floats:
    """The chance of no event where -log of it is `quiet` by chances that are not quite known."""
    return np.asarray((1 + quiet / habit.known) ** -habit.known)


def _ended(habit: _Habit, silent: Bools, cols: Columns) -> Floats:
    """The chance that it has ended."""
    quiet = -np.log1p(-np.minimum(habit.rates, 0.995))
    over = _ENDING * silent.sum(axis=0)
    alive = _none((quiet[cols.classes[:-1]] * silent).sum(axis=0), habit)
    return np.asarray(np.minimum(over / (over + alive), _SUREST))


def _ahead(habit: _Habit, open_now: Floats, cols: Columns) -> tuple[Floats, Floats]:
    """The chances of the days ahead, and what the open day still brings where it has begun (its chance is 0 then).

    Where it has not, it may yet; the less likely, the more of it is over.
    """
    left = float(cols.left[0])
    ahead = habit.rates[cols.ahead_classes] * cols.left[:, None]
    usual = habit.trickle * (1 - left)
    begun, idle = (open_now > usual) & (open_now > 0), open_now <= usual
    rate, late = habit.rates[cols.ahead_classes[0]], left**_CALLS
    ahead[0] = np.where(begun, 0.0, np.where(idle, rate * late / (1 - rate * (1 - late)), ahead[0]))
    going = left * (pace(cols) * np.nan_to_num(open_now) / max(1 - left, 0.01) + (1 - pace(cols)) * habit.size)
    return ahead, np.where(begun, going, 0.0)
