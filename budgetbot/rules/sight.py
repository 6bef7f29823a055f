"""How far spend is known at a moment, source by source, and of which scopes nothing can be said for now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.model import Watermark

_LAG = timedelta(hours=1)  # a source that was read so much earlier than the others says nothing of the last bucket


class Sight(NamedTuple):
    """`known`: up to when most sources were read. `blind`: those that were not, or are stale."""

    known: datetime
    blind: frozenset[str]


def sight(history: History, stale: Collection[str], now: datetime) -> Sight:
    """How far it can be seen; what was never marked is taken for read, as of now."""
    marks: dict[str, list[Watermark]] = defaultdict(list)
    for mark in history.watermarks:
        marks[mark.source].append(mark)
    reach = {source: _reach(some, now) for source, some in marks.items()}
    seen = [known for source, known in reach.items() if known is not None and source not in stale]
    known = max(seen, default=now)
    late = {source for source, to in reach.items() if to is None or to < known - _LAG}
    return Sight(known, frozenset({*stale, *late}))


def _reach(marks: Sequence[Watermark], now: datetime) -> datetime | None:
    """Bills and use up to this moment; the hour that fills is read with the others, as far as it has come."""
    known = [max(mark.complete_to, mark.pulled_at or mark.complete_to) for mark in marks if mark.complete_to]
    return min(now, *known) if len(known) == len(marks) else None


def unseen(group: Group, blind: Collection[str]) -> frozenset[int]:
    """The scopes that hold spend of a blind source, by number."""
    if not blind:
        return frozenset()
    series = group.history.series
    return frozenset(i for i in range(len(group.scopes)) if any(series[m].source in blind for m in group.members(i)))
