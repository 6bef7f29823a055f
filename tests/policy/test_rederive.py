"""An alert derived once more from what was kept is equal to what was told, and what was tampered with is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from budgetbot.core.directory import Directory
from budgetbot.core.model import Alert, Json
from budgetbot.core.money import NANO
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.policy import Policy
from budgetbot.policy.rederive import rederived, row
from budgetbot.policy.step import State, needed, step
from budgetbot.rules.budget import Budget
from tests.standins.past import Change, past
from tests.standins.spend import series, utc

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = utc("2026-11-01")
BUDGET = Budget.model_validate(
    {"name": "b", "amount": 100, "period": "month", "each": ["project"],
     "thresholds": [{"at": "80%", "severity": "warning"}]}
)  # fmt: skip
POLICY = Policy(rules=(BUDGET,), hash="one")
PAST = past(
    [Change(FIRST + (i + 1) * DAY, series("p1"), FIRST + i * DAY, 20 * NANO) for i in range(10)]
    + [Change(FIRST + 20 * DAY, series("p1"), FIRST, -15 * NANO)]
)
LEDGER = Ledger.of(PAST, Directory())


def fired(at: datetime) -> Alert:
    """The alert of the live step on what was known then."""
    replay = Replay(LEDGER)
    replay.advance(at)
    (alert,) = step(POLICY, replay.history(needed(POLICY, at), at), State(), at).decision.alerts
    return alert


ALERT = fired(FIRST + 4 * DAY)


def verdicts(alert: Alert, policy: Policy = POLICY, ledger: Ledger = LEDGER) -> list[bool | None]:
    return [check.equal for check in rederived(policy, alert, lambda: ledger)]


def test_an_untouched_alert_is_equal_in_all() -> None:
    checks = rederived(POLICY, ALERT, lambda: LEDGER)

    assert [check.equal for check in checks] == [True, True, True]
    assert checks[2].found == "80.00 at 2026-11-05T00:00:00Z"
    assert row(checks)["equal"] is True


def test_between_two_whole_hours_the_figure_lies_between_what_was_known_at_them() -> None:
    later = replace(ALERT, fired_at=FIRST + 4 * DAY - HOUR / 2)

    assert rederived(POLICY, later, lambda: LEDGER)[2].found == ("60.00 at 2026-11-04T23:00:00Z, 80.00 an hour later")
    assert verdicts(later) == [True, True, True]


def test_a_later_restatement_changes_nothing_of_what_was_known_then() -> None:
    assert verdicts(fired(FIRST + 10 * DAY)) == [True, True, True]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [({"spent": "95.00"}, [True, True, False]), ({"spent": "79.99"}, [True, False, False])],
)
def test_other_numbers_than_those_of_the_ledger_are_not_equal(
    evidence: Mapping[str, Json], expected: list[bool]
) -> None:
    assert verdicts(replace(ALERT, evidence={**ALERT.evidence, **evidence})) == expected


def test_an_alert_under_a_foreign_id_is_not_equal() -> None:
    checks = rederived(POLICY, replace(ALERT, episode=2), lambda: LEDGER)

    assert checks[0].equal is False
    assert row(checks)["equal"] is False


def test_of_a_rule_that_is_gone_only_what_was_kept_can_be_told() -> None:
    assert verdicts(ALERT, Policy(hash="two")) == [True, True, None]


def test_where_the_policy_means_other_spend_since_nothing_is_claimed() -> None:
    other = BUDGET.model_copy(update={"period": BUDGET.period.__class__("week")})  # type: ignore[call-arg, arg-type]

    assert verdicts(ALERT, Policy(rules=(other,), hash="two")) == [True, True, None]


def test_of_an_empty_ledger_nothing_is_claimed() -> None:
    assert verdicts(ALERT, ledger=Ledger.of(past([]), Directory())) == [True, True, None]
