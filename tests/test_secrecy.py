"""What was given as a secret is shown nowhere, whatever it looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetbot.logs import redact
from budgetbot.settings import load_settings, secret

GIVEN = {
    "BUDGETBOT_WEB_TOKEN": "plain words as a token",
    "BUDGETBOT_HEARTBEAT_URL": "https://hc.example/0f1e2d3c-4b5a-6978",
    "PAGERDUTY_ROUTING_KEY": "R0123456789ABCDEFGHIJKLMNOPQRSTU",
    "OPSGENIE_API_KEY": "eb243592-aaaa-4ba2-a551-1afdf565c889",
}


@pytest.mark.parametrize(("variable", "value"), GIVEN.items(), ids=GIVEN)
def test_every_secret_of_the_settings(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)

    load_settings()

    assert value not in redact(f"the answer was: {value}!")


def test_the_path_of_an_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDGETBOT_HEARTBEAT_URL", "https://hc.example/f00dbabe-0f1e-2d3c")

    load_settings()

    assert redact("GET /f00dbabe-0f1e-2d3c/fail at hc.example") == "GET [redacted]/fail at hc.example"


def test_a_password_inside_an_address_as_it_is_and_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://bot:corr%C3%A9ct-horse@mail.example")
    monkeypatch.setenv("BUDGETBOT_DATABASE_URL", "postgresql://bot:battery-staple@db.example/bot")

    load_settings()

    for password in ("corr%C3%A9ct-horse", "corréct-horse", "battery-staple"):
        assert redact(f"said {password}") == "said [redacted]"
    assert "db.example/bot" in redact("at db.example/bot")


def test_what_a_policy_names_by_its_variable_or_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-0123\n")
    monkeypatch.setenv("TEAM_KEY", "from-a-variable-0123")
    monkeypatch.setenv("OTHER_KEY_FILE", str(tmp_path / "key"))

    found = [secret("TEAM_KEY"), secret("OTHER_KEY"), secret("NO_KEY")]

    assert [one and one.get_secret_value() for one in found] == ["from-a-variable-0123", "from-a-file-0123", None]
    assert redact("from-a-variable-0123, from-a-file-0123") == "[redacted], [redacted]"


def test_short_words_stay() -> None:
    assert redact("short and sweet") == "short and sweet"
