"""Whatever fails, no secret is printed: not by default, not with --debug, not in any log."""

from __future__ import annotations

import socket

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn
from tests.standins.slack import FakeSlack
from tests.standins.smtp import FakeSmtp

SECRETS = {
    "OPENAI_ADMIN_KEY": "sk-admin-swordfish-0123456789",
    "SLACK_BOT_TOKEN": "xoxb-swordfish-0123456789",
    "BUDGETBOT_WEB_TOKEN": "web-swordfish",
}
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 1, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers:
  - {name: ml-slack, slack: {channel: "#general"}}
  - {name: finance, email: {to: [finance@example.com]}}
routes: [{to: [ml-slack, finance]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [ml-slack, finance]}]
"""
COMMANDS = [
    ["check"], ["check", "--dry-run"], ["pull", "--since", "2026-11-01"], ["doctor"],
    ["digest", "--date", "2026-11-01"], ["spend", "swordfish?"], ["alerts", "ack", "x"], ["run"],
]  # fmt: skip


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_secret_is_printed_by_a_command_that_fails(
    bot: Inside, openai: OpenAIStandIn, command: list[str], debug: list[str]
) -> None:
    with FakeSlack() as slack, FakeSmtp(login=True) as smtp, socket.create_server(("127.0.0.1", 0)) as taken:
        bot.env |= SECRETS | {
            "OPENAI_BASE_URL": openai.url,
            "SLACK_API_URL": slack.url,
            "SMTP_URL": f"smtp://bot:swordfish@127.0.0.1:{smtp.port}",
            "EMAIL_FROM": "budgetbot@example.com",
            "BUDGETBOT_LOG_LEVEL": "debug",
            "BUDGETBOT_HTTP_PORT": str(taken.getsockname()[1]),
        }
        bot.write(POLICY)

        code, out, err = bot.call(*command, *debug)

    assert code in (1, 2)
    assert "swordfish" not in (out + err).replace("swordfish?", "")
