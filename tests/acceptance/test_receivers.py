"""One receiver that fails, and what becomes of its message and of everybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn, at
from tests.standins.slack import FakeSlack
from tests.standins.smtp import FakeSmtp

AT = "2026-11-20T12:00Z"
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers:
  - {name: ml-slack, slack: {channel: "#CHANNEL"}}
  - {name: finance, email: {to: [finance@example.com, cfo@example.com]}}
routes: [{to: [ml-slack, finance]}]
"""


class Mail(Protocol):
    """Starts a mail server that budgetbot is told to use."""

    def __call__(self, **how: Any) -> FakeSmtp: ...


@pytest.fixture
def mail(office: Inside, openai: OpenAIStandIn) -> Iterator[Mail]:
    openai.rows["costs"] = {at("2026-11-19"): [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "p"}]}
    office.write(POLICY.replace("CHANNEL", "general"))
    with ExitStack() as stack:

        def start(**how: Any) -> FakeSmtp:
            server = stack.enter_context(FakeSmtp(**how))
            office.env |= {"SMTP_URL": server.url, "EMAIL_FROM": "budgetbot@example.com"}
            return server

        yield start


def deliveries(office: Inside) -> dict[str, tuple[str, int]]:
    rows = office.json("alerts", "deliveries")
    return {row["receiver"]: (row["status"], row["attempts"]) for row in rows}


def test_a_mail_server_that_is_busy_for_a_moment_delays_its_mail_only(
    office: Inside, mail: Mail, slack: FakeSlack
) -> None:
    smtp = mail(data_replies=["451 try again later"])

    office.run("check", "--at", AT)

    assert (smtp.tries, len(smtp.mails), len(slack.messages)) == (2, 1, 1)
    assert deliveries(office) == {"ml-slack": ("sent", 1), "finance": ("sent", 2)}


def test_a_mail_that_one_of_two_people_refuses_is_sent_to_the_other_once(office: Inside, mail: Mail) -> None:
    smtp = mail(refuse={"cfo@example.com": "550 no such user"})

    office.run("check", "--at", AT)
    office.run("check", "--at", "2026-11-20T12:05Z")

    assert smtp.recipients == [["finance@example.com"]]
    assert deliveries(office)["finance"] == ("sent", 1)


def test_a_mail_that_everybody_refuses_for_good_is_given_up_and_told(
    office: Inside, mail: Mail, slack: FakeSlack
) -> None:
    mail(refuse=dict.fromkeys(["finance@example.com", "cfo@example.com"], "550 no such user"))

    said = office.run("check", "--at", AT, exits=1)

    assert "finance: " in said
    assert "550" in said
    assert len(slack.messages) == 1
    assert deliveries(office) == {"ml-slack": ("sent", 1), "finance": ("dead", 1)}


def test_a_channel_that_does_not_exist_is_given_up_and_told_and_others_hear_it(
    office: Inside, mail: Mail, slack: FakeSlack
) -> None:
    smtp = mail()
    office.write(POLICY.replace("CHANNEL", "nowhere"))

    said = office.run("check", "--at", AT, exits=1)

    assert "ml-slack: " in said
    assert "channel_not_found" in said
    assert len(smtp.mails) == 1
    assert deliveries(office) == {"ml-slack": ("dead", 1), "finance": ("sent", 1)}

    office.run("check", "--at", "2026-11-20T12:05Z")  # what was given up is not a failure for ever
    assert slack.messages == []
