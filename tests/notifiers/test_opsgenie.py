from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.opsgenie import OpsgenieNotifier, opened
from budgetbot.notifiers.options import OpsgenieOptions
from tests.notifiers.hostile import NASTY, nasty
from tests.notifiers.samples import ALERT, digest, every_kind, notify, resolved
from tests.standins.opsgenie import KEY, FakeOpsgenie, problems
from tests.standins.posting import Fault

Make = Callable[..., OpsgenieNotifier]
ALIAS = "budgetbot-a1b2c3d4"


@pytest.fixture
def opsgenie() -> Iterator[FakeOpsgenie]:
    with FakeOpsgenie() as standin:
        yield standin


@pytest.fixture
def receiver(opsgenie: FakeOpsgenie) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(key: str | None = KEY, *, timeout: float = 5, url: str = "", **options: Any) -> OpsgenieNotifier:
            secret = SecretStr(key) if key else None
            chosen = OpsgenieOptions.model_validate(options)
            made = OpsgenieNotifier("on-call", secret, chosen, url or opsgenie.api_url, timeout=timeout)
            stack.callback(made.close)
            return made

        yield make


def failing(made: OpsgenieNotifier, notification: Notification | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        made.send(notification or notify(), None)
    return failed.value


def test_an_alert_opens_one_with_alias_priority_details_and_tags(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    place = receiver().send(notify(), None)

    (alert,) = opsgenie.alerts
    assert place["alias"] == alert.body["alias"] == ALIAS
    assert place["request_id"]
    assert alert.body["message"].startswith("Warning: research $840.12 of $1,000 (84 %), Nov 2026")
    assert (alert.body["priority"], alert.body["source"]) == ("P3", "budgetbot")
    assert alert.body["tags"] == ["budgetbot", "warning", "budget", "research"]
    assert alert.body["details"]["spent"] == "840.12"
    assert "budgetbot alerts ack a1b2c3d4" in alert.body["description"]


@pytest.mark.parametrize(("severity", "priority"), [("info", "P5"), ("warning", "P3"), ("critical", "P1")])
def test_the_priority_follows_the_severity(
    opsgenie: FakeOpsgenie, receiver: Make, severity: str, priority: str
) -> None:
    receiver().send(notify(replace(ALERT, severity=Severity(severity))), None)

    assert opsgenie.alerts[0].body["priority"] == priority


def test_the_priority_may_be_another(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    receiver(priority={"warning": "P2"}).send(notify(), None)

    assert opsgenie.alerts[0].body["priority"] == "P2"


@pytest.mark.parametrize("name", sorted(every_kind().keys() - {"digest"}))
def test_every_kind_of_notification_is_an_alert_that_opsgenie_takes(name: str) -> None:
    content = opened(every_kind()[name], ALIAS, OpsgenieOptions(), "budgetbot")

    assert problems(json.loads(content)) == {}


def test_repeats_are_counted_on_one_alert(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    on_call = receiver()

    for reason in (Reason.FIRST, Reason.REPEAT, Reason.ESCALATED):
        on_call.send(notify(reason=reason, key=reason), None)

    assert [alert.count for alert in opsgenie.alerts] == [3]


@pytest.mark.parametrize("over", [resolved(), replace(resolved(), reason=Reason.EXPIRED)])
def test_what_is_over_closes_its_alert_and_no_other(opsgenie: FakeOpsgenie, receiver: Make, over: Notification) -> None:
    on_call = receiver()
    on_call.send(notify(), None)
    on_call.send(notify(replace(ALERT, id="c9d8e7f6", level="100%"), Reason.WORSE), None)

    place = on_call.send(over, None)

    assert [alert.open for alert in opsgenie.alerts] == [False, True]
    assert opsgenie.alerts[0].closed_with["note"].startswith("The provider restated the bill: ")
    assert opsgenie.requests[-1].path == f"/v2/alerts/{ALIAS}/close?identifierType=alias"
    assert place["alias"] == ALIAS


@pytest.mark.parametrize("status", [404, 409])
def test_what_was_deleted_or_closed_there_already_is_over(opsgenie: FakeOpsgenie, receiver: Make, status: int) -> None:
    opsgenie.faults.append(Fault(status, body=b'{"message":"Alert does not exist","took":0.1,"requestId":"r-1"}'))

    assert receiver().send(resolved(), None) == {"alias": ALIAS, "request_id": "r-1"}


def test_an_alert_that_cannot_be_opened_for_want_of_a_page_is_no_success(
    opsgenie: FakeOpsgenie, receiver: Make
) -> None:
    opsgenie.faults += [Fault(404, body=b'{"message":"no such path"}'), Fault(404, body=b"<html>not found</html>")]

    assert failing(receiver()).permanent
    assert failing(receiver(), resolved()).permanent


def test_emoji_count_twice_as_where_characters_are_utf_16(receiver: Make) -> None:
    rule = "\N{GRINNING FACE}" * 200
    named = notify(alert=replace(ALERT, rule=rule, labels={"team": rule}))

    body = json.loads(opened(named, ALIAS, OpsgenieOptions(), "budgetbot"))

    sizes = [len(text.encode("utf-16-le")) // 2 for text in (body["message"], *body["tags"])]
    assert sizes[0] <= 130
    assert max(sizes[1:]) <= 50


def test_after_a_close_the_same_alias_opens_another(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    on_call = receiver()
    for told in (notify(), resolved(), notify(key="n-3")):
        on_call.send(told, None)

    assert [alert.open for alert in opsgenie.alerts] == [False, True]


def test_jira_service_management_takes_the_same_under_another_address() -> None:
    with FakeOpsgenie(base="/jsm/ops/integration") as jira:
        on_call = OpsgenieNotifier("on-call", SecretStr(KEY), url=f"{jira.api_url}/")
        on_call.send(notify(), None)
        on_call.send(resolved(), None)

        assert on_call.check() == []
        assert [alert.open for alert in jira.alerts] == [False]
        on_call.close()


def test_what_settles_late_wakes_nobody_and_says_so(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    assert receiver().send(notify(replace(ALERT, late=True)), None)["paged"] is False
    assert opsgenie.requests == []


def test_a_digest_wakes_nobody(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    assert failing(receiver(), digest()).permanent
    assert opsgenie.requests == []


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.RESOLVED, Reason.TEST])
def test_hostile_names_stay_within_the_limits(
    opsgenie: FakeOpsgenie, receiver: Make, text: str, reason: Reason
) -> None:
    on_call = receiver()

    on_call.send(nasty(text), None)
    on_call.send(nasty(text, reason), None)

    assert opsgenie.alerts[0].body["message"].isprintable()
    assert opsgenie.alerts[0].open is (reason is not Reason.RESOLVED)


def test_a_422_is_permanent_and_says_which_field(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    said = {"message": "not processable", "errors": {"message": "is too long"}}
    opsgenie.faults.append(Fault(422, body=json.dumps(said).encode()))

    error = failing(receiver())

    assert (error.permanent, error.unknown) == (True, False)
    assert str(error).startswith("on-call: HTTP 422: not processable: message: is too long; check OPSGENIE_API_KEY")


@pytest.mark.parametrize(("headers", "wait"), [({}, None), ({"retry-after": "17"}, 17.0)])
def test_a_429_is_tried_again_after_what_it_asks_for(
    opsgenie: FakeOpsgenie, receiver: Make, headers: dict[str, str], wait: float | None
) -> None:
    opsgenie.faults.append(Fault(429, headers))

    error = failing(receiver())

    assert (error.permanent, error.unknown, error.retry_after) == (False, False, wait)


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(reset=True), Fault(hang=True)])
def test_a_fault_that_passes_is_tried_again(opsgenie: FakeOpsgenie, receiver: Make, fault: Fault) -> None:
    opsgenie.faults.append(fault)

    error = failing(receiver(timeout=0.1))

    assert (error.permanent, error.unknown) == (False, fault.status != 503 and (fault.hang or fault.reset))


@pytest.mark.parametrize("fault", [Fault(hang=True, accept=True), Fault(reset=True, accept=True)])
def test_a_lost_answer_sent_again_leaves_one_alert(opsgenie: FakeOpsgenie, receiver: Make, fault: Fault) -> None:
    opsgenie.faults.append(fault)
    on_call = receiver(timeout=0.1)

    assert failing(on_call).unknown
    assert on_call.find(notify(), None) is None
    receiver().send(notify(), None)

    assert [alert.count for alert in opsgenie.alerts] == [2]


@pytest.mark.parametrize("key", ["00000000-0000-0000-0000-000000000001", "not-a-key"])
def test_a_wrong_key_is_permanent_and_doctor_sees_it(opsgenie: FakeOpsgenie, receiver: Make, key: str) -> None:
    on_call = receiver(key)

    (line,) = on_call.check()

    assert failing(on_call).permanent
    assert line.startswith("on-call: HTTP 4")
    assert "check OPSGENIE_API_KEY" in line
    assert key not in line


def test_doctor_asks_without_waking_anybody(opsgenie: FakeOpsgenie, receiver: Make) -> None:
    assert receiver().check() == []
    assert [seen.method for seen in opsgenie.requests] == ["GET"]
    assert opsgenie.alerts == []


def test_a_key_that_may_create_alerts_and_read_none_is_fine() -> None:
    with FakeOpsgenie(may_read=False) as opsgenie:
        on_call = OpsgenieNotifier("on-call", SecretStr(KEY), url=opsgenie.api_url)

        assert on_call.check() == []
        on_call.close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(404, body=b"<html>nothing here</html>"), "there is no Opsgenie at OPSGENIE_API_URL"),
        (Fault(503), "HTTP 503"),
        (Fault(hang=True), "no answer within 0.1 s"),
    ],
)
def test_doctor_says_where_opsgenie_does_not_answer(
    opsgenie: FakeOpsgenie, receiver: Make, fault: Fault, said: str
) -> None:
    opsgenie.faults.append(fault)

    (line,) = receiver(timeout=0.1).check()

    assert said in line


@pytest.mark.parametrize(
    ("key", "url", "said"),
    [
        (None, "", "on-call: OPSGENIE_API_KEY is not set; give the key of an API integration"),
        ("a\nb", "", "on-call: OPSGENIE_API_KEY holds characters that no key has; paste the key again"),
        (KEY, "api.opsgenie.com", "on-call: OPSGENIE_API_URL is not usable; write https://api.opsgenie.com"),
    ],
)
def test_what_is_missing_is_one_line_in_doctor_and_a_permanent_error(
    receiver: Make, key: str | None, url: str, said: str
) -> None:
    on_call = receiver(key, url=url)

    assert on_call.check() == [said]
    error = failing(on_call)
    assert (error.permanent, str(error)) == (True, said)
