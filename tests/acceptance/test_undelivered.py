"""A channel that is gone: somebody hears of it by mail, and hears when it is back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn, at
from tests.standins.slack import FakeSlack
from tests.standins.smtp import FakeSmtp

POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers:
  - {name: ml-slack, slack: {channel: "#CHANNEL"}}
  - {name: finance, email: {to: [finance@example.com]}}
routes: [{match: {kind: budget}, to: [ml-slack]}, {to: [ml-slack]}]
"""


@pytest.fixture
def smtp(office: Inside, openai: OpenAIStandIn) -> Iterator[FakeSmtp]:
    """Half of the budget is spent."""
    openai.rows["costs"] = {at("2026-11-19"): [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "p"}]}
    with FakeSmtp() as server:
        office.env |= {"SMTP_URL": server.url, "EMAIL_FROM": "budgetbot@example.com"}
        yield server


def use(office: Inside, channel: str) -> None:
    office.write(POLICY.replace("CHANNEL", channel))


def subjects(smtp: FakeSmtp) -> list[str]:
    return [str(mail["Subject"]) for mail in smtp.mails]


def test_a_channel_that_is_gone_is_told_by_mail_until_it_is_back(
    office: Inside, smtp: FakeSmtp, slack: FakeSlack
) -> None:
    use(office, "nowhere")
    office.run("check", "--at", "2026-11-20T12:00Z", exits=1)
    assert subjects(smtp) == []

    office.run("check", "--at", "2026-11-20T12:05Z")
    office.run("check", "--at", "2026-11-20T12:10Z")
    silent = "Critical: ml-slack is not told: 1 given up; undelivered"
    assert subjects(smtp) == [silent]
    body = smtp.mails[0].get_body(("plain",))
    assert body is not None
    assert "channel_not_found" in body.get_content()
    assert {row["rule"] for row in office.json("alerts")} == {"monthly", "undelivered"}

    use(office, "general")
    assert "ml-slack: confirmed in " in office.run("drill", "ml-slack")
    office.run("check", "--at", "2026-11-20T12:15Z")
    assert subjects(smtp) == [silent, "Resolved: ml-slack is told again; undelivered"]
    assert [message["text"].splitlines()[0] for message in slack.messages] == ["DRILL: nothing is wrong"]
    assert {row["rule"] for row in office.json("alerts")} == {"monthly"}
