from __future__ import annotations

import json
from dataclasses import replace

import pytest

from budgetbot.core.model import Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.options import PagerDutyOptions
from budgetbot.notifiers.pagerduty import event
from tests.notifiers.conftest import Receivers, failing
from tests.notifiers.hostile import NASTY, nasty
from tests.notifiers.samples import ALERT, digest, every_kind, notify, resolved
from tests.standins.pagerduty import KEY, FakePagerDuty, problems

CRITICAL = replace(ALERT, id="c9d8e7f6", level="100%", severity=Severity.CRITICAL)


def test_an_alert_opens_an_incident_with_the_numbers_and_whose_they_are(
    pagerduty: FakePagerDuty, paging: Receivers
) -> None:
    place = paging(client_url="https://spend.example.com").send(notify(), None)

    (incident,) = pagerduty.incidents
    (told,) = incident.log
    assert place == {"dedup_key": "budgetbot/a1b2c3d4"}
    assert incident.key == "budgetbot/a1b2c3d4"
    assert told["payload"]["summary"].startswith("Warning: research $840.12 of $1,000 (84 %), Nov 2026")
    assert (told["payload"]["severity"], told["payload"]["class"]) == ("warning", "budget")
    assert (told["payload"]["source"], told["payload"]["group"]) == ("budgetbot", "research")
    assert told["payload"]["timestamp"] == "2026-11-21T09:00:00+00:00"
    assert (told["client"], told["client_url"]) == ("budgetbot", "https://spend.example.com")
    assert told["links"] == [{"href": "https://wiki.example.com/spend?team=research", "text": "Runbook"}]
    details = told["payload"]["custom_details"]
    assert (details["spent"], details["limit"], details["unit"]) == ("840.12", "1000.00", "USD")
    assert (details["fraction"], details["complete_to"]) == ("0.84012", "2026-11-21T08:00:00+00:00")
    assert (details["rule"], details["where"]) == ("research-monthly", "policies/research.yaml:12")
    assert details["drivers"].startswith("api key ci-nightly: $400.00 (47 %), owner ml-lead@example.com; ")


@pytest.mark.parametrize("name", sorted(every_kind().keys() - {"digest", "budget-first-late"}))
def test_every_kind_of_notification_is_an_event_that_pagerduty_takes(name: str) -> None:
    assert problems(json.loads(event(every_kind()[name], KEY, PagerDutyOptions(), "budgetbot"))) == []


