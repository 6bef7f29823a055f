"""Whatever is derived in whatever order: every past hour is told as it was read then, row by row."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.core.directory import Directory
from budgetbot.core.estimate import Spent
from budgetbot.core.model import Series
from budgetbot.store import Store
from budgetbot.store.changes import whole_hour
from tests.store.known import Known, current, known
from tests.store.samples import DAY, EVER, HOUR, LAG, MINUTE, TODAY, costs

_sources = count(1)
on_one_store = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

derived = st.tuples(
    st.sampled_from("abc"),
    st.integers(min_value=0, max_value=23),
    st.sampled_from([HOUR, DAY, 3 * HOUR, 15 * MINUTE]),
    st.sampled_from(["USD", "EUR"]),
    st.integers(min_value=-(10**12), max_value=10**12),
)
step = st.tuples(
    st.integers(min_value=0, max_value=60 * 40),  # minutes until then
    st.integers(min_value=0, max_value=2),  # which day
    st.booleans(),  # whether a bill comes first
    st.lists(derived, max_size=6),
)


@given(st.lists(step, min_size=1, max_size=9))
@on_one_store
def test_every_past_hour_is_told_as_it_was_read_then(
    store: Store, steps: list[tuple[int, int, bool, list[tuple[str, int, timedelta, str, int]]]]
) -> None:
    source, now = f"s{next(_sources)}", TODAY + HOUR
    seen: dict[datetime, tuple[frozenset[datetime], Known]] = {}
    days: frozenset[datetime] = frozenset()
    for minutes, number, bill, rows in steps:
        now, day = now + minutes * MINUTE, TODAY + number * DAY
        if bill:
            store.ledger.save(source, costs({"a": str(minutes), "z": "1"}, day), now, LAG)
        store.days.put(source, day, [spent(source, day, *row) for row in rows], [], now, settled=False)
        days |= {day}
        seen[whole_hour(now)] = days, of_days(current(store.ledger.history(EVER, Directory())), source, days)

    told = store.ledger.past(EVER, Directory())
    assert (np.diff(told.changes.at) >= 0).all()
    for mark, (those, then) in seen.items():
        assert of_days(known(told, mark), source, those) == then


def of_days(rows: Known, source: str, days: frozenset[datetime]) -> Known:
    return {
        row: n for row, n in rows.items() if row.series.source == source and row.start.replace(hour=0, minute=0) in days
    }


def spent(source: str, day: datetime, project: str, hour: int, width: timedelta, currency: str, amount: int) -> Spent:
    start = day + hour * HOUR
    one = Series("openai", source, project=project)
    return Spent(one, start, start + width, currency, amount, amount // 2, amount, 2 * amount)
