"""What the settings turn on, and what they leave alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.chat.slack.handlers import Handlers
from budgetbot.settings import Settings
from budgetbot.store import Store
from budgetbot.talking import talk_of
from tests.standins.slack import APP_TOKEN, CHAT_SCOPES, TOKEN, FakeSlack
from tests.standins.slack_office import Hands, Office, Tab, Words
from tests.standins.slack_sender import SECRET, Person
from tests.store.samples import NOW


def paths(store: Store, **secrets: str) -> list[str] | None:
    """Where Slack may post; None where nothing is on."""
    settings = Settings(**{f"slack_{name}": SecretStr(text) for name, text in secrets.items()})  # type: ignore[arg-type]
    handlers = Handlers(Words(), Hands(store, lambda: NOW), Tab())
    talk = talk_of(settings, lambda people: handlers, lambda: NOW, lambda: None)
    if talk is None:
        return None
    assert talk.stop()
    return [route.path for route in talk.routes]


def test_slack_is_answered_where_a_way_in_is_configured(sqlite_store: Store) -> None:
    both = ["/slack/commands", "/slack/interactions"]

    assert paths(sqlite_store) is None
    assert paths(sqlite_store, bot_token=TOKEN) is None
    assert paths(sqlite_store, bot_token=TOKEN, signing_secret=" ") is None
    assert paths(sqlite_store, signing_secret=SECRET, app_token=APP_TOKEN) is None
    assert paths(sqlite_store, bot_token=TOKEN, signing_secret=SECRET) == both
    assert paths(sqlite_store, bot_token=TOKEN, app_token=APP_TOKEN) == []
    assert paths(sqlite_store, bot_token=TOKEN, signing_secret=SECRET, app_token=APP_TOKEN) == both


def test_the_framework_goes_by_nothing_of_the_environment(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "VERIFICATION_TOKEN"):
        monkeypatch.setenv(f"SLACK_{name}", "of-another-app")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))

    with FakeSlack(CHAT_SCOPES) as slack, Office(slack, sqlite_store, lambda: NOW) as office:
        assert Person(slack, office.http).types("/spend", "a")["text"] == "you said 1 characters"
    assert list(home.iterdir()) == []


def test_who_does_without_slack_does_not_wait_for_its_framework() -> None:
    code = "import sys, budgetbot.service, budgetbot.answering; sys.exit('slack_bolt' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
