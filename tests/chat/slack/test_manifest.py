"""The app's manifest: within Slack's limits, the same in both variants but for the way in."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from budgetbot.chat.slack.manifest import EXAMPLE, manifest, wanted_scopes
from budgetbot.errors import UsageError

URL = "https://spend.example.org/bot"


def read(url: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(manifest(url))
    return found


@pytest.mark.parametrize("url", [None, URL])
def test_it_keeps_the_limits_of_slack(url: str | None) -> None:
    app = read(url)
    assert len(app["display_information"]["name"]) <= 35
    assert len(app["display_information"]["description"]) <= 140
    assert len(app["features"]["bot_user"]["display_name"]) <= 80
    for command in app["features"]["slash_commands"]:
        assert command["command"].startswith("/")
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


def test_socket_mode_names_no_address() -> None:
    assert read()["settings"]["socket_mode_enabled"] is True
    assert "https://budgetbot" not in manifest()
    assert all("url" not in command for command in read()["features"]["slash_commands"])


def test_over_http_every_address_is_ours() -> None:
    app = read(f"{URL}/")
    assert app["settings"]["socket_mode_enabled"] is False
    assert [one["url"] for one in app["features"]["slash_commands"]] == [f"{URL}/slack/commands"] * 2
    assert app["settings"]["interactivity"]["request_url"] == f"{URL}/slack/interactions"
    assert app["settings"]["event_subscriptions"]["request_url"] == f"{URL}/slack/interactions"
    assert EXAMPLE not in manifest(URL)


def test_both_ask_for_the_same_scopes_each_once() -> None:
    one, other = (read(url)["oauth_config"]["scopes"]["bot"] for url in (None, URL))
    assert one == other
    assert len(set(one)) == len(one)
    assert wanted_scopes() == set(one)


@pytest.mark.parametrize(
    "url", ["http://plain.example.org", "spend.example.org", "https://a b", "https://u:p@x.example"]
)
def test_an_address_that_slack_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no https address"):
        manifest(url)
