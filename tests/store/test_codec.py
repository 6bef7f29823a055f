"""What is written to the outbox comes back exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Alert, Driver, Kind, Part, Resolution, RuleInfo, Scope, Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.store import codec
from tests.store.samples import alert, notification

text = st.text(max_size=8)
whole = st.integers(-(10**24), 10**24)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
maybe_moments = st.none() | moments
plain = st.recursive(
    st.none() | st.booleans() | whole | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(text, plain, max_size=3)
durations = st.timedeltas(timedelta(0), timedelta(days=4000))
scopes = st.builds(Scope, st.lists(st.builds(Part, text, st.none() | text), max_size=3).map(tuple))
drivers = st.lists(st.builds(Driver, text, st.none() | text, st.none() | text, whole), max_size=3).map(tuple)
alerts = st.builds(
    Alert, id=text, rule=text, kind=st.sampled_from(get_args(Kind)), severity=st.sampled_from(Severity), scope=scopes,
    level=text, rank=whole, line=whole, period=text, episode=st.integers(1, 9),
    state=st.sampled_from(["pending", "firing", "resolved"]), active_since=moments, start=maybe_moments,
    end=maybe_moments, fired_at=maybe_moments, resolved_at=maybe_moments,
    reason=st.none() | st.sampled_from(get_args(Resolution)), acknowledged_by=st.none() | text,
    acknowledged_at=maybe_moments, snoozed_until=maybe_moments, inhibited=st.booleans(), late=st.booleans(),
    already=st.booleans(), policy_hash=text, evidence=mappings, drivers=drivers,
    labels=st.dictionaries(text, text, max_size=2),
)  # fmt: skip
rules = st.builds(
    RuleInfo, text, st.sampled_from(get_args(Kind)), text, durations,
    st.none() | durations | st.dictionaries(st.sampled_from(Severity), durations),
    st.lists(text, max_size=2).map(tuple), st.none() | text, st.none() | text, st.none() | text,
)  # fmt: skip
notifications = st.builds(
    Notification, text, text, st.sampled_from(Reason), text, moments, st.none() | alerts, st.none() | rules,
    st.none() | mappings, st.lists(text, max_size=2).map(tuple), st.integers(0, 9),
    st.sampled_from(["pending", "inhibited", "noop"]),
)  # fmt: skip


@given(notifications)
@settings(max_examples=80, deadline=None)
def test_a_notification_comes_back_exactly(one: Notification) -> None:
    written = codec.notification_text(one)

    assert codec.notification_of(written) == one
    assert written.isascii()


def test_types_survive_that_compare_equal_to_others() -> None:
    back = codec.notification_of(codec.notification_text(notification()))

    assert back.alert is not None
    assert isinstance(back.reason, Reason)
    assert isinstance(back.alert.severity, Severity)
    assert isinstance(back.alert.scope.parts[0], Part)
    assert isinstance(back.alert.drivers[0], Driver)


def test_a_repeat_that_was_written_before_it_could_differ_by_severity_is_read() -> None:
    old = {"name": "b", "kind": "budget", "identity": "one", "hold": 60_000_000, "repeat": 3_600_000_000, "notify": []}

    assert codec.rule_of(old).repeat == timedelta(hours=1)
    assert codec.rule_of(old | {"repeat": None}).repeat is None


def test_the_severities_of_a_repeat_survive() -> None:
    rule = RuleInfo("b", "budget", "one", repeat={Severity.CRITICAL: timedelta(minutes=30)})

    back = codec.rule_of(json.loads(json.dumps(codec.rule_json(rule))))

    assert back == rule
    assert isinstance(back.repeat, dict)
    assert all(isinstance(severity, Severity) for severity in back.repeat)


def test_a_field_that_a_newer_version_added_is_left_out() -> None:
    newer = codec.alert_json(alert()) | {"mood": "dire"}

    assert codec.alert_of(newer) == alert()
