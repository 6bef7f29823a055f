"""Processes die at random moments, receivers fail, the database crashes: what people are told stays the same."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.faults.receivers import Arrival
from benchmarks.faults.verdict import Ended, Records, Row, Verdict, judge

HOUSE = Path(__file__).parents[2]
FIRST, OVER = Arrival("hook", "a1:fired:0:hook"), Arrival("hook", "a1:over:0:hook")
OPENED, CLOSED = Arrival("pager", "a1:trigger:f00d"), Arrival("pager", "a1:resolve:beef")
MAILED = Arrival("post", "a1:night.1:0:post")
ALL = (FIRST, OPENED, MAILED, CLOSED, OVER)
ROWS = {
    FIRST.key: Row(1, "hook", "t", "sent"),
    "a1:night.0:0:pager": Row(2, "pager", "t", "sent"),
    MAILED.key: Row(3, "post", "t", "sent"),
    OVER.key: Row(4, "hook", "t", "sent"),
    "a1:over:0:pager": Row(5, "pager", "t", "sent"),
}
QUIET = Records(ALL, ROWS, {"a1": Ended("budget", "resolved", "corrected")})


def test_two_processes_that_are_killed_tell_what_one_without_faults_tells() -> None:
    command = [sys.executable, "-m", "benchmarks", "faults", "--kills", "15", "--seed", "7", "--replicas", "2"]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=240)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 kills" in done.stdout
    assert re.search(r"\b1 crash of the database", done.stdout)
    assert "every promise was kept" in done.stdout


def broken(found: Records, expected: Records = QUIET) -> set[str]:
    return {promise for promise, what in judge(expected, found).broken.items() if what}


def test_a_run_like_the_one_without_faults_keeps_every_promise() -> None:
    assert judge(QUIET, QUIET).kept


@given(st.sampled_from(ALL))
def test_what_never_arrived_is_lost(one: Arrival) -> None:
    found = replace(QUIET, arrivals=[other for other in ALL if other != one])
    assert "lost" in broken(found)
    assert "told, and nothing to tell" in broken(QUIET, found)


@given(st.permutations(ALL))
def test_only_what_a_receiver_heard_in_order_is_in_order(arrivals: list[Arrival]) -> None:
    right = arrivals.index(FIRST) < arrivals.index(OVER) and arrivals.index(OPENED) < arrivals.index(CLOSED)
    assert judge(QUIET, replace(QUIET, arrivals=arrivals)).kept is right


@pytest.mark.parametrize("one", [FIRST, MAILED])
def test_a_duplicate_is_excused_only_as_often_as_an_outcome_was_unknown(one: Arrival) -> None:
    twice = replace(QUIET, arrivals=[one, *ALL])
    assert broken(twice) == {"duplicates beyond the residual"}
    asked = replace(twice, rows={**ROWS, one.key: ROWS[one.key]._replace(tries=("unknown: it ended", "sent"))})
    assert judge(QUIET, asked).kept
    lost = replace(twice, unanswered={one: 1})
    assert judge(QUIET, lost).duplicates[one.receiver] == 1
    assert judge(QUIET, lost).kept
    assert broken(replace(lost, arrivals=[one, *twice.arrivals])) == {"duplicates beyond the residual"}


def test_a_duplicate_after_what_followed_it_is_out_of_order() -> None:
    late = replace(QUIET, arrivals=[*ALL, FIRST], unanswered={FIRST: 1})
    assert broken(late) == {"out of order"}


def test_the_same_page_again_is_one_incident_and_after_its_end_it_is_another() -> None:
    assert judge(QUIET, replace(QUIET, arrivals=[FIRST, OPENED, *ALL[1:], CLOSED])).kept
    assert broken(replace(QUIET, arrivals=[*ALL, OPENED])) == {"PagerDuty incidents opened twice"}


def test_a_page_that_is_said_twice_in_other_words_was_decided_twice() -> None:
    other = Arrival("pager", "a1:trigger:cafe")
    assert broken(replace(QUIET, arrivals=[FIRST, OPENED, other, *ALL[2:]])) == {"told, and nothing to tell"}


@pytest.mark.parametrize("status", ["pending", "sending", "unknown"])
def test_a_row_that_nobody_settled_is_undone(status: str) -> None:
    rows = {**ROWS, MAILED.key: ROWS[MAILED.key]._replace(status=status)}
    assert broken(replace(QUIET, rows=rows)) == {"rows left undone"}


def test_an_alert_that_ended_otherwise_is_noticed_and_one_about_a_receiver_is_left_aside() -> None:
    firing = replace(QUIET, alerts={"a1": Ended("budget", "firing", None)})
    assert broken(firing) == {"alerts that ended otherwise"}
    assert broken(replace(QUIET, alerts={})) == {"alerts that ended otherwise"}
    about = replace(
        QUIET,
        alerts={**QUIET.alerts, "d1": Ended("delivery", "firing", None)},
        arrivals=[*ALL, Arrival("hook", "d1:fired:0:hook"), Arrival("pager", "d1:trigger:f00d")],
    )
    assert judge(QUIET, about).kept


def test_nothing_is_kept_where_anything_is_broken() -> None:
    verdict = Verdict()
    assert verdict.kept
    for promise in verdict.broken.values():
        promise.append("something")
        assert not verdict.kept
        promise.clear()
