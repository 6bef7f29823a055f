from __future__ import annotations

import pytest

from budgetbot.logs import redact


@pytest.mark.parametrize(
    "secret",
    [
        "sk-admin-0123456789abcdef",
        "sk-proj-0123456789",
        "xoxb-12345-67890-abcdef",
        "xapp-1-A-123-abc",
        "https://hooks.slack.com/services/T0/B0/secret",
    ],
)
def test_what_looks_like_a_credential_never_reaches_a_log(secret: str) -> None:
    assert secret not in redact(f"failed with {secret} today")


def test_the_password_of_a_url_never_reaches_a_log() -> None:
    assert "hunter2" not in redact("cannot reach smtp://bot:hunter2@mail.example.com:587")


def test_a_log_line_stays_one_line_whatever_a_name_holds() -> None:
    assert redact("evil\n2026-11-21 fake line\x1b[31m") == "evil 2026-11-21 fake line [31m"
