"""Every alert reaches somebody: a receiver that cannot work is refused before anything is done."""

from __future__ import annotations

import pytest

from tests.standins.inside import Inside

OWNERS = """
version: 1
receivers: [{name: screen, console: {}}]
routes: [{match: {severity: critical}, to: [owner]}, {to: [screen]}]
"""
UP = """
version: 1
receivers: [{name: screen, console: {}}]
escalations: [{name: up, steps: [{after: 0m, to: [screen]}, {after: 5m, to: [owner]}]}]
routes: [{escalation: up}]
"""
TEAM = """
version: 1
receivers: [{name: team, slack: {channel: "#team"}}]
routes: [{to: [team]}]
"""
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1"}
MAIL = {"SMTP_URL": "smtp://127.0.0.1:1"}
FROM = {"EMAIL_FROM": "bot@example.com"}


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("policy", "env", "said"),
    [
        (OWNERS, {}, "receiver owner: neither SMTP_URL nor SLACK_BOT_TOKEN is set; set it and restart"),
        (UP, {}, "receiver owner: neither SMTP_URL nor SLACK_BOT_TOKEN is set; set it and restart"),
        (OWNERS, MAIL, "receiver owner: EMAIL_FROM is not set; set it and restart"),
        (OWNERS, MAIL | SLACK, "receiver owner: EMAIL_FROM is not set; set it and restart"),  # mail comes first
        (TEAM, {}, "receiver team: SLACK_BOT_TOKEN is not set; set it and restart"),
    ],
)
def test_a_receiver_that_lacks_a_variable_is_refused_at_the_start(
    new: Inside, command: str, policy: str, env: dict[str, str], said: str
) -> None:
    new.write(policy)
    new.env |= env

    code, out, err = new.call(command)

    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1
    assert not (new.folder / "budgetbot.db").exists()


@pytest.mark.parametrize("env", [MAIL | FROM, SLACK, MAIL | FROM | SLACK])
def test_owners_need_one_way_to_be_told(new: Inside, env: dict[str, str]) -> None:
    new.write(OWNERS)
    new.env |= env

    assert new.run("check") == "checked 0 sources: 0 sent, 0 failed\n"


def test_where_nothing_leads_to_owners_nothing_is_needed_for_them(new: Inside) -> None:
    new.write(OWNERS.replace("[owner]", "[screen]"))

    new.run("check")


def test_a_rehearsal_needs_no_credentials(new: Inside) -> None:
    new.write(TEAM)

    assert new.run("check", "--dry-run") == "dry run: 0 would be sent; nothing is written\n"
