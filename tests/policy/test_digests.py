from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING, LabelRule, Match, Patterns
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from budgetbot.policy.digests import due, notifications, on_date, plan, seen_name
from budgetbot.policy.policy import Defaults, Digest, Policy
from budgetbot.policy.step import State
from budgetbot.rules.budget import Budget
from tests.standins.spend import Spend, fresh, history, series, usd, utc

BERLIN = ZoneInfo("Europe/Berlin")
NOW = utc("2026-11-23T08:00")


def spec(**fields: Any) -> Digest:
    given: dict[str, Any] = {
        "name": "daily",
        "schedule": "0 9 * * mon-fri",
        "timezone": BERLIN,
        "to": ("team",),
    } | fields
    return Digest(**given)


def slot(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def written(one: Digest, known: History, policy: Policy | None = None) -> list[Notification]:
    return notifications(one, policy or Policy(), slot("2026-11-23T09:00"), known, State(), NOW)


def days(one: Digest, at: str) -> tuple[str, str]:
    whole = plan(one, Policy(), slot(at))
    return whole.first.isoformat(), whole.until.isoformat()


def test_mondays_digest_holds_the_week_end_and_the_others_the_day_before() -> None:
    assert days(spec(), "2026-11-23T09:00") == ("2026-11-20", "2026-11-23")
    assert days(spec(), "2026-11-24T09:00") == ("2026-11-23", "2026-11-24")


def test_the_days_of_all_digests_of_a_week_meet_without_gap_or_overlap() -> None:
    covered = [days(spec(), f"2026-11-{day}T09:00") for day in (16, 17, 18, 19, 20, 23, 24)]

    assert all(before[1] == after[0] for before, after in pairwise(covered))


def test_several_digests_a_day_all_hold_the_day_before() -> None:
    twice = spec(schedule="0 9,17 * * *")

    assert days(twice, "2026-11-24T09:00") == days(twice, "2026-11-24T17:00") == ("2026-11-23", "2026-11-24")


@pytest.mark.parametrize(
    ("covers", "expected"),
    [
        ("yesterday", ("2026-11-22", "2026-11-23")),
        ("last_week", ("2026-11-16", "2026-11-23")),
        ("last_month", ("2026-10-01", "2026-11-01")),
    ],
)
def test_a_digest_covers_what_it_says(covers: str, expected: tuple[str, str]) -> None:
    assert days(spec(covers=covers), "2026-11-23T09:00") == expected


def test_a_digest_that_was_never_seen_is_not_due_and_then_at_its_next_slot() -> None:
    seen = State(seen={seen_name(spec()): ("", utc("2026-11-20T08:00"))})

    assert due(spec(), Policy(), State(), NOW) is None
    assert due(spec(), Policy(), seen, NOW - timedelta(seconds=1)) is None
    assert due(spec(), Policy(), seen, NOW) == slot("2026-11-23T09:00")


def test_the_clock_is_the_default_one_where_the_digest_has_none() -> None:
    policy = Policy(defaults=Defaults(ZoneInfo("America/New_York")))
    seen = State(seen={seen_name(spec()): ("", utc("2026-11-20T14:00"))})

    assert due(spec(timezone=None), policy, seen, NOW) is None
    assert due(spec(timezone=None), policy, seen, utc("2026-11-23T14:00")) is not None
    assert plan(spec(timezone=None), policy, slot("2026-11-23T09:00")).zone.key == "America/New_York"


def test_each_receiver_gets_it_once_a_slot() -> None:
    known = history([usd("2026-11-21", 5)], [fresh(NOW)])

    first = written(spec(to=("team", "finance")), known)
    later = notifications(spec(to=("team",)), Policy(), slot("2026-11-24T09:00"), known, State(), NOW)

    assert [(n.receiver, n.reason, n.status) for n in first] == [
        ("team", Reason.DIGEST, "pending"),
        ("finance", Reason.DIGEST, "pending"),
    ]
    assert len({n.key for n in [*first, *later]}) == 3
    assert [n.key for n in first] == [n.key for n in written(spec(to=("team", "finance")), known)]
    assert len({n.thread for n in first}) == 1


def test_a_slot_whose_hour_comes_twice_has_one_key() -> None:
    twice = [datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1)]

    keys = [n.key for s in twice for n in notifications(spec(), Policy(), s, history([]), State(), NOW)]

    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_it_is_written_with_an_empty_history_too() -> None:
    (notification,) = written(spec(), history([]))

    assert notification.digest is not None
    assert notification.digest["total"] == "0.00"
    assert notification.digest["covers"] == {
        "start": "2026-11-19T23:00:00Z",
        "end": "2026-11-22T23:00:00Z",
        "label": "Fri 20 Nov to Sun 22 Nov 2026",
    }


