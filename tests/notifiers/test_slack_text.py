from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.text import clean
from budgetbot.notifiers.slack_limits import size
from budgetbot.notifiers.slack_text import code, fallback, mrkdwn

GAP = "\u200b"
HOSTILE = st.text(st.sampled_from("<>&!@#*_~`:/|.w\u202e\n aeh😀")) | st.text()


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("<!channel>", "<!"),
        ("<@U123ABC>", "<@"),
        ("<http://evil.example|click>", "<h"),
        ("@here", "@h"),
        ("_@channel_", "@c"),
        ("#general", "#g"),
        ("http://evil.example", "://"),
        ("www.evil.example", "www."),
        ("mailto:a@b.example", "mailto:"),
        ("*bold*", "*b"),
        ("*bold*", "d*"),
        ("_it_", "_i"),
        ("~gone~", "~g"),
        ("`code`", "`c"),
        (":tada:", ":t"),
        ("&lt;!channel&gt;", "&lt;"),
    ],
)
def test_nothing_in_a_name_is_live(name: str, live: str) -> None:
    assert live not in mrkdwn(name, 200)


@pytest.mark.parametrize("name", ["proj_abc_123", "ci-nightly", "ml-lead@example.com", "14:00 UTC", "a/b", "50% = $4"])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert mrkdwn(name, 200) == name


def test_escapes_are_never_cut_in_two() -> None:
    for most in range(1, 40):
        assert re.fullmatch(r"(&lt;|…)*", mrkdwn("<" * 50, most))


@given(HOSTILE, st.integers(1, 60))
def test_mrkdwn_reads_like_the_name_within_its_limit(name: str, most: int) -> None:
    said = mrkdwn(name, most)

    assert size(said) <= most
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", said)
    read = said.replace(GAP, "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert clean(name, most).startswith(read.removesuffix("…"))


@given(HOSTILE, st.integers(1, 60))
def test_code_holds_no_backtick_and_no_live_bracket(name: str, most: int) -> None:
    said = code(name, most)

    assert size(said) <= most
    assert not re.search(r"[<>`]", said)


@given(HOSTILE, st.integers(10, 300))
def test_the_fallback_text_keeps_its_lines_and_its_limit(name: str, most: int) -> None:
    said = fallback(f"Warning\n{name}", most)

    assert size(said) <= most
    assert said.startswith("Warning")
    assert not re.search(r"[<>]", said)
