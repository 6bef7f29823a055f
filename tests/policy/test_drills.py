from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.notification import Notification, Reason
from budgetbot.policy import drills
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Drill, Policy
from budgetbot.policy.step import Seen

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten o'clock in Berlin
POLICY = """
version: 1
receivers: [{name: screen, console: {}}, {name: pager, pagerduty: {}}]
routes: [{to: [screen]}]
drills:
  - {name: weekly, schedule: "0 10 * * mon", to: [screen, pager, screen], timezone: Europe/Berlin, within: 5m}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    return load_policy(file, REGISTRIES)


def since(moment: datetime) -> Seen:
    return {"drill:weekly": ("", moment)}


def keys(told: list[Notification]) -> list[str]:
    return [one.key.partition(":")[2] for one in told]


def test_a_drill_is_read_with_its_defaults(policy: Policy) -> None:
    (drill,) = policy.drills

    assert (drill.name, drill.to, drill.within) == ("weekly", ("screen", "pager"), timedelta(minutes=5))
    assert str(drill.timezone) == "Europe/Berlin"
    assert Drill("d", "0 9 * * *", ()).within == timedelta(minutes=10)


def test_it_is_due_once_at_its_time_by_its_own_clock(policy: Policy) -> None:
    seen = since(MONDAY - HOUR)
    assert not drills.any_due(policy, seen, MONDAY - timedelta(seconds=1))
    assert drills.any_due(policy, seen, MONDAY)

    told, marks = drills.written(policy, seen, MONDAY + timedelta(seconds=3))

    assert keys(told) == ["fired:0:screen", "fired:0:pager", "over:0:pager"]
    assert [one.reason for one in told] == [Reason.TEST, Reason.TEST, Reason.RESOLVED]
    assert marks == since(MONDAY)
    assert drills.written(policy, marks, MONDAY + HOUR) == ([], since(MONDAY))


def test_one_that_nobody_knew_before_waits_for_its_next_time(policy: Policy) -> None:
    assert drills.written(policy, {}, MONDAY + HOUR) == ([], since(MONDAY + HOUR))


def test_each_time_is_a_drill_of_its_own_and_the_same_time_is_the_same_drill(policy: Policy) -> None:
    first, marks = drills.written(policy, since(MONDAY - HOUR), MONDAY)
    again, _ = drills.written(policy, since(MONDAY - HOUR), MONDAY + HOUR)
    second, _ = drills.written(policy, marks, MONDAY + WEEK)

    assert [one.key for one in first] == [one.key for one in again]
    assert not {one.key for one in first} & {one.key for one in second}


def test_the_last_one_can_be_told_by_its_mark(policy: Policy) -> None:
    told, marks = drills.written(policy, since(MONDAY - HOUR), MONDAY)

    assert told[0].alert is not None
    assert drills.latest(policy, marks) == {told[0].alert.id: timedelta(minutes=5)}
    assert drills.latest(policy, {}) == {}
