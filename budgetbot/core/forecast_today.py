"""The rest of the open day, as the day has begun. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from budgetbot.core.columns import Columns, Floats
from budgetbot.core.outlook import Outlook

_PACE = 0.5  # how far the day's own pace, against its usual spend, speaks for its rest once half of it is over
_MOST = 40.0  # times the usual


def pace(cols: Columns) -> float:
    """How far the pace of the open day says how it goes on, 0 to 1: fully from the half of it on."""
    return min(1.0, 2 * (1 - float(cols.left[0])))


def with_today(seen: Outlook, open_now: Floats, gaps: Floats, cols: Columns) -> Outlook:
    """`seen`, but that what the open day holds so far (NaN: it says nothing) moves its rest, and makes it surer.

    `gaps`: how far (0 to 1) a scope is one of few days, whose open day `with_gaps` has looked at.
    """
    if cols.hourly or not len(cols.left) or not 0 < cols.left[0] < 1:
        return seen
    left, usual = float(cols.left[0]), seen.course[0]
    trust = np.where(np.isnan(open_now), 0.0, _PACE * pace(cols) * (1 - gaps))
    going = np.minimum(np.nan_to_num(open_now) * left / (1 - left), _MOST * usual)
    first = (1 - trust) * usual + trust * going
    mean = seen.mean + (first - usual)
    others = np.maximum(seen.variance * seen.mean**2 - (cols.unsure * usual) ** 2, 0.0)
    off = (cols.unsure * first) ** 2 * ((1 - trust) ** 2 + trust**2)  # two that err apart err less together
    variance = (others + off) / np.where(mean > 0, mean, 1.0) ** 2
    course = np.concatenate((first[None], seen.course[1:]))
    return replace(seen, mean=mean, course=course, variance=np.where(mean > 0, variance, seen.variance))
