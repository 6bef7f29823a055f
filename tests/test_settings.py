from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.errors import UsageError
from budgetbot.settings import Settings, load_settings, secret

ROOT = Path(__file__).parent.parent


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == {name.upper() for name in Settings.model_fields}


def test_the_example_environment_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (ROOT / ".env.example").read_text().splitlines():
        name, found, value = line.partition("=")
        if found and not name.startswith("#"):
            monkeypatch.setenv(name, value)

    assert load_settings() == Settings()
    monkeypatch.undo()


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-admin-from-a-file\n")
    monkeypatch.setenv("OPENAI_ADMIN_KEY_FILE", str(tmp_path / "key"))

    key = load_settings().openai_admin_key

    assert key is not None
    assert key.get_secret_value() == "sk-admin-from-a-file"


def test_a_secret_that_a_policy_names_may_come_from_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-admin-eu\n")
    monkeypatch.setenv("OPENAI_EU_ADMIN_KEY_FILE", str(tmp_path / "key"))

    assert secret("OPENAI_EU_ADMIN_KEY") == SecretStr("sk-admin-eu")
    assert secret("OPENAI_US_ADMIN_KEY") is None


def test_a_secret_file_that_cannot_be_read_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", "/nowhere/token")

    with pytest.raises(UsageError, match="SLACK_BOT_TOKEN_FILE: cannot read /nowhere/token"):
        load_settings()


def test_the_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BUDGETBOT_HTTP_PORT=9001\nEMAIL_FROM=bot@example.com\n")
    monkeypatch.setenv("BUDGETBOT_HTTP_PORT", "9002")

    settings = load_settings()

    assert (settings.budgetbot_http_port, settings.email_from) == (9002, "bot@example.com")


@pytest.mark.parametrize(
    ("name", "value"),
    [("BUDGETBOT_HTTP_PORT", "eighty"), ("BUDGETBOT_PULL_INTERVAL", "5 minutes"), ("BUDGETBOT_LOG_LEVEL", "loud")],
)
def test_a_wrong_value_is_an_error_that_names_the_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UsageError, match=name):
        load_settings()


def test_durations_are_numbers_with_a_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDGETBOT_PULL_INTERVAL", "90s")

    assert load_settings().budgetbot_pull_interval == timedelta(seconds=90)


def test_no_secret_shows_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-secret")
    monkeypatch.setenv("SMTP_URL", "smtp://user:hunter2@mail.example.com")

    shown = repr(load_settings()) + str(load_settings())

    assert "sk-admin-secret" not in shown
    assert "hunter2" not in shown
