"""What is unusual in many spend series at once: one causal pass over time, with a band of what is usual. Pure.

All arrays are floats, time first, then series: statistics, never compared exactly with money. A series' verdict depends
on its own past and on the peers it is given, and is the same whether it is judged alone or among thousands.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly_band import Band
from budgetbot.core.anomaly_channels import Asked, dropped, raised
from budgetbot.core.anomaly_memory import Look, Memory
from budgetbot.core.anomaly_past import Bools, Floats, Ints
from budgetbot.core.anomaly_profile import moment
from budgetbot.core.anomaly_sparse import Sizes
from budgetbot.core.anomaly_telling import Telling
from budgetbot.core.anomaly_tempo import DAILY, HOURLY, strictness

Times = npt.NDArray[np.datetime64]

SENSITIVITY = {"low": 0.03, "medium": 0.1, "high": 0.5}
"""False alarms to be expected per series and year."""


class Channel(IntEnum):
    """What kind of unusual it is; codes of `Verdict.channel`."""

    QUIET = 0
    POINT = 1
    RAISED = 2
    LEAK = 3
    SPARSE = 4
    NEW = 5
    DROP = 6


@dataclass(frozen=True)
class Bucket:
    """One hour or day of every series. `first` is the spend as seen when it is judged, of which `share` (0 to 1) was
    there by that age, usually; `price` the list price against that of other times (1 = no change); `peers` what an
    active series of the organisation spends in a bucket, 0 where unknown; `excluded` buckets that people planned or
    called no anomaly: judged, told of by the caller's choice, and left out of what is usual."""

    time: np.datetime64  # its start, as wall time of the rule's time zone
    first: Floats
    price: Floats | float = 1.0
    holiday: bool = False
    peers: Floats | float = 0.0
    share: Floats | float = 1.0
    excluded: Bools | None = None


@dataclass(frozen=True)
class Verdict:
    """Per series (of `Detector.step`), or per bucket and series (of `run`). Money in the unit of what was given.

    `score`: 1 or more is unusual. `alarm`: it is, and has not been told within the cool-down, or has doubled since.
    `expected`, `low`, `high`: what is usual for this bucket, and the band that holds 95 % of usual ones; not the line
    of the alarm. `excess`: beyond the expected, over the channel's whole window; below 0 for a drop. `since`: index of
    the bucket where what is told began; -1 while quiet."""

    score: Floats
    alarm: Bools
    expected: Floats
    low: Floats
    high: Floats
    excess: Floats
    channel: Ints
    since: Ints


@dataclass(frozen=True)
class Block:
    """A whole past: rows are buckets without gaps, columns series. `settled` is what each came to, as known now, and
    `first` what was seen of it when it was judged (None: the same). The last row of `settled` is not read."""

    times: Times
    settled: Floats
    floor: Floats  # per series: an excess below it is not worth telling
    first: Floats | None = None
    price: Floats | None = None
    holiday: Bools | None = None  # per bucket
    peers: Floats | None = None  # per bucket, or per bucket and series
    share: Floats | None = None  # per bucket
    excluded: Bools | None = None  # per bucket and series
    hourly: bool = False
    target: float = SENSITIVITY["medium"]  # per series and year, see `each_of`


def each_of(target: float, series: int) -> float:
    """False alarms a year that one of so many series may have: a rule over more than 30 keeps the total of 30."""
    return target * min(1.0, 30.0 / max(series, 1))


