"""The detector's verdicts on the scopes of an anomaly rule: which are unusual now, and what they spent of late."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from budgetbot.core.anomaly import SENSITIVITY, Bucket, each_of
from budgetbot.core.instant import iso
from budgetbot.core.money import NANO, Nano
from budgetbot.rules.aside import Asked
from budgetbot.rules.course import Terms, ahead, course, is_behind
from budgetbot.rules.episode import Episode, Numbers, Tail
from budgetbot.rules.grid import Floats, Grid, Width, later, looks_back
from budgetbot.rules.rule import Context, digest
from budgetbot.rules.unusual_block import Block, blocks
from budgetbot.rules.unusual_rows import Columns, Rows

_TAIL: dict[Width, int] = {"hour": 72, "day": 10}  # buckets that are looked at anew while they may be restated
_WINDOW: dict[Width, int] = {"hour": 3, "day": 2}  # buckets without anything unusual after which it is over
_SETTLING: dict[Width, int] = {"hour": 6, "day": 1}  # buckets that may still grow
_PER_DAY: dict[Width, int] = {"hour": 24, "day": 1}
_LEAST_SHARE = 0.2  # of a bucket that must be there before it is judged while it fills
_PEER_DAYS = 14
_AHEAD = timedelta(days=2)  # before the past begins later, it is gone through from there little by little
_ROWS_AHEAD = 24  # at each look


class Watching(NamedTuple):
    """What an anomaly rule asks for; `min_impact` in nano-units."""

    asked: Asked
    width: Width
    sensitivity: str
    min_impact: Nano


class Judged(NamedTuple):
    """By the number of the scope: what is unusual now; and the last bucket that is over, of those asked for."""

    episodes: dict[int, Episode]
    latest: dict[int, Numbers]


def judged(rule: Watching, context: Context, known: Grid, wanted: Collection[int]) -> Judged:
    """Every scope; `wanted` are those of which the last bucket is asked for."""
    keys = [scope.key for scope in known.group.scopes]
    rows, filling = _rows(rule, context, known), _filling(rule, context, known)
    terms = _terms(rule, context, known)
    found = Judged({}, {})
    for block in blocks(terms, keys):
        tail = _tail(rule, known, block, terms, rows, filling)
        if tail.over:
            _read(found, rule, known, block, tail, wanted)
    _look_ahead(rule, context, known)
    return found


def _terms(rule: Watching, context: Context, known: Grid) -> Terms:
    """Of all scopes together."""
    identity = digest(*rule.asked, rule.width, context.zone.key, context.currency)
    target = each_of(SENSITIVITY[rule.sensitivity], _rounded(len(known.group.scopes)))
    return Terms(identity, iso(known.edges[0]), (), rule.min_impact / NANO, rule.width == "hour", target)


def _tail(rule: Watching, known: Grid, block: Block, terms: Terms, rows: Rows, filling: Bucket | None) -> Tail:
    one, size = terms._replace(scopes=block.scopes), _TAIL[rule.width]
    verdicts = course(one, rows.of(block.columns), size, _part(filling, block.columns))
    begins = max(0, known.finished - size)
    seen = known.usual[begins : begins + len(verdicts)][:, block.columns] / NANO
    return Tail(verdicts, begins, seen, known.finished - begins, _WINDOW[rule.width], _SETTLING[rule.width])


def _look_ahead(rule: Watching, context: Context, known: Grid) -> None:
    """Soon a week or a month of the past is left out, and all is gone through anew: that is prepared, look by look."""
    begins = looks_back(rule.width, known.known + _AHEAD, context.zone)
    if begins not in known.edges[1 : known.finished]:
        return
    first, size = known.edges.index(begins), _TAIL[rule.width]
    terms = _terms(rule, context, known)._replace(begins=iso(begins))
    parts = [(terms._replace(scopes=b.scopes), b) for b in blocks(terms, [s.key for s in known.group.scopes])]
    behind = [(one, block) for one, block in parts if is_behind(one, known.finished - first, size)]
    if behind:
        rows = _rows(rule, context, later(known, first, context))
        for one, block in behind:
            ahead(one, rows.of(block.columns), size, _ROWS_AHEAD)


def _read(found: Judged, rule: Watching, known: Grid, block: Block, tail: Tail, wanted: Collection[int]) -> None:
    unusual = tail.unusual()
    for place in np.flatnonzero(unusual[max(0, tail.over - tail.window) :].any(axis=0)).tolist():
        episode, scope = tail.episode(place, unusual), int(block.columns[place])
        if scope >= 0 and episode is not None and abs(episode.excess) >= rule.min_impact and scope not in known.mute:
            found.episodes[scope] = episode
    for place, scope in enumerate(block.columns.tolist()):
        if scope in wanted:
            found.latest[scope] = tail.latest(place)


def _rounded(scopes: int) -> int:
    """The next power of two, so that one series more does not change what is expected of all the others."""
    return 1 << max(0, scopes - 1).bit_length()


def _rows(rule: Watching, context: Context, known: Grid) -> Rows:
    """The buckets that are over, in money."""
    count, local = known.finished, [edge.astimezone(context.zone) for edge in known.edges[: known.finished]]
    settled = known.usual[:count] / NANO
    return Rows(
        times=np.array([at.replace(tzinfo=None) for at in local], dtype="datetime64[s]"),
        settled=settled,
        excluded=known.excluded[:count],
        holiday=np.array([at.date() in context.holidays for at in local], dtype=np.bool_),
        peers=_peers(settled, _PER_DAY[rule.width]),
        price=None if known.price is None else known.price[:count],
    )


def _peers(settled: Floats, per_day: int) -> Floats:
    """What an active series usually spends in a bucket: the median of their means over the days before, day by day."""
    found = np.zeros(len(settled))
    total = np.vstack([np.zeros(settled.shape[1]), np.cumsum(settled, axis=0)])
    for row in range(per_day, len(settled), per_day):
        first = max(0, row - _PEER_DAYS * per_day)
        means = (total[row] - total[first]) / (row - first)
        active = means[means > 0]
        found[row : row + per_day] = np.median(active) if len(active) else 0.0
    return found


def _filling(rule: Watching, context: Context, known: Grid) -> Bucket | None:
    """The bucket that is under way, where enough of it is there to say something."""
    if known.share is None or float(np.max(known.share)) < _LEAST_SHARE:
        return None
    scopes = len(known.group.scopes)
    start = known.edges[-2].astimezone(context.zone)
    share = np.maximum(np.broadcast_to(known.share, (scopes,)), _LEAST_SHARE)
    means = known.usual[max(0, known.finished - _PEER_DAYS * _PER_DAY[rule.width]) : known.finished].mean(axis=0) / NANO
    return Bucket(
        time=np.datetime64(start.replace(tzinfo=None), "s"),
        first=known.usual[-1] / NANO,
        holiday=start.date() in context.holidays,
        peers=float(np.median(means[means > 0])) if (means > 0).any() else 0.0,
        share=share,
        excluded=known.excluded[-1],
        price=1.0 if known.price is None else known.price[-1],
    )


def _part(bucket: Bucket | None, columns: Columns) -> Bucket | None:
    if bucket is None or bucket.excluded is None or isinstance(bucket.share, float):
        return bucket
    first, share, excluded = bucket.first[columns], bucket.share[columns], bucket.excluded[columns]
    price = bucket.price if isinstance(bucket.price, float) else bucket.price[columns]
    return replace(bucket, first=first, share=share, excluded=excluded, price=price)
