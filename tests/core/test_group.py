from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from tests.standins.fx import rates
from tests.standins.spend import Spend, history, series, utc

HOUR = timedelta(hours=1)
FX = rates("USD EUR 0.9 2026-01-01", "USD EUR 0.7 2026-11-03")
ROWS = st.lists(
    st.builds(
        lambda project, hour, hours, billed, estimated, currency: Spend(
            series(project), utc("2026-11-01") + hour * HOUR, billed, estimated, hours * HOUR, currency
        ),
        st.sampled_from(["p1", "p2", None]),
        st.integers(0, 120),
        st.sampled_from([1, 24]),
        st.integers(-(10**12), 10**12),
        st.integers(0, 10**12),
        st.sampled_from(["USD", "EUR", "CHF"]),
    ),
    max_size=15,
)
EDGES = st.lists(st.integers(0, 150), max_size=8, unique=True).map(
    lambda hours: [utc("2026-11-01") + hour * HOUR for hour in sorted(hours)]
)


@given(ROWS, EDGES, st.sampled_from(["USD", "EUR"]))
def test_spend_by_bucket_is_what_each_bucket_comes_to_alone(rows: list[Spend], edges: list[datetime], to: str) -> None:
    group = history(rows).group(EVERYTHING, ["project"])

    found = group.by_bucket(edges, to, FX)

    assert found.shape == (len(group.scopes), max(len(edges) - 1, 0))
    for i, (start, end) in enumerate(pairwise(edges)):
        assert found[:, i].tolist() == [total.spent for total in group.converted(Span(start, end), to, FX).totals]


def test_more_than_64_bits_hold_is_cut_off() -> None:
    row = Spend(series("p1"), utc("2026-11-01"), 9 * 10**9 * NANO, currency="EUR")

    found = (
        history([row])
        .group(EVERYTHING)
        .by_bucket([utc("2026-11-01"), utc("2026-11-02")], "JPY", rates("EUR JPY 160 2026-01-01"))
    )

    assert found.tolist() == [[2**63 - 1]]


def test_a_history_begins_with_its_earliest_bucket() -> None:
    rows = [Spend(series("p1"), utc(day), 1) for day in ("2026-11-03", "2026-11-02")]

    assert (history(rows).begins(), history([]).begins()) == (utc("2026-11-02"), None)
