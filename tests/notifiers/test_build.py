from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from budgetbot.errors import UsageError
from budgetbot.notifiers import KINDS, build
from budgetbot.notifiers.options import ConsoleOptions
from budgetbot.settings import load_settings


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("console", {}),
        ("slack", {"channel": "#ml-spend"}),
        ("slack", {"channel": "#研究_1"}),
        ("slack", {"channel": "C0123ABCD"}),
        ("slack", {"channel": "G0123ABCD"}),
        ("slack", {"channel": "D0123ABCD"}),
        ("email", {"to": ["finance@example.com", "a.b+c@mail.example.co"]}),
    ],
)
def test_every_kind_is_built_from_its_options(kind: str, options: dict[str, object]) -> None:
    settings = load_settings(_env_file=None)

    receiver = build("here", kind, KINDS[kind].model_validate(options), settings)

    assert (receiver.name, receiver.kind) == ("here", kind)
    receiver.close()


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("console", {"colour": "red"}, "Extra inputs are not permitted"),
        ("slack", {}, "Field required"),
        ("slack", {"channel": "ml-spend"}, 'write "#name" in lower case, or an id such as C0123ABCD'),
        ("slack", {"channel": "#ML Spend"}, "not a Slack channel"),
        ("slack", {"channel": "#a", "token": "xoxb"}, "Extra inputs are not permitted"),
        ("email", {"to": []}, "at least 1 item"),
        ("email", {"to": "finance@example.com"}, "valid list"),
        ("email", {"to": ["finance"]}, "not an e-mail address; write name@example.com"),
        ("email", {"to": ["a@b.example\r\nBcc: c@d.example"]}, "not an e-mail address"),
        ("email", {"to": ["Finance <a@b.example>"]}, "not an e-mail address"),
    ],
)
def test_a_wrong_option_says_what_to_write(kind: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KINDS[kind].model_validate(options)


def test_a_kind_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UsageError, match="there is no kind pigeon; write one of console, slack, email"):
        build("coop", "pigeon", ConsoleOptions(), load_settings(_env_file=None))


def test_a_receivers_library_is_only_loaded_when_it_is_built() -> None:
    loaded = (
        "import sys, budgetbot.notifiers; print([m for m in ('slack_sdk', 'smtplib', 'jinja2') if m in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.strip() == "[]"
