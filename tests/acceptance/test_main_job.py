"""From the provider's bill to one alert, with everything in between failing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from budgetbot.sim.organisation import Organisation
from tests.standins.bot import Bot
from tests.standins.slack import FakeSlack


def alerts_in(slack: FakeSlack) -> list[str]:
    return [str(message["text"]) for message in slack.messages if "research-monthly" in str(message)]


def test_totals_equal_the_providers_and_the_crossing_is_told_exactly_once(
    bot: Bot, slack: FakeSlack, organisation: Organisation
) -> None:
    bot.run("check")
    assert len(alerts_in(slack)) == 1
    bot.run("check")
    assert len(alerts_in(slack)) == 1

    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=30)
    answer = bot.json("spend", "by", "project", "by", "day", "since", f"{since:%Y-%m-%d}")
    got = {(row["ids"]["project"], row["ids"]["day"]): Decimal(row["billed"]) for row in answer["rows"]}
    want = {
        (project, f"{day:%Y-%m-%d}"): total
        for day in (since + timedelta(days=n) for n in range(31))
        for project, total in organisation.total(day, day + timedelta(days=1), by="project").items()
        if total
    }
    assert {key: amount for key, amount in got.items() if amount} == want
    assert Decimal(answer["billed"]) == sum(want.values())


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7, 0.8, 0.9])
def test_a_process_killed_at_any_point_loses_and_repeats_nothing(bot: Bot, slack: FakeSlack, share: float) -> None:
    began = time.monotonic()
    bot.run("check", "--dry-run")
    whole = time.monotonic() - began

    bot.kill_after(share * whole, "check")
    bot.run("check")
    bot.run("check")

    assert len(alerts_in(slack)) == 1


def test_a_process_killed_after_slack_accepted_does_not_tell_it_again(bot: Bot, slack: FakeSlack) -> None:
    slack.fail("chat.postMessage", hang=True, accept=True)
    process = bot.start("check")
    while not slack.messages:
        time.sleep(0.02)
        assert process.poll() is None
    process.kill()
    process.communicate()

    bot.run("check")

    assert len(alerts_in(slack)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 500, "accept": True},
        {"status": 429, "error": "ratelimited", "headers": {"Retry-After": "1"}},
        {"drop": True, "accept": True},
        {"drop": True},
        {"error": "internal_error"},
    ],
    ids=["500", "500-after-accept", "429", "dropped-after-accept", "dropped", "internal-error"],
)
def test_slack_failing_once_delays_the_message_and_does_not_repeat_it(
    bot: Bot, slack: FakeSlack, fault: dict[str, object]
) -> None:
    slack.fail("chat.postMessage", **fault)

    bot.run("check")

    assert len(alerts_in(slack)) == 1
    assert [row["status"] for row in bot.json("alerts", "deliveries") if row["status"] != "inhibited"] == ["sent"]


def test_a_refused_credential_names_scope_and_setting_and_exits_1(bot: Bot) -> None:
    bot.env["OPENAI_ADMIN_KEY"] = "sk-proj-wrong-0123456789"

    said = bot.run("check", exits=1)

    assert "api.usage.read" in said
    assert "OPENAI_ADMIN_KEY" in said
    assert "sk-proj-wrong" not in said
