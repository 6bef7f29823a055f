"""How commands are asked for, and what is said to those who ask wrongly."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from budgetbot import __version__
from budgetbot.cli import app
from tests.standins.inside import Inside


def commands(found: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group, as it is typed."""
    below: dict[str, Any] = getattr(found, "commands", {})
    return [path, *(one for name, child in below.items() for one in commands(child, (*path, name)))]


@pytest.mark.parametrize("path", commands(typer.main.get_command(app)), ids=lambda path: " ".join(path) or "budgetbot")
def test_every_command_explains_itself(new: Inside, path: tuple[str, ...]) -> None:
    said = new.run(*path, "--help")

    assert said.startswith(f"Usage: {' '.join(('budgetbot', *path))} ")
    assert len(said.splitlines()) > 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "No such command 'nonsense'; see budgetbot --help"),
        (["alerts", "nonsense"], "No such command 'nonsense'; see budgetbot alerts --help"),
        (["check", "--nonsense"], "No such option: --nonsense; see budgetbot check --help"),
        (["spend", "--nonsense"], "I do not know `nonsense`"),
        (["check", "extra"], "Got unexpected extra argument(s) (extra); see budgetbot check --help"),
        (["check", "--at"], "Option '--at' requires an argument"),
        (["check", "--at", "noon"], "--at: 'noon' is not a time; write it like 2026-11-20T14:00Z"),
        (["alerts", "ack"], "Missing argument 'ID'; see budgetbot alerts ack --help"),
        (["alerts", "snooze", "abc"], "Missing argument 'DURATION'; see budgetbot alerts snooze --help"),
        (
            ["alerts", "snooze", "abc", "soon"],
            "'soon' is not a duration; write a number with s, m, h, d or w, such as 4h",
        ),
        (["alerts", "snooze", "abc", "0h"], "'0h' is not a duration"),
        (["pull", "--since", "yesterday"], "--since: 'yesterday' is not a date; write it like 2026-11-20"),
        (["pull", "--since", "2026-11-02", "--until", "2026-11-01"], "--until must lie after --since"),
        (["pull", "acme"], "unknown source acme; configured: none (set OPENAI_ADMIN_KEY)"),
        (["digest", "--date", "2026-13-01"], "--date: '2026-13-01' is not a date"),
        (["spend", "frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_in_one_line_that_names_the_fix(new: Inside, arguments: list[str], says: str) -> None:
    code, out, err = new.call(*arguments)

    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("group", [[], ["db"], ["policies"]], ids=["budgetbot", "db", "policies"])
def test_without_a_command_it_shows_the_help(new: Inside, group: list[str]) -> None:
    code, out, err = new.call(*group)

    assert (code, out) == (2, "")
    assert "Commands:" in err
    assert "unexpected" not in err


def test_it_tells_its_version(new: Inside) -> None:
    assert new.run("--version") == f"budgetbot {__version__}\n"


@pytest.mark.parametrize("where", [["--debug", "alerts", "ack", "abc"], ["alerts", "ack", "abc", "--debug"]])
def test_debug_anywhere_adds_the_traceback(new: Inside, where: list[str]) -> None:
    code, _, err = new.call(*where)

    assert code == 2
    assert err.startswith("Traceback (most recent call last)")
    assert err.splitlines()[-1].startswith("there is no alert 'abc'")


def test_spend_help_lists_the_words(new: Inside) -> None:
    assert "last 7 days" in new.run("spend", "help")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BUDGETBOT_HTTP_PORT", "eighty"),
        ("BUDGETBOT_PULL_INTERVAL", "often"),
        ("BUDGETBOT_LOG_LEVEL", "loud"),
        ("BUDGETBOT_DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("BUDGETBOT_DATABASE_URL", "not a url hunter2"),
        ("OPENAI_ADMIN_KEY_FILE", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_kept_quiet(new: Inside, variable: str, value: str) -> None:
    new.env[variable] = value

    said = new.run("budgets", exits=2)

    assert variable in said
    assert "hunter2" not in said
    assert said.count("\n") == 1
