from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from budgetbot.core.model import Alert, RuleInfo, Scope, Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.wording import message

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIX = "fx: [{from: EUR, to: USD, rate: ..., since: 2026-11-01}]"
ALERT = Alert(
    "a1b2c3",
    "web-monthly",
    "policy",
    Severity.WARNING,
    Scope(),
    "unconverted EUR",
    0,
    0,
    "since-2026-11-20T09:00:00Z",
    1,
    "firing",
    NOW,
    fired_at=NOW,
    already=True,
    evidence={"currency": "USD", "unconverted": {"EUR": "12.50"}, "since": "2026-11-01", "complete_to": None},
)


def notify(alert: Alert = ALERT, reason: Reason = Reason.FIRST) -> Notification:
    return Notification("n", "team", reason, "t", NOW, alert=alert, rule=RuleInfo("web-monthly", "budget", "x"))


def test_it_says_which_budget_cannot_count_how_much_and_which_line_ends_it() -> None:
    told = message(notify())

    assert told.summary == "Warning: web-monthly leaves EUR out: no rate to USD"
    assert told.title == "web-monthly cannot count what was spent in EUR"
    assert told.lead == (
        "web-monthly is in USD, and €12.50 of what it is about has no exchange rate to that, so it is not counted and "
        f"no level is reached by it. Add the rate to the policy: {FIX}"
    )
    assert ("Not counted (no rate)", "€12.50") in told.facts


def test_a_reminder_says_that_it_lasts() -> None:
    assert message(notify(reason=Reason.REPEAT)).title == "web-monthly still cannot count what was spent in EUR"


def test_its_end_says_that_all_is_counted() -> None:
    over = replace(ALERT, state="resolved", reason="corrected", resolved_at=NOW, evidence={"currency": "USD"})

    told = message(notify(over, Reason.RESOLVED))

    assert told.summary == "Resolved: web-monthly counts all EUR"
    assert told.title == "web-monthly: nothing in EUR is left out any more"
    assert told.lead == "All that web-monthly is about is counted in USD now."


@pytest.mark.parametrize("missing", [None, {}, {"EUR": "a lot"}, "EUR"])
def test_evidence_of_another_shape_is_told_without_the_amount(missing: dict[str, str] | str | None) -> None:
    odd = replace(ALERT, evidence={"currency": "USD", "unconverted": missing})  # type: ignore[dict-item]

    assert "what was spent in EUR of what it is about has no exchange rate" in message(notify(odd)).lead
