"""Which changes of closed days a digest tells: every change once, whatever was missed in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from budgetbot.core.period import Span
from budgetbot.policy.digests import restated_span, seen_name
from budgetbot.policy.policy import Digest, Policy
from budgetbot.policy.step import State

BERLIN = ZoneInfo("Europe/Berlin")
SPEC = Digest("daily", "0 9 * * mon-fri", BERLIN, ("team",))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(slot: str, written: str | None = None) -> Span:
    seen = {} if written is None else {seen_name(SPEC): ("", at(written))}
    local = datetime.fromisoformat(slot).replace(tzinfo=BERLIN)
    return restated_span(SPEC, Policy(), local, State(seen=seen))


def test_it_begins_with_the_slot_before_and_ends_with_its_own() -> None:
    assert span("2026-11-24T09:00") == Span(at("2026-11-23T08:00"), at("2026-11-24T08:00"))
    assert span("2026-11-23T09:00") == Span(at("2026-11-20T08:00"), at("2026-11-23T08:00"))


def test_slots_that_were_missed_are_made_up_for() -> None:
    assert span("2026-11-24T09:00", written="2026-11-19T08:00").start == at("2026-11-19T08:00")


def test_a_digest_that_is_new_or_written_again_begins_with_the_slot_before() -> None:
    assert span("2026-11-24T09:00", written="2026-11-24T07:00").start == at("2026-11-23T08:00")
    assert span("2026-11-24T09:00", written="2026-11-24T08:00").start == at("2026-11-23T08:00")


def test_across_a_change_of_the_clocks_consecutive_slots_leave_no_gap_and_no_overlap() -> None:
    days = [datetime(2026, 10, 19) + timedelta(days=n) for n in range(14)]  # noqa: DTZ001 - wall clock times
    spans = [span(f"{day:%Y-%m-%d}T09:00") for day in days if day.weekday() < 5]

    assert all(before.end == after.start for before, after in pairwise(spans))