def test_it_shows_the_budgets_as_they_stand_now() -> None:
    level = {"at": "80%", "severity": "warning"}
    rule = Budget.model_validate({"name": "b", "amount": 100, "period": "month", "thresholds": [level]})

    (notification,) = written(spec(), history([usd("2026-11-21", 85)]), Policy(rules=(rule,)))

    assert notification.digest is not None
    budgets: Any = notification.digest["budgets"]
    assert [(b["name"], b["spent"], b["fraction"], b["state"]) for b in budgets] == [("b", "85.00", 0.85, "ok")]


def test_it_is_told_in_the_currency_that_it_names() -> None:
    rows = [usd("2026-11-21", 5), Spend(series("p1"), utc("2026-11-21"), 9 * NANO, currency="EUR")]

    (euros,) = written(spec(currency="EUR"), history(rows))
    (dollars,) = written(spec(), history(rows))

    assert euros.digest is not None
    assert dollars.digest is not None
    assert (euros.digest["currency"], euros.digest["total"]) == ("EUR", "9.00")
    assert (dollars.digest["currency"], dollars.digest["total"]) == ("USD", "5.00")


def teams(known: list[Spend]) -> History:
    research = Match((("project", Patterns(("p1",))),))
    return history(known, labels=[LabelRule(research, (("team", "research"),))])


def test_with_each_there_is_one_for_every_value_with_its_part_alone() -> None:
    known = teams([usd("2026-11-21", 5, "p1"), usd("2026-11-21", 7, "p2")])

    found = written(spec(each=("team",), match=EVERYTHING), known)

    contents: list[Any] = [n.digest for n in found]
    assert [(c["covers"]["label"], c["total"]) for c in contents] == [
        ("Fri 20 Nov to Sun 22 Nov 2026, research", "5.00"),
        ("Fri 20 Nov to Sun 22 Nov 2026, unattributed", "7.00"),
    ]
    assert len({n.key for n in found}) == len({n.thread for n in found}) == 2


def test_with_each_one_id_at_two_sources_is_two_digests() -> None:
    known = history([usd("2026-11-21", 5, "default", source="a"), usd("2026-11-21", 7, "default", source="b")])

    contents: list[Any] = [n.digest for n in written(spec(each=("project",)), known)]

    assert [content["total"] for content in contents] == ["5.00", "7.00"]


def test_with_each_a_value_that_looks_like_a_pattern_is_itself() -> None:
    known = history([usd("2026-11-21", 5, "p*"), usd("2026-11-21", 7, "p1"), usd("2026-11-21", 9, "none")])

    contents: list[Any] = [n.digest for n in written(spec(each=("project",)), known)]

    assert [content["total"] for content in contents] == ["5.00", "7.00", "9.00"]


def test_a_digest_by_hand_is_that_of_the_last_slot_of_its_date() -> None:
    assert on_date(spec(), Policy(), date(2026, 11, 23)) == slot("2026-11-23T09:00")
    assert on_date(spec(schedule="0 9,17 * * *"), Policy(), date(2026, 11, 23)) == slot("2026-11-23T17:00")


def test_a_digest_by_hand_on_a_date_without_a_slot_is_taken_at_midnight() -> None:
    assert on_date(spec(), Policy(), date(2026, 11, 22)) == slot("2026-11-22T00:00")
