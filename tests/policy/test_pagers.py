"""Pagers hear of every end, and take no digests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.model import Notification, Reason
from budgetbot.notifiers.options import OpsgenieOptions, PagerDutyOptions, SlackOptions, WebhookOptions
from budgetbot.policy.pagers import pages, with_ends
from budgetbot.policy.policy import Policy, Receiver
from tests.notifiers.samples import digest, notify, resolved

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

    assert [one.status for one in with_ends(POLICY, ends)] == ["pending", "inhibited", "inhibited"]


def test_what_begins_is_paged_once_by_its_highest_level() -> None:
    (told,) = with_ends(POLICY, [spoken_for(notify(), "pager")])

    assert told.status == "inhibited"


def test_everything_else_stays_as_it_is() -> None:
    told = [notify(), resolved(), digest()]

    assert with_ends(POLICY, told) == told