class Detector:
    """What is remembered of a block of series. A new bucket costs one step, whatever the length of the past.

    Late and restated spend: keep a copy as of the last settled bucket, and step a copy of that through the others."""

    def __init__(self, floor: Floats, hourly: bool = False, target: float = SENSITIVITY["medium"]) -> None:
        self._floor = np.asarray(floor, dtype=np.float64)
        self._tempo = HOURLY if hourly else DAILY
        self._strict = strictness(target)
        series = len(self._floor)
        self._memory = Memory(self._floor, self._tempo)
        self._sizes = Sizes(self._memory)
        self._band = Band(series)
        self._telling = Telling(self._tempo.per_day, series)
        self._index = 0

    def judge(self, bucket: Bucket) -> Verdict:
        """Of the bucket that follows the last one learnt; changes nothing."""
        asked = self._asked(bucket)
        return self._verdict(self._look(bucket.first, asked), asked)

    def learn(self, bucket: Bucket, settled: Floats) -> Verdict:
        """Judge the bucket and go on to the next, remembering what this one came to."""
        asked = self._asked(bucket)
        look = self._look(bucket.first, asked)
        verdict = self._verdict(look, asked)
        skip = np.zeros(len(self._floor), dtype=np.bool_) if bucket.excluded is None else bucket.excluded
        down = verdict.channel == Channel.DROP
        size = np.abs(look.spent - self._memory.money(look.usual))
        self._telling.learn(self._index, verdict.alarm & ~skip, down, size, verdict.since)
        spent = _money(settled) / asked.price
        quiet = ~skip & (verdict.score < 1.0)
        self._band.learn(self._memory, look, self._sizes, spent, quiet)
        self._sizes.learn(self._memory, spent, skip)
        self._memory.learn(spent, asked.now, look, skip, verdict.score >= 1.0, asked.holiday)
        self._index += 1
        return verdict

    def copy(self) -> Detector:
        """One that goes its own way."""
        return copy.deepcopy(self)

    def _asked(self, bucket: Bucket) -> Asked:
        def row(value: Floats | float, least: float) -> Floats:
            return np.maximum(np.broadcast_to(np.asarray(value, dtype=np.float64), self._floor.shape), least)

        now = moment(bucket.time, self._tempo.hourly)
        price, share = row(bucket.price, 1e-12), np.minimum(row(bucket.share, 0.01), 1.0)
        return Asked(now, bucket.holiday, price, share, row(bucket.peers, 0.0), self._strict)

    def _look(self, first: Floats, asked: Asked) -> Look:
        return self._memory.look(_money(first) / asked.price / asked.share, asked.now, asked.holiday)

    def _verdict(self, look: Look, asked: Asked) -> Verdict:
        memory, sizes, windows = self._memory, self._sizes, self._tempo.windows
        sparse = sizes.sparse()
        scores = [np.where(sparse, 0.0, one) for one in raised(memory, look, asked)]
        scores.append(sizes.unusual(memory, look.spent, asked))
        scores.append(sizes.first(memory, look.spent, asked))
        scores.append(dropped(memory, look, asked))
        table = np.array(scores)
        if self._index < self._tempo.warm * self._tempo.per_day:
            table = np.minimum(table, 0.0)
        which, score = table.argmax(axis=0), np.maximum(table.max(axis=0), 0.0)
        kinds = [_kind(one.size, one.slow) for one in windows] + [Channel.SPARSE, Channel.NEW, Channel.DROP]
        spans = np.array([one.size + one.gap for one in windows] + [1, 1, 1])[which]
        channel = np.where(score >= 1.0, np.array(kinds)[which], Channel.QUIET)
        down = channel == Channel.DROP
        size = np.abs(look.spent - memory.money(look.usual))
        alarm = self._telling.news(self._index, score >= 1.0, down, channel == Channel.LEAK, size)
        since = self._telling.since(self._index, score >= 1.0, spans)
        low, high = self._band.around(memory, look, sizes)
        excess = self._excess(look, np.array([one.size for one in windows] + [1, 1, 1])[which])
        money = asked.price * asked.share
        return Verdict(
            score,
            alarm,
            look.expected * money,
            low * money,
            high * money,
            excess * money,
            channel.astype(np.int64),
            since,
        )

    def _excess(self, look: Look, sizes: Ints) -> Floats:
        """Over the window that tells: what came beyond what the level before it would have come to."""
        excess = look.spent - look.expected
        for j, one in enumerate(self._tempo.windows):
            if one.size > 1:
                total = self._memory.total(look.spent, one.size)
                above = total * (1.0 - np.exp(-np.maximum(look.errors[j], 0.0)))
                excess = np.where(sizes == one.size, above, excess)
        return excess


def run(block: Block) -> Verdict:
    """Every bucket judged by what was known before it."""
    detector = Detector(block.floor, block.hourly, each_of(block.target, len(block.floor)))
    first = block.settled if block.first is None else block.first
    found = [detector.learn(_bucket(block, first, i), block.settled[i]) for i in range(len(block.times))]
    return Verdict(*(np.array([getattr(one, name) for one in found]) for name in Verdict.__dataclass_fields__))


def _bucket(block: Block, first: Floats, i: int) -> Bucket:
    return Bucket(
        block.times[i],
        first[i],
        1.0 if block.price is None else block.price[i],
        block.holiday is not None and bool(block.holiday[i]),
        0.0 if block.peers is None else block.peers[i],
        1.0 if block.share is None else float(block.share[i]),
        None if block.excluded is None else block.excluded[i],
    )


def _kind(size: int, slow: bool) -> Channel:
    if slow:
        return Channel.LEAK
    return Channel.POINT if size == 1 else Channel.RAISED


def _money(spent: Floats) -> Floats:
    """Credits and gaps are no spend."""
    return np.maximum(np.nan_to_num(np.asarray(spent, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0), 0.0)
