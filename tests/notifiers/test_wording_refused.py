from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.model import Alert, Json, Scope
from budgetbot.core.notification import Reason
from budgetbot.core.summary import alert_summary
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.slack_limits import violations
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import ALERT, notify

MISTAKES: list[Json] = [f"policies/{name}.yaml:3:5: budgets: must be a list" for name in "abcde"]
REFUSED: Alert = replace(
    ALERT,
    kind="policy",
    rule="policy-reload",
    level="refused 0a1b2c3d",
    scope=Scope(),
    period="since-2026-11-21T09:00:00Z",
    start=None,
    end=None,
    drivers=(),
    labels={},
    already=True,
    evidence={"mistakes": MISTAKES, "mistakes_in_all": 12, "hash": "0123456789ab"},
)


def test_wrong_files_are_told_with_what_is_in_force_and_the_first_mistakes() -> None:
    spoken = message(notify(REFUSED))

    assert spoken.title == "The changed policy files are wrong and not in force"
    assert spoken.lead == (
        "budgetbot goes on by the last good ones, policy 0123456789ab. To be mended: "
        "policies/a.yaml:3:5: budgets: must be a list; policies/b.yaml:3:5: budgets: must be a list; "
        "policies/c.yaml:3:5: budgets: must be a list; and 9 more. "
        "`budgetbot policies validate` shows every mistake; mended files take effect by themselves."
    )
    assert ("Hash", "0123456789ab") in spoken.facts


def test_a_reminder_says_that_it_lasts() -> None:
    assert "still wrong" in message(notify(REFUSED, Reason.REPEAT)).title


def test_the_line_says_how_many_mistakes() -> None:
    one = replace(REFUSED, evidence={**REFUSED.evidence, "mistakes_in_all": 1})

    assert alert_summary(REFUSED) == "Warning: changed policy files not in force: 12 mistakes; policy-reload"
    assert " 1 mistake; " in alert_summary(one)


@pytest.mark.parametrize("reason", [Reason.RESOLVED, Reason.EXPIRED])
def test_its_end_says_what_is_in_force(reason: Reason) -> None:
    evidence: dict[str, Json] = {"mistakes": [], "mistakes_in_all": 0, "hash": "ba9876543210"}
    over = replace(REFUSED, state="resolved", reason="corrected", evidence=evidence)

    spoken = message(notify(over, reason))

    assert spoken.title == "The policy files are in force again"
    assert spoken.lead == "What the policy files say is in force: policy ba9876543210."
    assert alert_summary(over) == "Resolved: policy files are in force again; policy-reload"


def test_hostile_mistakes_cannot_break_a_message() -> None:
    hostile = replace(REFUSED, evidence={**REFUSED.evidence, "mistakes": ["<!channel> \x1b[31m\n" + "x" * 9000] * 10})

    sent = slack_message(notify(hostile))

    assert message(notify(hostile)).lead.isprintable()
    assert violations(sent.blocks, sent.text) == []
    assert "<!channel>" not in sent.text


def test_evidence_of_another_shape_is_told_all_the_same() -> None:
    assert message(notify(replace(REFUSED, evidence={"mistakes": "all", "mistakes_in_all": "many"}))).lead