def test_repeats_of_a_level_are_one_incident(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    pager = paging()

    for reason in (Reason.FIRST, Reason.REPEAT, Reason.ESCALATED):
        pager.send(notify(reason=reason, key=reason), None)

    assert [(len(i.log), i.paged) for i in pagerduty.incidents] == [(3, 1)]


def test_a_higher_level_pages_even_where_the_lower_one_was_acknowledged(
    pagerduty: FakePagerDuty, paging: Receivers
) -> None:
    pager = paging()
    pager.send(notify(), None)
    pagerduty.incidents[0].state = "acknowledged"

    pager.send(notify(CRITICAL, Reason.WORSE), None)

    assert [(i.key, i.paged) for i in pagerduty.incidents] == [("budgetbot/a1b2c3d4", 1), ("budgetbot/c9d8e7f6", 1)]


@pytest.mark.parametrize("over", [resolved(), replace(resolved(), reason=Reason.EXPIRED)])
def test_what_is_over_closes_its_incident_and_no_other(
    pagerduty: FakePagerDuty, paging: Receivers, over: Notification
) -> None:
    pager = paging()
    pager.send(notify(), None)
    pager.send(notify(CRITICAL, Reason.WORSE), None)

    pager.send(over, {"dedup_key": "budgetbot/c9d8e7f6"})

    assert [i.state for i in pagerduty.incidents] == ["resolved", "triggered"]
    assert json.loads(pagerduty.requests[-1].body) == {
        "routing_key": KEY,
        "dedup_key": "budgetbot/a1b2c3d4",
        "event_action": "resolve",
    }


def test_an_end_that_is_told_twice_is_dropped_in_silence(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    pager = paging()
    pager.send(notify(), None)
    for _ in range(2):
        pager.send(resolved(), None)

    assert ([i.state for i in pagerduty.incidents], len(pagerduty.dropped)) == (["resolved"], 1)


def test_the_next_episode_is_an_incident_of_its_own(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    pager = paging()
    pager.send(notify(), None)
    pager.send(resolved(), None)

    pager.send(notify(replace(ALERT, id="0e150de2", episode=2)), None)

    assert [i.key for i in pagerduty.incidents] == ["budgetbot/a1b2c3d4", "budgetbot/0e150de2"]


def test_an_incident_that_people_resolved_opens_again_where_the_trigger_is_sent_again(
    pagerduty: FakePagerDuty, paging: Receivers
) -> None:
    pager = paging()
    pager.send(notify(), None)
    pagerduty.incidents[0].state = "resolved"

    pager.send(notify(), None)

    assert [i.state for i in pagerduty.incidents] == ["resolved", "triggered"]


def test_an_end_by_another_integration_key_is_not_heard(paging: Receivers) -> None:
    other = "f" * 32
    with FakePagerDuty(KEY, other) as pagerduty:
        paging(url=pagerduty.events_url).send(notify(), None)
        paging(other, url=pagerduty.events_url).send(resolved(), None)

        assert ([i.state for i in pagerduty.incidents], len(pagerduty.dropped)) == (["triggered"], 1)


def test_a_test_is_an_incident_beside_the_real_one(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    pager = paging()
    pager.send(notify(), None)

    pager.send(notify(reason=Reason.TEST), None)
    pager.send(Notification("drill-1", "pager", Reason.TEST, "drill", ALERT.active_since), None)

    assert len({i.key for i in pagerduty.incidents}) == 3
    assert pagerduty.incidents[1].log[0]["payload"]["summary"].startswith("TEST, nothing happened: ")
    assert pagerduty.incidents[2].log[0]["payload"]["severity"] == "info"


def test_what_settles_late_wakes_nobody_and_says_so(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    place = paging().send(notify(replace(ALERT, late=True)), None)

    assert place == {"paged": False, "why": "the period is closed; what settles late wakes nobody"}
    assert pagerduty.requests == []


def test_a_digest_wakes_nobody(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    error = failing(paging(), digest())

    assert (error.permanent, pagerduty.requests) == (True, [])
    assert "send it to another receiver" in str(error)


def test_the_severity_may_be_another_than_ours(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    paging(severity={"warning": "error"}).send(notify(), None)

    assert pagerduty.incidents[0].log[0]["payload"]["severity"] == "error"


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.RESOLVED, Reason.TEST])
def test_hostile_names_stay_within_the_limits(
    pagerduty: FakePagerDuty, paging: Receivers, text: str, reason: Reason
) -> None:
    pager = paging()

    pager.send(nasty(text), None)
    pager.send(nasty(text, reason), None)

    sent = [json.loads(seen.body) for seen in pagerduty.requests]
    assert [told["event_action"] for told in sent] == ["trigger", "resolve" if reason is Reason.RESOLVED else "trigger"]
    assert sent[0]["payload"]["summary"].isprintable()
    assert all(value.isprintable() for value in sent[0]["payload"]["custom_details"].values())


def test_an_event_that_would_be_too_large_is_sent_without_details() -> None:
    told = json.loads(event(notify(), KEY, PagerDutyOptions(), "budgetbot", limit=600))

    assert "custom_details" not in told["payload"]
    assert problems(told) == []


def test_a_group_without_a_name_is_left_out() -> None:
    blank = notify(replace(ALERT, labels={"team": " "}))

    assert "group" not in json.loads(event(blank, KEY, PagerDutyOptions(), "budgetbot"))["payload"]
