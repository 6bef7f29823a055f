from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

import tests.standins
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.email import EmailNotifier
from budgetbot.notifiers.email_message import message_id
from budgetbot.notifiers.smtp_server import Server, parse
from tests.notifiers.samples import digest, notify, resolved
from tests.standins.smtp import PASSWORD, USER, FakeSmtp, free_port

CERTIFICATE = Path(tests.standins.__file__).parent / "loopback.pem"
TO = ["finance@example.com", "ml-lead@example.com"]
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


def receiver(url: str, to: list[str] | None = None, timeout: float = 5) -> EmailNotifier:
    return EmailNotifier("finance", SecretStr(url), "budgetbot@spend.example.com", to or TO, "prod", timeout)


def failing(server: FakeSmtp, to: list[str] | None = None) -> DeliveryError:
    with server, pytest.raises(DeliveryError) as failed:
        receiver(server.url, to).send(notify(), None)
    return failed.value


def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_a_mail_arrives_at_everyone_with_text_and_html() -> None:
    with FakeSmtp() as server:
        place = receiver(server.url).send(notify(), None)

    (mail,) = server.mails
    assert server.recipients == [TO]
    assert mail["To"] == "finance@example.com, ml-lead@example.com"
    assert mail["From"] == "prod <budgetbot@spend.example.com>"
    assert mail["Subject"].strip().startswith("Warning: research $840.12 of $1,000 (84 %), Nov 2026;")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert place == {"message_id": mail["Message-ID"], "thread": mail["Message-ID"]}


def test_what_follows_refers_to_the_first_mail_of_its_thread() -> None:
    with FakeSmtp() as server:
        first = receiver(server.url).send(notify(key="n-1"), None)
        second = receiver(server.url).send(notify(key="n-2"), first)
        receiver(server.url).send(resolved(), second)

    ids = [mail["Message-ID"] for mail in server.mails]
    assert len(set(ids)) == 3
    assert [mail["In-Reply-To"] for mail in server.mails] == [None, ids[0], ids[0]]
    assert [mail["References"] for mail in server.mails] == [None, ids[0], ids[0]]


def test_the_same_notification_keeps_its_message_id_when_it_is_sent_again() -> None:
    with FakeSmtp(data_replies=["451 try later"]) as server:
        with pytest.raises(DeliveryError):
            receiver(server.url).send(notify(), None)
        again = receiver(server.url).send(notify(), None)

    assert server.tries == 2
    first = message_id(notify(), "budgetbot@spend.example.com")
    assert again["message_id"] == server.mails[0]["Message-ID"] == first


def test_a_digest_arrives_with_its_chart_as_a_table() -> None:
    with FakeSmtp() as server:
        receiver(server.url).send(digest(), None)

    html = server.mails[0].get_body(("html",))
    assert html is not None
    assert '<table role="presentation" width="100%"' in html.get_content()
    assert "<img" not in html.get_content()


@pytest.mark.parametrize(("reply", "permanent"), [("451 greylisted, try later", False), ("552 too much mail", True)])
def test_a_4xx_passes_and_a_5xx_stays(reply: str, permanent: bool) -> None:
    failed = failing(FakeSmtp(data_replies=[reply]))

    assert failed.permanent is permanent
    assert not failed.unknown
    assert reply in str(failed)


@pytest.mark.parametrize(("reply", "permanent"), [("450 busy", False), ("550 no such sender", True)])
def test_a_refused_sender_is_told_as_the_server_says(reply: str, permanent: bool) -> None:
    failed = failing(FakeSmtp(mail_reply=reply))

    assert (failed.permanent, failed.unknown) == (permanent, False)


def test_when_some_are_refused_the_others_get_it_and_the_refused_are_named() -> None:
    with FakeSmtp(refuse={TO[0]: "550 no such user"}) as server:
        place = receiver(server.url).send(notify(), None)

    assert server.recipients == [[TO[1]]]
    assert place["refused"] == {TO[0]: "550 no such user"}


@pytest.mark.parametrize(("second", "permanent"), [("550 no such user", True), ("450 mailbox busy", False)])
def test_when_all_are_refused_it_failed_and_is_tried_again_only_if_one_may_come_back(
    second: str, permanent: bool
) -> None:
    failed = failing(FakeSmtp(refuse={TO[0]: "550 no such user", TO[1]: second}))

    assert failed.permanent is permanent
    assert "finance@example.com: 550 no such user" in str(failed)


def test_somebody_listed_twice_is_one_recipient() -> None:
    failed = failing(FakeSmtp(refuse={TO[0]: "550 no such user"}), [TO[0], TO[0]])

    assert failed.permanent


def test_a_line_lost_after_the_mail_was_handed_in_leaves_its_fate_unknown() -> None:
    server = FakeSmtp(silent_after_data=True)

    failed = failing(server)

    assert failed.unknown
    assert not failed.permanent
    assert len(server.mails) == 1


