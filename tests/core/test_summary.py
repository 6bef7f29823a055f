from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Part, Scope, Severity
from budgetbot.core.summary import alert_summary, compared, period_name, subject
from budgetbot.core.text import clean, utc
from tests.notifiers.samples import ALERT, ESTIMATED, EVIDENCE, FRESHNESS, PROJECT


def test_the_first_60_characters_say_how_bad_who_how_much_of_what_and_when() -> None:
    assert alert_summary(ALERT) == "Warning: research $840.12 of $1,000 (84 %), Nov 2026; 80% of research-monthly"


FULL = {"expected": "1220.50", "low": "1100.00", "high": "1390.00", "exhausted_at": "2026-11-23T14:00:00Z"}


def test_they_say_when_it_will_be_used_up_where_that_is_foreseen() -> None:
    seen = "Critical: research $840.12 of $1,000, full Mon 23 Nov 14:00"

    foreseen = replace(ALERT, severity=Severity.CRITICAL, evidence={**EVIDENCE, "forecast": {**FULL}})
    assert alert_summary(foreseen) == f"{seen} UTC; 84 %, Nov 2026; 80% of research-monthly"
    assert len(seen) <= 60
    used_up = replace(foreseen, evidence={**foreseen.evidence, "spent": "1000.00"})
    assert "full" not in alert_summary(used_up)
    assert "full" not in alert_summary(replace(foreseen, state="resolved", reason="corrected"))


def test_they_name_the_team_with_what_it_is_about_where_both_fit_and_once_where_they_are_one() -> None:
    def named(name: str, team: str = "research") -> str:
        scope = Scope((Part("project", "p", "openai", name),))
        return alert_summary(replace(ALERT, scope=scope, labels={"team": team}))

    assert named("web").startswith("Warning: research / web $840.12 of")
    assert named("ab-projects").startswith("Warning: ab-projects $840.12 of")
    assert named("research").startswith("Warning: research $840.12 of")
    assert named("web", "").startswith("Warning: web $840.12 of")


def test_a_long_name_is_cut_so_that_the_numbers_stay_within_60_characters() -> None:
    scope = Scope((Part("project", "p", "openai", "x" * 300),))

    seen = alert_summary(replace(ALERT, scope=scope))[:60]

    assert seen.endswith("… $840.12 of $1,000 (84 %), Nov 2026")


def test_a_share_is_cut_and_never_rounded_up() -> None:
    nearly = {**EVIDENCE, "spent": "999.99"}

    assert "(99 %)" in alert_summary(replace(ALERT, evidence=nearly))


def test_a_sum_whose_low_end_is_below_the_line_is_only_probable() -> None:
    assert "probably $840.12" in alert_summary(replace(ALERT, evidence=ESTIMATED))
    assert "probably" not in alert_summary(replace(ALERT, evidence={**ESTIMATED, "low": "800.00"}))


@pytest.mark.parametrize(
    ("why", "word"),
    [("corrected", "Resolved"), ("limit_changed", "Resolved"), ("period_ended", "Closed"), ("manual", "Closed")],
)
def test_an_end_that_does_not_mean_all_is_fine_is_not_called_resolved(why: Any, word: str) -> None:
    assert alert_summary(replace(ALERT, state="resolved", reason=why)).startswith(f"{word}: ")


def test_a_quiet_source_is_told_with_the_last_time_it_was_read() -> None:
    assert alert_summary(FRESHNESS).startswith("Warning: openai usage/compl… not read since 21 Nov 02:03 UTC")
    never = replace(FRESHNESS, evidence={"source": "openai", "report": "costs", "pulled_at": None})
    assert alert_summary(never).startswith("Warning: openai costs never read whole")


def test_a_kind_that_is_not_known_yet_is_told_all_the_same() -> None:
    unknown = replace(ALERT, kind="burn_rate", rule="tenfold", level="10x", scope=PROJECT, severity=Severity.CRITICAL)

    assert alert_summary(unknown) == "Critical: research / search web burn rate 10x; tenfold"


def test_evidence_that_is_no_budgets_compares_nothing() -> None:
    assert compared({}) is None
    assert compared({**EVIDENCE, "spent": "a lot"}) is None
    assert compared({**EVIDENCE, "spent": 0.1}) is None


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("2026-11", "Nov 2026"),
        ("2026-11-20", "20 Nov 2026"),
        ("2026-W47", "week 47 of 2026"),
        ("2026-Q4", "Q4 2026"),
        ("2026", "2026"),
        ("2026-11-20T07Z", "20 Nov 2026 07:00 UTC"),
        ("from-2026-11-15", "the month from 2026-11-15"),
        ("2026-11-01..2026-11-15", "2026-11-01 until 2026-11-15"),
    ],
)
def test_a_period_is_named_in_words(key: str, name: str) -> None:
    assert period_name(replace(ALERT, period=key)) == name


def test_a_rolling_window_is_named_by_its_length() -> None:
    alert = replace(ALERT, period="since-2026-11-03T10:00:00Z", evidence={**EVIDENCE, "window": "30d"})

    assert period_name(alert) == "the last 30d"


def test_an_unattributed_part_and_a_blank_name_are_said() -> None:
    scope = Scope((Part("project", None), Part("api_key", "k", "openai", "\u202e\u200b")))

    assert subject(replace(ALERT, scope=scope)) == "unattributed / (blank)"


def test_text_is_shown_without_controls_bidi_and_invisible_characters() -> None:
    assert clean("a\x1b[31mb\u202ec\u200bd\r\ne\x00\ud800\u2028f") == "a[31mbcd e f"


@given(st.text(), st.integers(1, 40))
def test_clean_text_is_one_line_within_its_limit_and_stays_as_it_is(text: str, limit: int) -> None:
    once = clean(text, limit)

    assert len(once) <= limit
    assert not {unicodedata.category(char) for char in once} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert clean(once, limit) == once


def test_a_time_without_zone_or_sense_is_no_time() -> None:
    assert utc("2026-11-21T10:00:00+01:00") == "2026-11-21 09:00 UTC"
    assert utc("2026-11-21T10:00:00") is None
    assert utc("yesterday") is None
    assert utc(None) is None
