"""From verdicts, bucket by bucket, to what is told of each series: whether it is unusual now, since when, how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly import Channel, Verdict
from budgetbot.core.money import NANO, Nano

NAMES: dict[Channel, str] = {
    Channel.POINT: "spike",
    Channel.RAISED: "shift",
    Channel.LEAK: "leak",
    Channel.SPARSE: "sparse",
    Channel.NEW: "new",
    Channel.DROP: "drop",
}
"""What people read, and the level of an alert."""
Bools = npt.NDArray[np.bool_]


class Numbers(NamedTuple):
    """One bucket, by its number: what was expected of it with the 95 % band, nano-units to a millionth of the money."""

    bucket: int
    expected: Nano
    low: Nano
    high: Nano


class Episode(NamedTuple):
    """A run of unusual buckets, `first` to `last` by number, of one series. `numbers`: of the one that is told of.

    `excess`: nano-units beyond the usual, over all of the run; below 0 for a drop.
    """

    channel: str
    first: int
    last: int
    numbers: Numbers
    excess: Nano


@dataclass(frozen=True)
class Tail:
    """The verdicts on buckets in a row, the number of the first one, what was seen in each, and how many are over.

    `window`: an episode lasts until so many buckets that are over, in a row, are usual. `settling`: so many of the last
    ones may still grow, and show no drop.
    """

    verdicts: Sequence[Verdict]
    begins: int
    seen: npt.NDArray[np.float64]
    over: int
    window: int
    settling: int

    def unusual(self) -> Bools:
        """By bucket and series."""
        found = np.array([v.score >= 1 for v in self.verdicts])
        drops = np.array([v.channel == Channel.DROP for v in self.verdicts])
        found[max(0, self.over - self.settling) :] &= ~drops[max(0, self.over - self.settling) :]
        found &= np.array([v.channel != Channel.QUIET for v in self.verdicts])
        return found

    def episode(self, series: int, unusual: Bools) -> Episode | None:
        """What goes on now; None where nothing does that was worth an alarm."""
        places = np.flatnonzero(unusual[:, series])
        if not len(places) or places[-1] < self.over - self.window:
            return None
        gaps = np.flatnonzero(np.diff(places) > self.window)
        run = places[gaps[-1] + 1 :] if len(gaps) else places
        told = any(bool(self.verdicts[i].alarm[series]) for i in run)
        before = self.begins > 0 and run[0] < self.window  # it began before what is looked at
        return self._told(series, [int(i) for i in run]) if told or before else None

    def latest(self, series: int) -> Numbers:
        """The last bucket that is over."""
        return self.numbers(series, self.over - 1)

    def numbers(self, series: int, place: int) -> Numbers:
        """Of one of the buckets."""
        verdict = self.verdicts[place]
        told = (verdict.expected[series], verdict.low[series], verdict.high[series])
        return Numbers(self.begins + place, *(_nano(money) for money in told))

    def _told(self, series: int, run: Sequence[int]) -> Episode:
        over = [place for place in run if place < self.over]
        place = over[-1] if over else run[-1]
        verdict = self.verdicts[place]
        channel, whole = Channel(int(verdict.channel[series])), float(verdict.excess[series])
        since = [int(v) for i in run if (v := self.verdicts[i].since[series]) >= 0]
        beyond = sum(float(self.seen[i, series] - self.verdicts[i].expected[series]) for i in run)
        return Episode(
            channel=NAMES[channel],
            first=min([self.begins + run[0], *since]),
            last=self.begins + run[-1],
            numbers=self.numbers(series, place),
            excess=_nano(min(beyond, whole) if channel is Channel.DROP else max(beyond, whole)),
        )


def _nano(money: float) -> Nano:
    """To a millionth: what is expected is no exact figure."""
    return round(float(money) * 1_000_000) * (NANO // 1_000_000)
