"""What `budgetbot doctor` finds, each part on its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from budgetbot.chat.slack.app_check import check_app
from budgetbot.chat.slack.manifest import wanted_scopes
from budgetbot.settings import Settings
from budgetbot.store.schema import HEAD
from tests.conftest import _fresh
from tests.standins.inside import Inside
from tests.standins.openai import KEY, OpenAIStandIn
from tests.standins.opsgenie import KEY as GENIE_KEY
from tests.standins.opsgenie import FakeOpsgenie
from tests.standins.pagerduty import KEY as PAGER_KEY
from tests.standins.pagerduty import FakePagerDuty
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.smtp import FakeSmtp
from tests.standins.webhook import FakeHook

POLICY = """
version: 1
receivers:
  - {name: screen, console: {}}
  - {name: ml-slack, slack: {channel: "#general"}}
  - {name: finance, email: {to: [finance@example.com]}}
routes: [{to: [screen, ml-slack, finance]}]
"""


PAGERS = """
receivers:
  - {name: pager, pagerduty: {}}
  - {name: on-call, opsgenie: {}}
  - {name: hook, webhook: {url_env: HOOK}}
"""


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Inside]:
    """Everything is as it should be."""
    stamp, scopes = int(datetime.now(UTC).timestamp()), ",".join(sorted(wanted_scopes()))
    with OpenAIStandIn(stamp) as openai, FakeSlack(scopes) as slack, FakeSmtp() as smtp:
        env = {
            "OPENAI_ADMIN_KEY": KEY,
            "OPENAI_BASE_URL": openai.url,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": slack.url,
            "SMTP_URL": smtp.url,
            "EMAIL_FROM": "budgetbot@example.com",
        }
        yield Inside(tmp_path, POLICY, env)
        assert (slack.messages, smtp.mails) == ([], [])  # looking tells nobody anything


def test_pagers_are_looked_at_without_waking_anybody(bot: Inside) -> None:
    with FakePagerDuty() as pagerduty, FakeOpsgenie() as opsgenie, FakeHook() as hook:
        (bot.policies / "with-pagers.yaml").write_text(PAGERS)
        bot.env |= {"PAGERDUTY_ROUTING_KEY": PAGER_KEY, "PAGERDUTY_EVENTS_URL": pagerduty.events_url}
        bot.env |= {"OPSGENIE_API_KEY": GENIE_KEY, "OPSGENIE_API_URL": opsgenie.api_url, "HOOK": hook.hook_url}

        said = bot.run("doctor").splitlines()

        assert (pagerduty.requests, opsgenie.alerts, hook.requests) == ([], [], [])
    assert said[-3:] == [
        "ok    receiver pager (pagerduty); whether PagerDuty knows the key shows with the first page",
        "ok    receiver on-call (opsgenie)",
        "ok    receiver hook (webhook); nothing was posted",
    ]


def failing(said: str) -> list[str]:
    return [line for line in said.splitlines() if not line.startswith("ok    ")]


def test_where_all_is_well_every_part_is_named(bot: Inside) -> None:
    assert bot.run("doctor").splitlines() == [
        "ok    policies (policies)",
        f"ok    database; schema {HEAD}",
        "ok    scheduler; none runs; start `budgetbot run`, or let cron call `budgetbot check`",
        "ok    freshness; nothing was read yet",
        "ok    outbox",
        "ok    dead letters of the last week",
        "ok    escalations",
        "ok    heartbeat; nobody notices a silent budgetbot; set BUDGETBOT_HEARTBEAT_URL",
        "ok    source openai (openai)",
        "ok    Slack app, scopes",
        "ok    Slack app; it only posts; set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) for /spend, "
        "buttons and the Home tab",
        "ok    receiver screen (console)",
        "ok    receiver ml-slack (slack)",
        "ok    receiver finance (email)",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "part", "fix"),
    [
        ("OPENAI_ADMIN_KEY", "sk-proj-wrong-0123456789", "source openai (openai)", "api.usage.read"),
        ("OPENAI_ADMIN_KEY", None, "sources", "set OPENAI_ADMIN_KEY to an admin key"),
        ("SLACK_APP_TOKEN", "xoxb-wrong", "Slack app, Socket Mode", "it begins with xapp-"),
        ("SLACK_SIGNING_SECRET", "short", "Slack app, HTTP", "copy it from Basic Information"),
        ("SLACK_BOT_TOKEN", None, "receiver ml-slack (slack)", "SLACK_BOT_TOKEN is not set"),
        ("SMTP_URL", None, "receiver finance (email)", "SMTP_URL"),
        ("SMTP_URL", "smtp://127.0.0.1:1", "receiver finance (email)", "127.0.0.1"),
        ("EMAIL_FROM", None, "receiver finance (email)", "EMAIL_FROM"),
        ("BUDGETBOT_POLICIES", "nowhere", "policies (nowhere)", "does not exist"),
        ("BUDGETBOT_HEARTBEAT_URL", "http://hc.example/wrong-0123456789", "heartbeat", "write https://HOST/PATH"),
        ("BUDGETBOT_HEARTBEAT_URL", "http://127.0.0.1:1/wrong-0123456789", "heartbeat", "cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_with_its_fix_and_hides_nothing_else(
    bot: Inside, variable: str, value: str | None, part: str, fix: str
) -> None:
    bot.env.pop(variable) if value is None else bot.env.update({variable: value})

    (line,) = failing(bot.run("doctor", exits=1))

    assert line.startswith(f"FAIL  {part}: ")
    assert fix in line
    assert "wrong-0123456789" not in line


def test_each_mistake_in_a_policy_is_a_line(bot: Inside) -> None:
    bot.write("version: 1\nroutes: [{to: [nobody]}]\nbudgits: []\n")

    lines = failing(bot.run("doctor", exits=1))

    assert len(lines) >= 2
    assert all(line.startswith("FAIL  policies (policies): policies/policy.yaml:") for line in lines)


def test_a_database_without_its_tables_names_the_command_that_makes_them(bot: Inside, postgres_server: str) -> None:
    for url in _fresh(postgres_server, template="template1"):
        bot.env["BUDGETBOT_DATABASE_URL"] = url

        lines = failing(bot.run("doctor", exits=1))

    assert lines[0].startswith("FAIL  database: ")
    assert lines[0].endswith("run `budgetbot db upgrade`")


def test_a_wrong_token_is_told_of_the_app_and_of_every_receiver(bot: Inside) -> None:
    bot.env["SLACK_BOT_TOKEN"] = "xoxb-wrong"
    said = failing(bot.run("doctor", exits=1))
    assert [line.split(":")[0] for line in said] == [
        "FAIL  Slack app, SLACK_BOT_TOKEN",
        "FAIL  receiver ml-slack (slack)",
    ]
    assert "xoxb-wrong" not in "".join(said)


def test_a_missing_scope_says_what_does_not_work_without_it_and_only_the_one_to_post_with_is_a_fault(
    tmp_path: Path,
) -> None:
    for lacking, code in (("usergroups:read", 0), ("chat:write", 1)):
        with FakeSlack(",".join(sorted(wanted_scopes() - {lacking}))) as slack:
            env = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url}
            lines = [line.text for line in check_app(Settings(_env_file=None, **env))]  # type: ignore[arg-type]
        assert f"without {lacking}, " in lines[0]
        assert lines[0].startswith("FAIL" if code else "ok")


def test_a_test_message_is_posted_where_one_is_asked_for(tmp_path: Path) -> None:
    with FakeSlack() as slack:
        bot = Inside(tmp_path, POLICY, {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url})
        said = bot.run("doctor", "--post", "ml-slack", exits=1)
        (message,) = slack.messages
    assert "ok    test message to ml-slack; it was taken" in said
    assert "This is a test of the way to you" in str(message)
    assert "there is no receiver nobody; the policy has screen, ml-slack, finance" in bot.run(
        "doctor", "--post", "nobody", exits=2
    )
