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
    "PAGERDUTY_ROUTING_KEY": "R0swordfish0123456789ABCDEFGHIJK",
    "OPSGENIE_API_KEY": "swordfish-4ba2-a551-1afdf565c889",
    "TEAM_KEY": "R1swordfish0123456789ABCDEFGHIJK",
    "HOOK_SECRET": "whsec-swordfish",
}
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 1, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers:
  - {name: ml-slack, slack: {channel: "#general"}}
  - {name: finance, email: {to: [finance@example.com]}}
  - {name: pager, pagerduty: {}}
  - {name: team-pager, pagerduty: {key_env: TEAM_KEY}}
  - {name: on-call, opsgenie: {}}
  - {name: hook, webhook: {url_env: HOOK, secret_env: HOOK_SECRET}}
routes: [{to: [ml-slack, finance, pager, team-pager, on-call, hook]}]
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
        nobody = "http://127.0.0.1:1"
        bot.env |= SECRETS | {
            "OPENAI_BASE_URL": openai.url,
            "SLACK_API_URL": slack.url,
            "SMTP_URL": f"smtp://bot:swordfish@127.0.0.1:{smtp.port}",
            "EMAIL_FROM": "budgetbot@example.com",
            "PAGERDUTY_EVENTS_URL": f"{nobody}/v2/enqueue",
            "OPSGENIE_API_URL": nobody,
            "HOOK": f"{nobody}/services/swordfish?token=swordfish",
            "BUDGETBOT_HEARTBEAT_URL": f"{nobody}/swordfish-check",
            "BUDGETBOT_LOG_LEVEL": "debug",
            "BUDGETBOT_HTTP_PORT": str(taken.getsockname()[1]),
        }
        bot.write(POLICY)

        code, out, err = bot.call(*command, *debug)

    assert code in (1, 2)
    assert "swordfish" not in (out + err).replace("swordfish?", "")
