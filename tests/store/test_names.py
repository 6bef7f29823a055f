"""Watermarks, names of entities, and the sources' notes."""

from __future__ import annotations

import pytest

from budgetbot.core.model import Entity, Watermark
from budgetbot.store import Store
from tests.store.samples import DAY, HOUR, LAG, NOW, SOURCE, costs


def test_a_walk_that_is_done_moves_the_watermark_and_clears_the_error(store: Store) -> None:
    store.ledger.walk_failed(SOURCE, "costs", "HTTP 500", NOW)
    store.ledger.walk_done(SOURCE, "costs", NOW, NOW + HOUR)

    assert store.ledger.watermarks() == [Watermark(SOURCE, "costs", NOW, NOW, NOW + HOUR, None, 0)]


def test_a_failed_walk_leaves_how_far_it_is_known_and_counts(store: Store) -> None:
    store.ledger.walk_done(SOURCE, "costs", NOW, NOW)
    store.ledger.walk_failed(SOURCE, "costs", "HTTP 500", NOW + HOUR)
    store.ledger.walk_failed(SOURCE, "costs", "HTTP 502" + "x" * 10_000, NOW + 2 * HOUR)

    [mark] = store.ledger.watermarks()
    assert (mark.since, mark.complete_to, mark.pulled_at, mark.failures) == (NOW, NOW, NOW, 2)
    assert mark.error is not None
    assert mark.error.startswith("HTTP 502")
    assert len(mark.error) == 500


def test_a_watermark_never_moves_backwards(store: Store) -> None:
    store.ledger.walk_done(SOURCE, "costs", NOW, NOW)
    store.ledger.walk_done(SOURCE, "costs", NOW - DAY, NOW + HOUR)

    [mark] = store.ledger.watermarks()
    assert (mark.complete_to, mark.pulled_at) == (NOW, NOW + HOUR)


def test_reports_and_sources_have_watermarks_of_their_own(store: Store) -> None:
    for source, report in (("b", "costs"), ("a", "usage"), ("a", "costs")):
        store.ledger.walk_done(source, report, NOW, NOW)

    marks = [(mark.source, mark.report) for mark in store.ledger.watermarks()]
    assert marks == [("a", "costs"), ("a", "usage"), ("b", "costs")]


def test_what_is_no_longer_listed_is_kept_as_deleted(store: Store) -> None:
    research = Entity(SOURCE, "project", "p1", "research", "active", "ml-lead@example.com", "org")
    web, key = Entity(SOURCE, "project", "p2", "web"), Entity(SOURCE, "api_key", "k1", "ci")
    store.ledger.save_entities(SOURCE, [research, web, key], NOW)
    store.ledger.save_entities("other", [web._replace(source="other")], NOW)

    store.ledger.save_entities(SOURCE, [web._replace(name="website")], NOW)

    assert set(store.ledger.entities()) == {
        research._replace(status="deleted"),
        web._replace(name="website"),
        key,
        web._replace(source="other"),
    }


def test_what_is_listed_again_is_no_longer_deleted(store: Store) -> None:
    one, two = (Entity(SOURCE, "project", id, id.upper(), "active") for id in ("p1", "p2"))
    for listing in ([one, two], [two], [one, two]):
        store.ledger.save_entities(SOURCE, listing, NOW)

    assert store.ledger.entities() == [one, two]


def test_a_listing_without_a_name_keeps_the_last_one(store: Store) -> None:
    store.ledger.save_entities(SOURCE, [Entity(SOURCE, "user", "u1", "someone")], NOW)
    store.ledger.save_entities(SOURCE, [Entity(SOURCE, "user", "u1", None, "left")], NOW)

    assert store.ledger.entities() == [Entity(SOURCE, "user", "u1", "someone", "left")]


def test_an_empty_listing_deletes_nothing(store: Store) -> None:
    one = Entity(SOURCE, "project", "p1", "research")
    store.ledger.save_entities(SOURCE, [one], NOW)
    store.ledger.save_entities(SOURCE, [], NOW)

    assert store.ledger.entities() == [one]


def test_ids_without_a_name_are_told_by_a_text_that_changes_with_them(store: Store) -> None:
    ledger = store.ledger
    seen = [ledger.unnamed(SOURCE)]
    ledger.save(SOURCE, costs({"p1": "1"}), NOW, LAG)
    seen.append(ledger.unnamed(SOURCE))
    ledger.save(SOURCE, costs({"p1": "1", "p2": "1"}), NOW, LAG)
    seen.append(ledger.unnamed(SOURCE))
    ledger.save_entities(SOURCE, [Entity(SOURCE, "project", id, None) for id in ("p1", "p2")], NOW)

    assert seen[0] == ledger.unnamed(SOURCE) == ledger.unnamed("other") == ""
    assert len(set(seen)) == 3


def test_memory_is_a_mapping_per_source_that_outlives_the_object(store: Store) -> None:
    notes = store.ledger.memory(SOURCE)
    notes["cursor"] = "1"
    notes["cursor"] = "2"
    notes["day"] = "\x00odd"
    store.ledger.memory("other")["cursor"] = "9"

    again = store.ledger.memory(SOURCE)

    assert dict(again) == {"cursor": "2", "day": "\ufffdodd"}
    assert (len(again), again.pop("cursor"), again.get("cursor"), again.pop("cursor", None)) == (2, "2", None, None)
    with pytest.raises(KeyError):
        del again["cursor"]
    assert list(notes) == ["day"]
