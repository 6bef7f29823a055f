"""What kind of failure each receiver's was, over the wire."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from budgetbot.errors import DeliveryError
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.email import EmailNotifier
from budgetbot.notifiers.fault import answered, unanswered
from budgetbot.notifiers.options import WebhookOptions
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.notifiers.webhook import WebhookNotifier
from tests.notifiers.samples import notify
from tests.standins.posting import Fault
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.smtp import FakeSmtp
from tests.standins.webhook import FakeHook


def kind(receiver: Notifier) -> str:
    with pytest.raises(DeliveryError) as error:
        receiver.send(notify(), None)
    receiver.close()
    return error.value.fault


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, "other"),
        (302, "other"),
        (400, "client_error"),
        (401, "auth_error"),
        (403, "auth_error"),
        (404, "client_error"),
        (408, "timeout"),
        (429, "rate_limited"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_a_status_is_of_one_kind(status: int, fault: str) -> None:
    assert answered(status) == fault


def test_an_answer_that_does_not_come_in_time_is_told_from_a_connection_that_breaks() -> None:
    assert [unanswered(e) for e in (TimeoutError(), ConnectionResetError())] == ["timeout", "connection"]


@pytest.mark.parametrize(
    ("met", "fault"),
    [
        (Fault(503), "server_error"),
        (Fault(429), "rate_limited"),
        (Fault(401), "auth_error"),
        (Fault(422), "client_error"),
        (Fault(hang=True), "timeout"),
        (Fault(reset=True), "connection"),
    ],
)
def test_of_a_web_service(met: Fault, fault: str) -> None:
    with FakeHook(secret=None) as hook:
        hook.faults.append(met)
        assert kind(WebhookNotifier("hook", WebhookOptions(url=hook.hook_url), None, None, timeout=0.1)) == fault


def test_of_slack() -> None:
    with FakeSlack() as slack:
        assert kind(SlackNotifier("slack", SecretStr("xoxb-wrong"), "#general", slack.url)) == "auth_error"
        assert kind(SlackNotifier("slack", SecretStr(TOKEN), "#nowhere", slack.url)) == "client_error"
    assert kind(SlackNotifier("slack", SecretStr(TOKEN), "#general", "http://127.0.0.1:1/")) == "connection"


def test_of_a_mail_server() -> None:
    def mail(url: str) -> Notifier:
        return EmailNotifier("mail", SecretStr(url), "bot@example.com", ["a@example.com"])

    with FakeSmtp(login=True) as smtp:
        assert kind(mail(f"smtp://bot:wrong@127.0.0.1:{smtp.port}")) == "auth_error"
    with FakeSmtp(refuse={"a@example.com": "451 later"}) as smtp:
        assert kind(mail(smtp.url)) == "server_error"
    with FakeSmtp(refuse={"a@example.com": "550 nobody"}) as smtp:
        assert kind(mail(smtp.url)) == "client_error"
    assert kind(mail("smtp://127.0.0.1:1")) == "connection"
