from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from budgetbot.core.history import History, Letters
from budgetbot.core.model import Alert, Finding, Part, Scope, Severity
from budgetbot.rules.undelivered import UNSENT_AFTER, Undelivered
from tests.standins.budgets import NOW, context
from tests.standins.spend import history
from tests.store.samples import alert

RULE = Undelivered(name="undelivered")
SECOND = timedelta(seconds=1)


def known(*letters: Letters) -> History:
    whole = history([])
    whole.letters = letters
    return whole


def found(*letters: Letters, open: Sequence[Alert] = (), by_hand: Sequence[Alert] = ()) -> dict[str, tuple[bool, bool]]:
    findings = RULE.evaluate(context(known(*letters), open=open, by_hand=by_hand), NOW)
    return {str(one.scope.ids["receiver"]): (one.active, one.clear) for one in findings}


def only(letters: Letters) -> Finding:
    (finding,) = RULE.evaluate(context(known(letters)), NOW)
    return finding


def about(receiver: str, **how: str) -> Alert:
    return alert(rule="undelivered", kind="delivery", scope=Scope((Part("receiver", receiver),)), **how)


def test_where_everything_is_confirmed_nothing_is_said() -> None:
    assert found() == {}


def test_what_was_given_up_is_critical_and_says_how_much_since_when_and_why() -> None:
    finding = only(Letters("ml-slack", 3, NOW - timedelta(hours=2), last_error="ml-slack: channel_not_found"))

    assert (finding.kind, finding.severity, finding.level) == ("delivery", Severity.CRITICAL, "undelivered")
    assert (finding.active, finding.clear, finding.scope.names) == (True, False, {"receiver": "ml-slack"})
    assert finding.evidence == {
        "receiver": "ml-slack",
        "given_up": 3,
        "since": "2026-11-20T07:00:00Z",
        "waiting": 0,
        "oldest_due": None,
        "drill_due": None,
        "last_error": "channel_not_found",
    }


@pytest.mark.parametrize(("late", "fires"), [(UNSENT_AFTER, False), (UNSENT_AFTER + SECOND, True)])
def test_what_waits_for_more_than_a_quarter_of_an_hour_is_told_of(late: timedelta, fires: bool) -> None:
    assert (found(Letters("a", waiting=1, oldest_due=NOW - late)) == {"a": (True, False)}) is fires


@pytest.mark.parametrize(("left", "fires"), [(SECOND, False), (timedelta(0), True)])
def test_a_drill_has_a_time_of_its_own(left: timedelta, fires: bool) -> None:
    letters = Letters("a", waiting=1, oldest_due=NOW - timedelta(minutes=2), drill_due=NOW + left)

    assert (found(letters) == {"a": (True, False)}) is fires


def test_an_alert_is_over_when_its_receiver_has_confirmed_and_nothing_is_late() -> None:
    late, fine = Letters("a", waiting=1, oldest_due=NOW - SECOND), Letters("b")
    alerts = [about("a"), about("b")]

    assert found(late, fine, open=alerts) == {"a": (False, True), "b": (False, True)}
    assert found(late._replace(dead=1), fine, open=alerts) == {"a": (True, False), "b": (False, True)}


def test_of_what_is_no_longer_there_nothing_is_said() -> None:
    alerts = [about("a"), about("owner:lead@example.com")]

    assert found(open=alerts) == {}
    assert found(Letters("a"), Letters("owner"), open=alerts) == {
        "a": (False, True), "owner:lead@example.com": (False, True),
    }  # fmt: skip


def test_what_somebody_closed_by_hand_may_fire_again_once_the_receiver_has_confirmed() -> None:
    assert found(Letters("a"), by_hand=[about("a", state="resolved", reason="manual")]) == {"a": (False, True)}


def test_the_words_of_others_are_cut_and_cleaned() -> None:
    told = only(Letters("a", 1, NOW, last_error="\x1b[31mno\u202e" + "x" * 500)).evidence["last_error"]

    assert isinstance(told, str)
    assert told.startswith("[31mno")
    assert len(told) == 200
