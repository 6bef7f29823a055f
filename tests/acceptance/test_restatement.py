"""A bill that rises, is restated, and ends; a policy that is changed meanwhile. Every step is taken twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn, at
from tests.standins.slack import FakeSlack

POLICY = """
version: 1
budgets:
  - name: monthly
    amount: {amount}
    period: month
    thresholds: [{{at: 80%, severity: warning}}, {{at: 100%, severity: critical}}]
receivers: [{{name: ml-slack, slack: {{channel: "#general"}}}}]
routes: [{{to: [ml-slack]}}]
"""
OTHER = POLICY.format(amount=1000).replace("monthly", "another")


class Story:
    """One month, told at the moments at which somebody looks."""

    def __init__(self, office: Inside, openai: OpenAIStandIn, slack: FakeSlack) -> None:
        self.office, self.openai, self.slack = office, openai, slack
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.amount(1000)

    def amount(self, dollars: int) -> None:
        self.office.write(POLICY.format(amount=dollars))

    def spent(self, dollars: str, day: str = "2026-11-19") -> None:
        line = {"amount": {"value": dollars, "currency": "usd"}, "project_id": "proj_a", "line_item": "gpt-5, input"}
        self.openai.rows["costs"] = {at(day): [line]}

    def look(self, at: datetime | None = None) -> list[str]:
        """What is told now; looking twice tells nothing more."""
        self.now = at or self.now + timedelta(hours=1)
        self.openai.now = int(self.now.timestamp())
        before = len(self.slack.messages)
        self.office.run("check", "--at", f"{self.now:%Y-%m-%dT%H:%MZ}")
        told = [_line(message) for message in self.slack.messages[before:]]
        self.now += timedelta(minutes=5)
        self.office.run("check", "--at", f"{self.now:%Y-%m-%dT%H:%MZ}")
        assert len(self.slack.messages) == before + len(told)
        return told

    def alerts(self) -> list[tuple[str, str, str | None]]:
        rows = self.office.json("alerts", "--all")
        return sorted((row["level"], row["state"], row["reason"]) for row in rows)


def _line(message: dict[str, Any]) -> str:
    return f"{'reply' if message.get('thread_ts') else 'post'}: {message['text']}"


@pytest.fixture
def story(office: Inside, openai: OpenAIStandIn, slack: FakeSlack) -> Story:
    return Story(office, openai, slack)


def test_a_rising_bill_is_told_and_told_worse_and_taken_back_in_one_thread(story: Story) -> None:
    story.spent("700")
    assert story.look() == []

    story.spent("850")
    assert story.look() == [
        "post: Warning: monthly $850 of $1,000 (85 %), Nov 2026; 80% of monthly\n"
        "monthly has passed 80%: $850 of $1,000 (85 %) in Nov 2026.\n"
        f"Spent by day: {'▁' * 18}▇▁ 1 Nov to 20 Nov, at most $850.00"
    ]
    story.spent("1020")
    assert story.look() == [
        "reply: Critical: monthly $1,020 of $1,000 (102 %), Nov 2026; 100% of monthly\n"
        "monthly has passed 100%: $1,020 of $1,000 (102 %) in Nov 2026."
    ]
    assert story.alerts() == [("100%", "firing", None), ("80%", "firing", None)]

    story.spent("500")
    assert story.look() == [
        "reply: Resolved: monthly $500 of $1,000 (50 %), Nov 2026; 100% of monthly\n"
        "The provider restated the bill: monthly is at $500 of $1,000 (50 %) in Nov 2026, below 100% again."
    ]
    assert story.alerts() == [("100%", "resolved", "corrected"), ("80%", "resolved", "corrected")]


def test_a_bill_that_wavers_around_a_level_is_told_once(story: Story) -> None:
    story.spent("801")
    assert len(story.look()) == 1

    for amount in ("799", "785"):
        story.spent(amount)
        assert story.look() == []
    assert story.alerts() == [("80%", "firing", None)]


def test_a_cent_decides(story: Story) -> None:
    story.spent("799.99")
    assert story.look() == []
    story.spent("800.00")
    assert len(story.look()) == 1


def test_a_higher_limit_resolves_with_that_reason_and_arms_the_level_again(story: Story) -> None:
    story.spent("900")
    assert len(story.look()) == 1

    story.amount(2000)
    (told,) = story.look()
    assert told.startswith("reply: Resolved: monthly $900 of $2,000 (45 %)")
    assert "The limit was changed" in told
    assert story.alerts() == [("80%", "resolved", "limit_changed")]

    story.spent("1700")
    (told,) = story.look()
    assert told.startswith("reply: Warning: monthly $1,700 of $2,000 (85 %)")
    assert story.alerts() == [("80%", "firing", None), ("80%", "resolved", "limit_changed")]


def test_a_rule_that_is_removed_closes_its_alert_and_a_new_one_says_that_it_came_late(story: Story) -> None:
    story.spent("900")
    story.look()

    story.office.write(OTHER)
    closed, opened = story.look()

    assert closed.startswith("reply: Closed: monthly $900 of $1,000")
    assert "The rule was removed" in closed
    assert opened.startswith("post: Warning: another $900 of $1,000")
    assert "It was already passed when this rule was added or changed." in opened
    assert story.alerts() == [("80%", "firing", None), ("80%", "resolved", "rule_removed")]


def test_the_end_of_the_period_closes_its_alerts_with_what_was_spent(story: Story) -> None:
    story.spent("900")
    story.look()

    (told,) = story.look(datetime(2026, 12, 1, 0, 5, tzinfo=UTC))

    assert told.startswith("reply: Closed: monthly $900 of $1,000 (90 %), Nov 2026")
    assert "The period has ended" in told
    assert story.alerts() == [("80%", "resolved", "period_ended")]
    assert story.look(datetime(2026, 12, 20, tzinfo=UTC)) == []


def test_a_crossing_that_the_bill_shows_late_is_told_once_and_opens_nothing(story: Story) -> None:
    story.spent("700")
    assert story.look() == []
    assert story.look(datetime(2026, 12, 1, 8, tzinfo=UTC)) == []

    story.spent("850", day="2026-11-30")
    (told,) = story.look(datetime(2026, 12, 2, 8, tzinfo=UTC))

    assert "monthly $850 of $1,000 (85 %), Nov 2026" in told
    assert story.alerts() == [("80%", "resolved", "period_ended")]
    assert story.look(datetime(2026, 12, 3, 8, tzinfo=UTC)) == []
    assert story.look(datetime(2026, 12, 9, 8, tzinfo=UTC)) == []


def test_what_a_bill_says_of_a_month_long_closed_is_not_told(story: Story) -> None:
    story.spent("700")
    story.look()

    story.spent("850", day="2026-11-30")

    assert story.look(datetime(2026, 12, 6, 8, tzinfo=UTC)) == []
    assert story.alerts() == []


def test_what_is_due_and_waits_behind_a_message_that_failed_is_reported(story: Story) -> None:
    story.spent("850")
    story.slack.fail("chat.postMessage", status=429, error="ratelimited", headers={"Retry-After": "3600"})
    story.office.run("check", "--at", "2026-11-20T12:00Z", exits=1)
    story.spent("1050")

    said = story.office.run("check", "--at", "2026-11-20T12:10Z", exits=1)

    assert "1 due notifications wait behind one that failed" in said
    assert story.slack.messages == []
    story.office.run("check", "--at", "2026-11-20T14:00Z")
    first, reply = story.slack.messages
    assert (reply["thread_ts"], str(reply["text"]).split(":")[0]) == (first["ts"], "Critical")
    assert str(first["text"]).startswith("Critical: ")  # told anew with what followed
