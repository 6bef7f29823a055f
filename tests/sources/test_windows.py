from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Bucket
from budgetbot.sources.windows import edge_after, filled

DAY = 86_400


def bucket(start: int) -> Bucket:
    begin = datetime.fromtimestamp(start, UTC)
    return Bucket("costs", begin, begin + timedelta(days=1))


@given(st.sets(st.integers(0, 20)))
def test_every_start_comes_once_in_order_whatever_the_walk_left_out(present: set[int]) -> None:
    walk = [(day * DAY, bucket(day * DAY)) for day in sorted(present)]

    buckets = list(filled("costs", range(0, 21 * DAY, DAY), walk))

    assert buckets == [bucket(day * DAY) for day in range(21)]
    assert all(buckets[start // DAY] is known for start, known in walk)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_edge_after_a_moment_is_the_nearest_one_not_before_it(moment: datetime) -> None:
    edge = edge_after(moment, DAY)

    assert edge % DAY == 0
    assert timedelta(0) <= datetime.fromtimestamp(edge, UTC) - moment < timedelta(days=1)