def test_a_server_that_does_not_greet_was_never_given_the_mail() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(DeliveryError) as failed:
        receiver(f"smtp://127.0.0.1:{deaf.getsockname()[1]}", timeout=0.1).send(notify(), None)

    assert (failed.value.unknown, failed.value.permanent) == (False, False)
    assert failed.value.fault == "timeout"


def test_a_server_that_is_not_there_may_come_back() -> None:
    url = f"smtp://127.0.0.1:{free_port()}"

    with pytest.raises(DeliveryError, match="cannot be reached") as failed:
        receiver(url).send(notify(), None)

    assert (failed.value.unknown, failed.value.permanent) == (False, False)
    assert "cannot be reached" in receiver(url).check()[0]


def test_user_and_password_are_percent_decoded() -> None:
    with FakeSmtp(login=True) as server:
        receiver(f"smtp://{LOGIN}@127.0.0.1:{server.port}").send(notify(), None)

    assert len(server.mails) == 1
    assert len(server.logins) == 1


@pytest.mark.parametrize("password", ["very-secret", "very-secret-ü"])
def test_a_refused_login_names_the_variable_and_shows_nothing(password: str) -> None:
    with FakeSmtp(login=True) as server:
        notifier = receiver(f"smtp://{quote(USER)}:{quote(password)}@127.0.0.1:{server.port}")
        with pytest.raises(DeliveryError, match=r"refuses the login \(535\); mend SMTP_URL") as failed:
            notifier.send(notify(), None)
        checked = notifier.check()

    assert failed.value.permanent
    assert not any("very-secret" in text or USER in text for text in [str(failed.value), repr(notifier), *checked])


def test_starttls_is_used_where_it_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    with FakeSmtp(starttls=certified(), login=True) as server:
        receiver(f"smtp://{LOGIN}@127.0.0.1:{server.port}").send(notify(), None)

    assert server.encrypted == [True]


def test_smtps_is_encrypted_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    with FakeSmtp(tls=certified()) as server:
        receiver(f"smtps://127.0.0.1:{server.port}").send(notify(), None)

    assert len(server.mails) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with FakeSmtp(starttls=certified()) as server, pytest.raises(DeliveryError, match="SSL_CERT_FILE") as failed:
        receiver(server.url).send(notify(), None)

    assert failed.value.permanent


def test_only_this_machine_gets_a_password_without_tls() -> None:
    assert Server("localhost", 25, tls=False).loopback
    assert Server("127.0.0.1", 25, tls=False).loopback
    assert Server("::1", 25, tls=False).loopback
    assert not Server("mail.example.com", 25, tls=False).loopback
    assert not Server("10.0.0.1", 25, tls=False).loopback


def test_a_password_is_not_sent_in_the_clear_to_another_machine() -> None:
    address = "0.0.0.0"  # noqa: S104 - ends at this machine too, but is not of the loopback network
    refused = pytest.raises(DeliveryError, match="offers no TLS, so the password is not sent")
    with FakeSmtp(login=True) as server, refused as failed:
        receiver(f"smtp://{LOGIN}@{address}:{server.port}").send(notify(), None)

    assert failed.value.permanent
    assert server.logins == []


def test_check_connects_and_sends_nothing() -> None:
    with FakeSmtp() as server:
        assert receiver(server.url).check() == []

    assert server.mails == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 587, tls=False)),
        ("smtps://mail.example.com", Server("mail.example.com", 465, tls=True)),
        ("smtp://a%40b.example:p%2Fw%25@mail:25", Server("mail", 25, tls=False, user="a@b.example", password="p/w%")),
        ("smtp://[::1]:2525", Server("::1", 2525, tls=False)),
    ],
)
def test_an_address_of_a_server_is_read(url: str, server: Server) -> None:
    assert parse(SecretStr(url)) == server
    assert "p/w%" not in repr(parse(SecretStr(url)))


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://u:secret@m", "smtp://", "smtp://u:secret@m:port", "smtp://secret@m"]
)
def test_an_address_that_is_wrong_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(DeliveryError, match="SMTP_URL: not a mail server's address") as failed:
        receiver(url).send(notify(), None)

    assert failed.value.permanent
    assert "secret" not in str(failed.value)


def test_missing_settings_are_named() -> None:
    assert "SMTP_URL is not set" in EmailNotifier("finance", None, "a@b.example", TO).check()[0]
    assert "EMAIL_FROM is not set" in EmailNotifier("finance", SecretStr("smtp://mail"), None, TO).check()[0]
    with pytest.raises(DeliveryError, match="SMTP_URL is not set") as failed:
        EmailNotifier("finance", None, "a@b.example", TO).send(notify(), None)
    assert failed.value.permanent


def test_mail_cannot_be_asked() -> None:
    notifier = receiver("smtp://mail.example.com")

    with pytest.raises(DeliveryError, match="cannot be asked"):
        notifier.find(notify(), None)
    notifier.close()
