"""From providers into the ledger: what is asked for, what is kept, and what is not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Watermark
from budgetbot.core.money import nano
from budgetbot.core.period import Span
from budgetbot.pulling import Stopped, backfill, pull
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sources import Report
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Ledger, Store
from tests.standins.clock import Clock
from tests.standins.openai import KEY, Fault, OpenAIStandIn, at, error

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 11, 10, 12, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 10, tzinfo=UTC)
USAGE = "/organization/usage/completions"
COSTS = "/organization/costs"


@pytest.fixture
def ledger(sqlite_store: Store) -> Ledger:
    return sqlite_store.ledger


@pytest.fixture
def api() -> Iterator[OpenAIStandIn]:
    """An OpenAI with one project that costs a dollar a day, and uses something each hour; other reports it lacks."""
    with OpenAIStandIn(at("2026-11-10T12:30")) as standin:
        standin.rows["costs"] = {day: [dollars("1.00")] for day in range(at("2026-08-01"), at("2026-11-11"), 86_400)}
        hours = range(at("2026-10-01"), at("2026-11-10T13:00"), 3_600)
        standin.rows["completions"] = {hour: [{"num_model_requests": 2, "project_id": "proj_a"}] for hour in hours}
        standin.lists["/organization/projects"] = [{"id": "proj_a", "name": "research", "status": "active"}]
        standin.lists["/organization/projects/proj_a/api_keys"] = []
        yield standin


def dollars(amount: str, project: str = "proj_a") -> dict[str, object]:
    return {"amount": {"value": amount, "currency": "usd"}, "project_id": project}


class Brief(OpenAISource):
    """Offers the bill and one kind of usage: reading the others as well takes time and shows nothing else."""

    def reports(self) -> tuple[Report, ...]:
        return super().reports()[:2]


@pytest.fixture
def make(ledger: Ledger) -> Iterator[Callable[..., OpenAISource]]:
    made = []

    def build(url: str, key: str = KEY, kind: type[OpenAISource] = Brief) -> OpenAISource:
        source = kind("openai", SecretStr(key), url, memory=ledger.memory("openai"), attempts=2, sleep=lambda _: None)
        made.append(source)
        return source

    yield build
    for source in made:
        source.close()


@pytest.fixture
def source(api: OpenAIStandIn, make: Callable[..., OpenAISource]) -> OpenAISource:
    return make(api.url)


def asked(api: OpenAIStandIn, path: str) -> list[tuple[str | None, datetime, datetime]]:
    """Width, start and end of every request for a report; forgets them."""
    seen = [one for one in api.requests if one.path == path]
    api.requests.clear()
    return [(one.one("bucket_width"), moment(one.one("start_time")), moment(one.one("end_time"))) for one in seen]


def moment(seconds: str | None) -> datetime:
    assert seconds is not None
    return datetime.fromtimestamp(int(seconds), UTC)


def mark(ledger: Ledger, report: str) -> Watermark:
    return next(one for one in ledger.watermarks() if one.report == report)


def billed(ledger: Ledger, start: datetime, end: datetime) -> Decimal:
    return sum((Decimal(line.amount) for line in ledger.cost_lines(Span(start, end))), Decimal()) / 10**9


def test_the_first_pull_stores_exactly_what_the_provider_bills(
    ledger: Ledger, make: Callable[..., OpenAISource]
) -> None:
    organisation = Organisation(seed=5, projects=3, keys_per_project=2, history_days=40, clock=lambda: NOW)
    with serve(organisation) as served:
        assert pull(make(served.base_url, served.admin_key, OpenAISource), ledger, NOW) == []

    days = [TODAY - n * DAY for n in range(40)]
    directory = Directory(ledger.entities(), ())
    for day in days:
        span = Span(day, day + DAY)
        group = ledger.history(span, directory).group(EVERYTHING, ("project",))
        totals = group.totals(span, "USD")
        got = {scope.parts[0].id: total.billed for scope, total in zip(group.scopes, totals, strict=True)}
        want = organisation.total(span.start, span.end, by="project")
        assert {id: amount for id, amount in got.items() if amount} == {id: nano(want[id]) for id in want if want[id]}


def test_the_second_pull_stores_nothing_twice(ledger: Ledger, make: Callable[..., OpenAISource]) -> None:
    clock = Clock(NOW)
    organisation = Organisation(seed=5, projects=2, keys_per_project=2, history_days=20, clock=clock)
    with serve(organisation) as served:
        source = make(served.base_url, served.admin_key)
        pull(source, ledger, NOW)
        clock.now = NOW + timedelta(minutes=5)
        assert pull(source, ledger, clock.now) == []

    wanted = organisation.total(TODAY - 20 * DAY, TODAY + DAY)[None]
    assert billed(ledger, TODAY - 20 * DAY, TODAY + DAY) == wanted


def test_a_new_source_is_asked_for_ninety_days_and_two_weeks_of_hours(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    assert pull(source, ledger, NOW) == []

    requests = list(api.requests)
    costs = asked(api, COSTS)
    assert (costs[0][1], costs[-1][2]) == (TODAY - 90 * DAY, TODAY + DAY)
    api.requests[:] = requests
    usage = asked(api, USAGE)
    days, hours = [one for one in usage if one[0] == "1d"], [one for one in usage if one[0] == "1h"]
    assert (days[0][1], days[-1][2]) == (TODAY - 90 * DAY, TODAY - 14 * DAY)
    assert (hours[0][1], hours[-1][2]) == (TODAY - 14 * DAY, NOW.replace(minute=0) + HOUR)


def test_the_next_pull_asks_only_for_what_may_have_changed(
    api: OpenAIStandIn, ledger: Ledger, make: Callable[..., OpenAISource]
) -> None:
    source = make(api.url, kind=OpenAISource)
    pull(source, ledger, NOW)
    api.requests.clear()

    assert pull(source, ledger, NOW + timedelta(minutes=5)) == []

    assert len(api.requests) == 12  # one for each report, and none for names
    requests = list(api.requests)
    assert asked(api, COSTS) == [("1d", TODAY - 3 * DAY, TODAY + DAY)]
    api.requests[:] = requests
    assert asked(api, USAGE) == [("1h", TODAY + 9 * HOUR, TODAY + 13 * HOUR)]


def test_once_a_day_it_looks_further_back_and_early_in_a_month_at_the_whole_one_before(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    pull(source, ledger, NOW)
    api.requests.clear()

    pull(source, ledger, NOW + DAY)
    assert asked(api, COSTS) == [("1d", TODAY - 7 * DAY, TODAY + 2 * DAY)]

    december = datetime(2026, 12, 2, 8, tzinfo=UTC)
    pull(source, ledger, december - DAY)
    api.requests.clear()
    pull(source, ledger, december)
    assert asked(api, COSTS)[0][1] == datetime(2026, 11, 1, tzinfo=UTC)


def test_after_an_outage_it_reads_from_where_it_stopped(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    pull(source, ledger, NOW)
    api.requests.clear()

    pull(source, ledger, NOW + 20 * DAY)

    assert asked(api, COSTS)[0][1] == TODAY - 7 * DAY


def test_a_late_bill_replaces_what_was_known(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    pull(source, ledger, NOW)
    api.rows["costs"][at("2026-11-09")] = [dollars("7.50"), dollars("0.25", "proj_b")]
    pull(source, ledger, NOW + HOUR)

    yesterday = Span(TODAY - DAY, TODAY)
    assert billed(ledger, *yesterday_of(yesterday)) == Decimal("7.75")
    then = ledger.cost_lines(yesterday, as_of=NOW)
    assert [line.amount for line in then] == [nano(Decimal(1))]


def yesterday_of(span: Span) -> tuple[datetime, datetime]:
    return span.start, span.end


@pytest.mark.parametrize(("path", "name", "other"), [(COSTS, "costs", "completions"), (USAGE, "completions", "costs")])
def test_a_report_that_fails_keeps_its_watermark_and_the_others_go_on(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource, path: str, name: str, other: str
) -> None:
    pull(source, ledger, NOW)
    before = mark(ledger, name)
    broken = error(500, "The server had an error")
    broken.on = path
    api.faults.extend([broken] * 2)

    errors = pull(source, ledger, NOW + HOUR)

    assert len(errors) == 1
    assert errors[0].startswith(f"openai: {name}: ")
    after = mark(ledger, name)
    assert (after.complete_to, after.pulled_at, after.failures) == (before.complete_to, before.pulled_at, 1)
    assert "500" in str(after.error)
    assert mark(ledger, other).pulled_at == NOW + HOUR
    assert pull(source, ledger, NOW + 2 * HOUR) == []
    assert (mark(ledger, name).error, mark(ledger, name).failures) == (None, 0)


def test_one_failing_report_does_not_leave_everybody_without_a_name(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    broken = error(500, "The server had an error")
    broken.on = USAGE
    api.faults.extend([broken] * 2)

    pull(source, ledger, NOW)

    assert [one.name for one in ledger.entities()] == ["research"]


@pytest.mark.parametrize("since", [None, TODAY - 10 * DAY], ids=["pull", "backfill"])
def test_a_refused_credential_is_asked_about_once(
    api: OpenAIStandIn, ledger: Ledger, make: Callable[..., OpenAISource], since: datetime | None
) -> None:
    source = make(api.url, "sk-proj-wrong-0123456789")

    errors = backfill(source, ledger, since, None, NOW) if since else pull(source, ledger, NOW)

    assert len(errors) == 1
    assert "sk-proj-wrong" not in errors[0]
    assert len({one.path for one in api.requests}) == 1


def test_an_interrupted_walk_goes_on_where_it_stopped(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    cuts = iter([None, None, error(500, "gone"), error(500, "gone")])

    def refuse_the_third() -> None:
        api.faults.extend([Fault(edit=lambda _: None, on=COSTS)] * 2 + [error(500, "gone")] * 2)

    del cuts
    refuse_the_third()
    errors = pull(source, ledger, NOW)
    assert errors[0].startswith("openai: costs: ")
    assert billed(ledger, TODAY - 90 * DAY, TODAY + DAY) == 62  # two windows of 31 days came whole
    assert mark(ledger, "costs").complete_to is None
    api.requests.clear()

    assert pull(source, ledger, NOW + HOUR) == []

    assert asked(api, COSTS) == [("1d", TODAY - 28 * DAY, TODAY + DAY)]
    assert billed(ledger, TODAY - 90 * DAY, TODAY + DAY) == 91
    assert mark(ledger, "costs").pulled_at == NOW + HOUR


def test_whoever_asks_it_to_stop_loses_nothing(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    def stop(source: str, report: str, share: float) -> None:
        if share > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        pull(source, ledger, NOW, stop)
    api.requests.clear()
    assert pull(source, ledger, NOW) == []

    assert asked(api, COSTS)[0][1] > TODAY - 50 * DAY
    assert billed(ledger, TODAY - 90 * DAY, TODAY + DAY) == 91


def test_progress_rises_to_the_whole_for_every_report(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    shares: dict[str, list[float]] = {}

    pull(source, ledger, NOW, lambda source, report, share: shares.setdefault(report, []).append(share))

    assert list(shares) == ["costs", "completions"]
    for report in shares.values():
        assert report == sorted(report)
        assert 0 < report[0] <= report[-1] == 1.0


def test_names_are_fetched_once_a_day_and_when_an_unknown_id_turns_up(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    def fetched() -> bool:
        found = any(one.path == "/organization/projects" for one in api.requests)
        api.requests.clear()
        return found

    pull(source, ledger, NOW)
    assert fetched()
    pull(source, ledger, NOW + HOUR)
    assert not fetched()

    api.rows["costs"][at("2026-11-10")] = [dollars("1.00", "proj_new")]
    pull(source, ledger, NOW + 2 * HOUR)
    assert fetched()
    pull(source, ledger, NOW + 3 * HOUR)
    assert not fetched()  # it has no name there, so asking again would not help

    pull(source, ledger, NOW + DAY)
    assert fetched()


def test_names_that_cannot_be_read_are_no_failure_and_are_asked_for_again(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    broken = error(500, "The server had an error")
    broken.on = "/organization/projects"
    api.faults.extend([broken] * 2)

    assert pull(source, ledger, NOW) == []

    assert ledger.entities() == []
    assert billed(ledger, TODAY - 90 * DAY, TODAY + DAY) == 91
    assert pull(source, ledger, NOW + HOUR) == []
    assert [one.name for one in ledger.entities()] == ["research"]


def test_a_key_that_may_not_read_names_is_asked_about_them_once_a_day(
    api: OpenAIStandIn, ledger: Ledger, source: OpenAISource
) -> None:
    broken = error(403, "Missing scopes: api.management.read")
    broken.on = "/organization/projects"
    api.faults.append(broken)

    assert pull(source, ledger, NOW) == []
    asked_before = len(api.requests)
    assert pull(source, ledger, NOW + HOUR) == []

    assert not [r for r in api.requests[asked_before:] if r.path.endswith("/projects")]


def test_history_until_a_past_day_moves_no_watermark(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    assert backfill(source, ledger, TODAY - 100 * DAY, TODAY - 95 * DAY, NOW) == []

    assert asked(api, COSTS) == [("1d", TODAY - 100 * DAY, TODAY - 95 * DAY)]
    assert billed(ledger, TODAY - 100 * DAY, TODAY) == 5
    assert ledger.watermarks() == []
    pull(source, ledger, NOW)
    assert asked(api, COSTS)[0][1] == TODAY - 90 * DAY


def test_history_that_leaves_a_gap_moves_no_watermark(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    assert backfill(source, ledger, TODAY - 2 * DAY, None, NOW) == []

    pull(source, ledger, NOW + HOUR)

    assert billed(ledger, TODAY - 90 * DAY, TODAY + DAY) == 91


def test_all_of_history_moves_the_watermark(api: OpenAIStandIn, ledger: Ledger, source: OpenAISource) -> None:
    assert backfill(source, ledger, TODAY - 101 * DAY, None, NOW) == []
    assert mark(ledger, "costs").pulled_at == NOW

    api.requests.clear()
    pull(source, ledger, NOW + HOUR)
    assert asked(api, COSTS) == [("1d", TODAY - 3 * DAY, TODAY + DAY)]


def test_what_was_read_late_is_taken_to_have_been_known_at_its_time_and_marked_so(
    ledger: Ledger, source: OpenAISource
) -> None:
    pull(source, ledger, NOW)

    lines = {line.start: line for line in ledger.cost_lines(Span(TODAY - 90 * DAY, TODAY + DAY))}
    old, fresh = lines[TODAY - 60 * DAY], lines[TODAY]
    assert (old.known_from, old.assumed) == (TODAY - 58 * DAY, True)
    assert (fresh.known_from, fresh.assumed) == (NOW, False)


def test_it_is_the_same_on_both_databases(store: Store, api: OpenAIStandIn) -> None:
    with closing(
        Brief("openai", SecretStr(KEY), api.url, memory=store.ledger.memory("openai"), sleep=lambda _: None)
    ) as source:
        assert pull(source, store.ledger, NOW) == []

    assert billed(store.ledger, TODAY - 90 * DAY, TODAY + DAY) == 91
