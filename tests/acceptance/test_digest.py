"""Digests by the clock and by hand: each once, to everybody, whatever the clock does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn, at
from tests.standins.slack import FakeSlack
from tests.standins.smtp import FakeSmtp

BERLIN = ZoneInfo("Europe/Berlin")
POLICY = """
version: 1
receivers:
  - {name: ml-slack, slack: {channel: "#general"}}
  - {name: finance, email: {to: [finance@example.com]}}
routes: [{to: [ml-slack]}]
digests:
  - {name: daily, schedule: "SCHEDULE", timezone: Europe/Berlin, to: [ml-slack, finance]}
"""


@pytest.fixture
def smtp() -> Iterator[FakeSmtp]:
    with FakeSmtp() as server:
        yield server


@pytest.fixture
def reader(office: Inside, smtp: FakeSmtp) -> Inside:
    """budgetbot with a digest at nine in Berlin, on Slack and by mail."""
    office.env |= {"SMTP_URL": smtp.url, "EMAIL_FROM": "budgetbot@example.com"}
    office.write(POLICY.replace("SCHEDULE", "0 9 * * *"))
    return office


def look(office: Inside, moment: datetime) -> None:
    office.run("check", "--at", f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def spent(openai: OpenAIStandIn, **days: str) -> None:
    """What was billed on which day of November, such as d20="10.00"."""
    lines = {int(day[1:]): {"amount": {"value": value, "currency": "usd"}} for day, value in days.items()}
    openai.rows["costs"] = {at(f"2026-11-{day:02}"): [{**line, "project_id": "proj_a"}] for day, line in lines.items()}


@pytest.mark.parametrize("schedule", ["0 9 * * *", "30 2 * * *"], ids=["at nine", "in the hour of the change"])
@pytest.mark.parametrize("change", ["2026-10-25", "2027-03-28"], ids=["autumn", "spring"])
def test_each_local_day_has_one_digest_for_each_receiver_through_restarts_and_clock_changes(
    reader: Inside, slack: FakeSlack, smtp: FakeSmtp, change: str, schedule: str
) -> None:
    del reader.env["OPENAI_ADMIN_KEY"]  # nothing happens at all, and that is told too
    reader.write(POLICY.replace("SCHEDULE", schedule))
    midnight = datetime.fromisoformat(change).replace(tzinfo=BERLIN)
    day_before = (midnight - timedelta(days=1)).astimezone(UTC)
    moments = [
        start + timedelta(minutes=minutes)
        for start in (day_before + timedelta(days=n) for n in range(3))
        for minutes in (0, 59, 91, 119, 151, 179, 211, 601)
    ]

    dates = []
    for moment in moments:
        before = len(slack.messages), len(smtp.mails)
        look(reader, moment)
        new = len(slack.messages) - before[0], len(smtp.mails) - before[1]
        assert new in ((0, 0), (1, 1))
        dates += [moment.astimezone(BERLIN).date()] * new[0]

    assert dates == [midnight.date() + timedelta(days=n) for n in (-1, 0, 1)]


def test_mondays_digest_holds_the_week_end(reader: Inside, openai: OpenAIStandIn, slack: FakeSlack) -> None:
    reader.write(POLICY.replace("SCHEDULE", "0 9 * * mon-fri"))
    friday = datetime(2026, 11, 20, 9, 1, tzinfo=BERLIN)
    spent(openai, d19="1000.00", d20="100.00", d21="20.00", d22="3.00", d23="7000.00")
    openai.now = at("2026-11-23T08:00")

    look(reader, friday - timedelta(hours=1))
    for day in range(4):
        look(reader, friday + timedelta(days=day))

    told = [message["text"] for message in slack.messages]
    assert len(told) == 2
    assert "$1,000" in told[0]
    assert "Fri 20 Nov to Sun 22 Nov 2026" in told[1]
    assert "$123" in told[1]


def test_of_several_that_were_missed_only_the_newest_is_sent(
    reader: Inside, openai: OpenAIStandIn, slack: FakeSlack
) -> None:
    look(reader, datetime(2026, 11, 16, 12, tzinfo=BERLIN))
    openai.now = at("2026-11-20T12:00")

    look(reader, datetime(2026, 11, 20, 12, tzinfo=BERLIN))

    assert len(slack.messages) == 1
    assert "19 Nov 2026" in slack.messages[0]["text"]


def test_one_that_was_missed_for_longer_than_a_day_is_left_out(reader: Inside, slack: FakeSlack) -> None:
    reader.write(POLICY.replace("SCHEDULE", "0 9 * * mon"))
    del reader.env["OPENAI_ADMIN_KEY"]
    look(reader, datetime(2026, 11, 15, 12, tzinfo=BERLIN))

    look(reader, datetime(2026, 11, 18, 12, tzinfo=BERLIN))
    assert slack.messages == []

    look(reader, datetime(2026, 11, 23, 12, tzinfo=BERLIN))
    assert len(slack.messages) == 1


def test_a_digest_by_hand_goes_to_everybody_once(reader: Inside, slack: FakeSlack, smtp: FakeSmtp) -> None:
    assert "2 queued, 2 sent" in reader.run("digest")
    assert "already sent" in reader.run("digest", "daily")
    assert (len(slack.messages), len(smtp.mails)) == (1, 1)

    assert "2 queued, 2 sent" in reader.run("digest", "daily", "--date", "2026-11-02")
    assert (len(slack.messages), len(smtp.mails)) == (2, 2)


def test_a_digest_that_was_sent_by_hand_is_not_sent_again_by_the_clock(reader: Inside, slack: FakeSlack) -> None:
    look(reader, datetime(2026, 11, 19, 12, tzinfo=BERLIN))
    reader.run("digest", "--date", "2026-11-20")
    assert len(slack.messages) == 1

    look(reader, datetime(2026, 11, 20, 9, 5, tzinfo=BERLIN))

    assert len(slack.messages) == 1


def test_a_dry_run_of_a_digest_shows_it_with_bars_and_sends_nothing(
    reader: Inside, openai: OpenAIStandIn, slack: FakeSlack, smtp: FakeSmtp
) -> None:
    spent(openai, d18="10.00", d19="20.00")
    look(reader, datetime(2026, 11, 20, 8, tzinfo=BERLIN))

    shown = reader.run("digest", "--date", "2026-11-20", "--dry-run")

    assert "$20.00" in shown
    assert "██" in shown
    assert shown.count("daily: ") == 1
    assert (slack.messages, smtp.mails) == ([], [])
    assert reader.json("alerts", "deliveries") == []


def test_an_unknown_digest_is_wrong_usage_and_names_those_there_are(reader: Inside) -> None:
    assert "unknown digest weekly; the policy has daily" in reader.run("digest", "weekly", exits=2)
