from __future__ import annotations

import hashlib
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.email_message import mail
from tests.notifiers.samples import ALERT, RULE, digest, notify

SENDER = "Spend <budgetbot@spend.example.com>"
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
}  # fmt: skip


def sent(notification: Notification, sender: str = SENDER, thread: str | None = None) -> EmailMessage:
    """The mail as a receiver parses it."""
    content = mail(notification, sender, ["a@example.com"], thread, "prod").as_bytes()
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_the_message_id_is_a_digest_of_the_key_at_the_senders_domain() -> None:
    first, again, other = (sent(notify(key=key))["Message-ID"] for key in ("n-1", "n-1", "n-2"))

    assert first == again != other
    assert first == f"<{hashlib.sha256(b'n-1').hexdigest()[:32]}@spend.example.com>"


def test_a_sender_keeps_its_own_name_and_mails_say_that_a_machine_wrote_them() -> None:
    message = sent(notify())

    assert message["From"] == SENDER
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Sat, 21 Nov 2026 09:00:00 +0000"


@settings(max_examples=60, deadline=None)
@given(name=st.text() | st.just("x\r\nBcc: evil@example.com\r\n\r\nbody") | st.just("=?utf-8?q?x=0ABcc:?="))
def test_no_name_adds_a_header_or_a_line_to_one(name: str) -> None:
    notification = notify(replace(ALERT, rule=name, level=name), rule=replace(RULE, name=name), key=name)

    message = sent(notification, thread=f"<{name}@x>")

    assert set(message.keys()) <= HEADERS
    assert message["Bcc"] is None
    assert all("\n" not in str(value) and "\r" not in str(value) for value in message.values())


def test_html_escapes_names_and_keeps_the_text_as_it_is() -> None:
    hostile = '<script>alert("x")</script>'
    message = sent(notify(replace(ALERT, rule=hostile, labels={"team": "<b>"}), rule=replace(RULE, name=hostile)))

    assert "<script>" not in body(message, "html")
    assert "&lt;script&gt;" in body(message, "html")
    assert hostile in body(message, "plain")


def test_a_digest_escapes_names_too() -> None:
    row: Json = {"by": {"project": "<img src=x>"}, "amount": "1.00", "period_amount": "1.00"}

    assert "<img" not in body(sent(digest(rows=[row])), "html")


def test_text_and_html_name_the_same_commands_and_the_runbook() -> None:
    message = sent(notify())

    for kind in ("plain", "html"):
        assert "budgetbot alerts ack a1b2c3d4" in body(message, kind)
        assert "https://wiki.example.com/spend?team=research" in body(message, kind)
        assert "Data complete to 2026-11-21 08:00 UTC" in body(message, kind)


def test_a_mail_passes_servers_that_know_only_seven_bits() -> None:
    content = mail(notify(replace(ALERT, rule="é😀研究")), SENDER, ["a@example.com"], None, "prod").as_bytes()

    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) < 998


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: c@d", "a b@c.example", "=?utf-8?q?a=0A?=@b"])
def test_an_address_that_is_none_is_refused_for_good(address: str) -> None:
    with pytest.raises(DeliveryError, match="an address is not valid") as failed:
        mail(notify(), SENDER, [address], None, "prod")

    assert failed.value.permanent
