"""Pagers hear of every end, and take no digests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from budgetbot.core.notification import Notification, Reason, Told
from budgetbot.notifiers.options import OpsgenieOptions, PagerDutyOptions, SlackOptions, WebhookOptions
from budgetbot.policy.pagers import pages, with_ends
from budgetbot.policy.policy import Policy, Receiver
from tests.notifiers.samples import NOW, digest, notify, resolved

POLICY = Policy(
    receivers={
        "pager": Receiver("pager", "pagerduty", PagerDutyOptions()),
        "ml-slack": Receiver("ml-slack", "slack", SlackOptions(channel="#ml-spend")),
    }
)


def spoken_for(notification: Notification, receiver: str) -> Notification:
    return replace(notification, receiver=receiver, status="inhibited")


def test_pagers_are_those_that_wake_people() -> None:
    kinds = (PagerDutyOptions, OpsgenieOptions, SlackOptions, WebhookOptions)

    assert [pages(kind) for kind in kinds] == [True, True, False, False]


@pytest.mark.parametrize("reason", [Reason.RESOLVED, Reason.EXPIRED])
def test_an_end_for_which_another_level_speaks_is_told_to_a_pager_all_the_same(reason: Reason) -> None:
    ends = [spoken_for(replace(resolved(), reason=reason), name) for name in ("pager", "ml-slack", "gone")]

    status = {one.receiver: one.status for one in with_ends(POLICY, ends)}
    assert status == {"pager": "pending", "ml-slack": "inhibited", "gone": "inhibited"}


def test_what_begins_is_paged_once_by_its_highest_level() -> None:
    (told,) = with_ends(POLICY, [spoken_for(notify(), "pager")])

    assert told.status == "inhibited"


def heard(id: str, status: str, receiver: str = "pager") -> Told:
    return Told(id, receiver, Reason.FIRST, 0, status, NOW)


@pytest.mark.parametrize("status", ["pending", "inhibited", "grouped"])
def test_an_end_is_not_told_to_a_pager_that_heard_of_it_from_the_message_of_another_alone(status: Any) -> None:
    ends = [replace(resolved(), receiver=name, status=status, leader="k0") for name in ("pager", "ml-slack")]
    told = [heard("a1b2c3d4", "grouped"), heard("a1b2c3d4", "grouped", "ml-slack")]

    slack, pager = with_ends(POLICY, ends, told)

    assert (pager.receiver, pager.status, pager.leader) == ("pager", "noop", None)
    assert slack == ends[1]


@pytest.mark.parametrize("status", ["sent", "pending", "unknown"])
def test_an_end_is_told_where_the_alert_was_told_on_its_own_too(status: str) -> None:
    end = replace(resolved(), receiver="pager", status="grouped", leader="k0")
    told = [heard("a1b2c3d4", "grouped"), heard("a1b2c3d4", status)]

    (sent,) = with_ends(POLICY, [end], told)

    assert (sent.status, sent.leader) == ("pending", None)


def test_ends_at_pagers_come_after_what_opens() -> None:
    end, begun = replace(resolved(), receiver="pager"), replace(notify(), receiver="pager")
    others = [replace(resolved(), receiver="ml-slack"), replace(notify(), receiver="ml-slack")]

    assert with_ends(POLICY, [end, *others, begun]) == [*others, begun, end]


def test_everything_else_stays_as_it_is() -> None:
    told = [notify(), digest(), resolved()]

    assert with_ends(POLICY, told) == told
