"""Names, and history that is read late."""

from __future__ import annotations

from contextlib import closing

from pydantic import SecretStr

from budgetbot.core.period import Span
from budgetbot.pulling import backfill, pull
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Ledger, Store
from tests.standins.openai import KEY, OpenAIStandIn, at, error
from tests.standins.pulls import COSTS, DAY, HOUR, NOW, TODAY, Brief, asked, billed, dollars, mark


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
