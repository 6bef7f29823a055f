from __future__ import annotations

import io
from dataclasses import replace

import pytest

from budgetbot.errors import DeliveryError
from budgetbot.notifiers import build
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.notifiers.options import ConsoleOptions
from budgetbot.notifiers.table import bars, columns
from budgetbot.notifiers.wording_digest import Bar
from budgetbot.settings import load_settings
from tests.notifiers.samples import ALERT, digest, notify


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_an_alert_is_printed_as_a_readable_block() -> None:
    stream = io.StringIO()

    place = ConsoleNotifier("screen", stream).send(notify(), None)

    assert place == {}
    assert "[WARNING] research-monthly reached 80%\n" in stream.getvalue()
    assert "- Acknowledge: budgetbot alerts ack a1b2c3d4\n" in stream.getvalue()


def test_a_digest_has_a_chart_of_text_and_tables() -> None:
    stream = io.StringIO()

    ConsoleNotifier("screen", stream).send(digest(), None)

    assert "  11-20  ████████████████████████████████████████  $123.45\n" in stream.getvalue()
    assert "  research-monthly           $840.12  $1,000   84 %      ok\n" in stream.getvalue()


def test_colour_is_only_for_terminals() -> None:
    terminal, file = Terminal(), io.StringIO()

    ConsoleNotifier("screen", terminal).send(notify(), None)
    ConsoleNotifier("screen", file).send(notify(), None)

    assert "\x1b[1;33m[WARNING]" in terminal.getvalue()
    assert "\x1b" not in file.getvalue()


def test_a_name_cannot_steer_the_terminal() -> None:
    terminal = Terminal()

    ConsoleNotifier("screen", terminal).send(notify(replace(ALERT, rule="\x1b]0;owned\x07")), None)

    assert "\x1b]" not in terminal.getvalue()
    assert "\x07" not in terminal.getvalue()


def test_a_screen_of_few_characters_gets_question_marks_and_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    ConsoleNotifier("screen", stream).send(digest(), None)

    assert b"$123.45" in raw.getvalue()
    stream.close()


def test_a_closed_screen_is_an_error_that_may_pass() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(DeliveryError, match="the screen is closed") as failed:
        ConsoleNotifier("screen", stream).send(notify(), None)

    assert not failed.value.permanent
    assert not failed.value.unknown


def test_a_screen_cannot_be_asked() -> None:
    with pytest.raises(DeliveryError, match="cannot be asked"):
        ConsoleNotifier("screen").find(notify(), None)


def test_it_prints_to_where_standard_output_is_at_that_moment(capsys: pytest.CaptureFixture[str]) -> None:
    screen = build("screen", "console", ConsoleOptions(), load_settings(_env_file=None))

    screen.send(notify(), None)

    assert "research-monthly reached 80%" in capsys.readouterr().out
    assert screen.check() == []
    screen.close()


def test_columns_stay_aligned_under_wide_characters_and_long_names() -> None:
    lines = columns(("", "Spent"), [("研究チーム", "$1.00"), ("x" * 50, "$22.00"), ("ops", "$3.00")])

    assert lines == [
        " " * 32 + "   Spent",
        "研究チーム" + " " * 22 + "   $1.00",
        "x" * 31 + "…  $22.00",
        "ops" + " " * 29 + "   $3.00",
    ]


def test_what_is_not_nothing_shows_at_least_a_sliver() -> None:
    chart = (Bar("a", "$0.00", 0), Bar("b", "$0.01", 1), Bar("c", "$9.00", 1000))

    assert bars(chart, 4) == ["a        $0.00", "b  ▏     $0.01", "c  ████  $9.00"]
