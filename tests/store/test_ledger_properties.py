"""Whatever is saved in whatever order: every past total can be told, and what is read equals what is current."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.core.directory import Directory
from budgetbot.core.history import History
from budgetbot.core.model import Bucket, CostLine, Series
from budgetbot.core.money import nanos
from budgetbot.store import Line, Store
from tests.store.samples import DAY, EVER, HOUR, LAG, TODAY

_sources = count(1)
_START = TODAY - 5 * DAY

line = st.tuples(
    st.sampled_from(["a", "b", None]),
    st.sampled_from(["gpt-5", None]),
    st.decimals(min_value=-100, max_value=100, places=11, allow_nan=False),
    st.sampled_from(["USD", "EUR"]),
)
step = st.tuples(
    st.integers(min_value=0, max_value=30),  # hours until it is read
    st.sampled_from(["costs", "credits"]),
    st.integers(min_value=0, max_value=2),  # which day
    st.lists(line, max_size=4),
)
steps = st.lists(step, min_size=1, max_size=7)
on_one_store = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Known = dict[tuple[str, datetime], dict[str, int]]


def bucket_of(source: str, report: str, day: int, lines: list[tuple[str | None, str | None, Decimal, str]]) -> Bucket:
    start = _START + day * DAY
    made = (CostLine(Series("openai", source, project, model=model), a, c) for project, model, a, c in lines)
    return Bucket(report, start, start + DAY, tuple(made))


def exact_sums(bucket: Bucket) -> dict[str, int]:
    by_currency: dict[str, list[Decimal]] = defaultdict(list)
    for one in bucket.costs:
        by_currency[one.currency].append(one.amount)
    return {currency: sum(nanos(amounts)) for currency, amounts in by_currency.items()}


def sums(lines: list[Line], source: str) -> Known:
    found: Known = defaultdict(lambda: defaultdict(int))
    for one in lines:
        if one.source == source:
            found[one.report, one.start][one.currency] += one.amount
    return nonzero(found)


def nonzero(known: Known) -> Known:
    kept = {key: {c: amount for c, amount in totals.items() if amount} for key, totals in known.items()}
    return {key: totals for key, totals in kept.items() if totals}


@given(steps)
@on_one_store
def test_any_past_total_is_told_as_it_was_known_then(
    store: Store, steps: list[tuple[int, str, int, list[tuple[str | None, str | None, Decimal, str]]]]
) -> None:
    source, now = f"s{next(_sources)}", _START
    known: Known = {}
    since: dict[tuple[str, datetime], datetime] = {}
    first: Known = {}
    past: list[tuple[datetime, Known]] = []
    for hours, report, day, lines in steps:
        now += hours * HOUR
        bucket = bucket_of(source, report, day, lines)
        store.ledger.save(source, bucket, now, LAG)
        known = {**known, (report, bucket.start): exact_sums(bucket)}
        since.setdefault((report, bucket.start), min(now, bucket.end + LAG))
        first.setdefault((report, bucket.start), exact_sums(bucket))
        past = [moment for moment in past if moment[0] != now] + [(now, known)]

    for moment, then in past:
        assumed = {key: first[key] for key in since if key not in then and since[key] <= moment}
        assert sums(store.ledger.cost_lines(EVER, as_of=moment), source) == nonzero({**assumed, **then})
    assert sums(store.ledger.cost_lines(EVER), source) == nonzero(known)


@given(steps)
@on_one_store
def test_spend_always_equals_the_current_lines_added_over_reports(
    store: Store, steps: list[tuple[int, str, int, list[tuple[str | None, str | None, Decimal, str]]]]
) -> None:
    source, now = f"s{next(_sources)}", _START
    for hours, report, day, lines in steps:
        now += hours * HOUR
        store.ledger.save(source, bucket_of(source, report, day, lines), now, LAG)

        current: dict[tuple[Series, datetime, str], int] = defaultdict(int)
        for one in store.ledger.cost_lines(EVER):
            if one.source == source:
                current[one.series, one.start, one.currency] += one.amount
        assert spent(store.ledger.history(EVER, Directory()), source) == current


def spent(history: History, source: str) -> dict[tuple[Series, datetime, str], int]:
    facts = history.facts
    found: dict[tuple[Series, datetime, str], int] = {}
    for i in range(len(facts.start)):
        series = history.series[facts.series[i]]
        if series.source == source:
            start = datetime.fromtimestamp(int(facts.start[i]) / 10**6, tz=TODAY.tzinfo)
            key = series, start, history.currencies[facts.currency[i]]
            assert key not in found
            found[key] = int(facts.billed[i])
            assert facts.low[i] == facts.high[i] == facts.billed[i]
            assert facts.estimated[i] == 0
            assert int(facts.end[i]) - int(facts.start[i]) == 86_400 * 10**6
    return found
