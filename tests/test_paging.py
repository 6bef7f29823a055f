"""From a crossing to an incident and back: every incident that was opened is closed, whoever speaks for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Alert, Part, Scope
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.opsgenie import OpsgenieNotifier
from budgetbot.notifiers.options import PagerDutyOptions, WebhookOptions
from budgetbot.notifiers.pagerduty import PagerDutyNotifier
from budgetbot.notifiers.webhook import WebhookNotifier
from budgetbot.policy.pagers import with_ends
from budgetbot.policy.policy import Policy, Receiver
from budgetbot.store import Store
from tests.notifiers.samples import ALERT, notify, resolved
from tests.standins.opsgenie import KEY as OPSGENIE_KEY
from tests.standins.opsgenie import FakeOpsgenie
from tests.standins.pagerduty import KEY, FakePagerDuty
from tests.standins.post import Post
from tests.standins.posting import Fault
from tests.standins.webhook import SECRET, FakeHook
from tests.store.samples import NOW

HIGHER = replace(ALERT, id="c9d8e7f6", level="100%", rank=2)
POLICY = Policy(receivers={"pager": Receiver("pager", "pagerduty", PagerDutyOptions())})


def told(alert: Alert, reason: Reason, **how: str) -> Notification:
    made = resolved(alert, "period_ended") if reason is Reason.EXPIRED else notify(alert, reason)
    return replace(made, key=f"{alert.id}:{reason}", receiver="pager", created_at=NOW, **how)  # type: ignore[arg-type]


def key(number: int) -> Scope:
    return Scope((Part("api_key", f"key_{number}", "openai", f"ci-{number}"),))


def leading(alert: Alert, *others: Alert, seq: int = 0) -> Notification:
    """The message of one alert that speaks of the others too."""
    spoken = told(alert, Reason.FIRST)
    return replace(spoken, key=f"{alert.id}:{seq}", seq=seq, thread=alert.id, together=others)


def grouped(leader: Alert, *others: Alert, seq: int = 0) -> list[Notification]:
    """Those for which it speaks."""
    return [replace(leading(one, seq=seq), status="grouped", leader=leader.id) for one in others]


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


@pytest.fixture
def pagerduty() -> Iterator[FakePagerDuty]:
    with FakePagerDuty() as standin:
        yield standin


def test_when_a_period_ends_every_level_that_paged_is_closed(post: Post, pagerduty: FakePagerDuty) -> None:
    pager = PagerDutyNotifier("pager", SecretStr(KEY), url=pagerduty.events_url)
    post.queue(told(ALERT, Reason.FIRST), told(HIGHER, Reason.WORSE))
    post.work(pager)

    ends = [told(HIGHER, Reason.EXPIRED), told(ALERT, Reason.EXPIRED, status="inhibited")]
    post.queue(*with_ends(POLICY, ends))
    post.work(pager)
    pager.close()

    assert [(i.key, i.state) for i in pagerduty.incidents] == [
        ("budgetbot/a1b2c3d4", "resolved"),
        ("budgetbot/c9d8e7f6", "resolved"),
    ]


def test_a_message_about_many_is_one_incident_and_what_still_fires_opens_another_before_it_closes(
    post: Post, pagerduty: FakePagerDuty
) -> None:
    pager = PagerDutyNotifier("pager", SecretStr(KEY), url=pagerduty.events_url)
    first, second, third = (replace(ALERT, id=f"7c1f0ea9000{i}", scope=key(i)) for i in range(3))
    post.queue(leading(first, second, third), *grouped(first, second, third))
    post.work(pager)

    over = replace(told(first, Reason.RESOLVED), thread=first.id)
    anew = [leading(second, third, seq=1), *grouped(second, third, seq=1)]
    post.queue(*with_ends(POLICY, [over, *anew], post.store.alerts.told([first.id])))
    post.work(pager)

    assert [(i.key[-1], i.state, i.paged) for i in pagerduty.incidents] == [("0", "resolved", 1), ("1", "triggered", 1)]
    assert [seen.json["event_action"] for seen in pagerduty.requests] == ["trigger", "trigger", "resolve"]

    ends = [replace(told(one, Reason.RESOLVED), thread=one.id) for one in (second, third)]
    post.queue(*with_ends(POLICY, ends, post.store.alerts.told([second.id, third.id])))
    post.work(pager)
    pager.close()

    assert [i.state for i in pagerduty.incidents] == ["resolved", "resolved"]
    assert pagerduty.dropped == []
    assert post.states()[-2:] == ["sent", "noop"]


@pytest.mark.parametrize("accept", [False, True])
def test_a_page_whose_answer_was_lost_is_sent_again_and_pages_once(
    post: Post, pagerduty: FakePagerDuty, accept: bool
) -> None:
    pagerduty.faults += [Fault(reset=True, accept=accept), Fault(429)]
    pager = PagerDutyNotifier("pager", SecretStr(KEY), url=pagerduty.events_url)
    post.queue(told(ALERT, Reason.FIRST))

    done = post.work(pager, patience=timedelta(minutes=5))
    pager.close()

    assert (done.sent, done.errors, post.states()) == (1, (), ["sent"])
    assert [i.paged for i in pagerduty.incidents] == [1]


def test_an_alert_at_opsgenie_whose_answer_was_lost_is_one_alert(post: Post) -> None:
    with FakeOpsgenie() as opsgenie:
        opsgenie.faults.append(Fault(reset=True, accept=True))
        pager = OpsgenieNotifier("pager", SecretStr(OPSGENIE_KEY), url=opsgenie.api_url)
        post.queue(told(ALERT, Reason.FIRST), told(ALERT, Reason.EXPIRED))

        post.work(pager, patience=timedelta(minutes=5))
        pager.close()

        assert [alert.open for alert in opsgenie.alerts] == [False]
        assert post.states() == ["sent", "sent"]


def test_a_hook_whose_answer_was_lost_gets_the_same_key_again(post: Post) -> None:
    with FakeHook() as hook:
        hook.faults.append(Fault(reset=True, accept=True))
        options = WebhookOptions(url=hook.hook_url)
        made = WebhookNotifier("pager", options, None, SecretStr(SECRET))
        post.queue(told(ALERT, Reason.FIRST))

        post.work(made, patience=timedelta(minutes=5))
        made.close()

        assert (len(hook.taken), len(hook.again), post.states()) == (1, 1, ["sent"])


def test_what_settled_late_is_done_without_a_page(post: Post, pagerduty: FakePagerDuty) -> None:
    pager = PagerDutyNotifier("pager", SecretStr(KEY), url=pagerduty.events_url)
    post.queue(told(replace(ALERT, late=True), Reason.FIRST))

    post.work(pager)
    pager.close()

    assert (post.states(), pagerduty.requests) == (["sent"], [])
