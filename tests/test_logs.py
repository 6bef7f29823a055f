from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from budgetbot.logs import configure, redact


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


@contextmanager
def logging_as(style: str) -> Iterator[None]:
    """Logging as in a process of our own; afterwards as it was."""
    root = logging.getLogger()
    before, root.handlers, level = root.handlers, [], root.level
    try:
        configure("info", style)
        yield
    finally:
        root.handlers = before
        root.setLevel(level)
        structlog.reset_defaults()


@pytest.mark.parametrize("style", ["console", "json"])
def test_neither_a_deep_value_nor_a_traceback_nor_a_library_shows_a_secret(
    style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, library = structlog.get_logger("ours"), logging.getLogger("a.library")

    with logging_as(style):
        log.info("nested", found=[{"key": ("sk-admin-0123456789",)}])
        try:
            raise ValueError("sk-admin-0123456789")
        except ValueError as error:
            log.exception("ours", error=error)
            library.exception("theirs: %s", error)
    said = capsys.readouterr().err

    assert "sk-admin" not in said
    assert said.count("[redacted]") >= 4
    assert said.count("Traceback") == 2


def test_every_line_is_json_also_that_of_a_library(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as("json"):
        structlog.get_logger("ours").info("turn", sent=2, share=0.5, nothing=None, sources=["openai"])
        logging.getLogger("a.library").warning("slow\nsecond line")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())

    assert {**ours, "timestamp": ""} == {
        "event": "turn", "level": "info", "timestamp": "", "sent": 2, "share": 0.5, "nothing": None,
        "sources": ["openai"],
    }  # fmt: skip
    assert (theirs["event"], theirs["level"]) == ("slow second line", "warning")
