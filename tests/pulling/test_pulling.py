"""From providers into the ledger: what is asked for, what is kept, and what is not asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import nano
from budgetbot.core.period import Span
from budgetbot.pulling import Stopped, backfill, pull
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Ledger
from tests.standins.clock import Clock
from tests.standins.openai import Fault, OpenAIStandIn, at, error
from tests.standins.pulls import COSTS, DAY, HOUR, NOW, TODAY, USAGE, asked, billed, dollars, mark


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
