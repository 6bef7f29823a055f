from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from budgetbot.core.model import Json
from budgetbot.core.notification import Reason
from budgetbot.core.summary import alert_summary
from budgetbot.notifiers.email_message import mail
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import ALERT, FORECAST, RAISED, notify, resolved

HOSTILE = "<!channel> <b>*x*</b>\u202e\n<https://evil.example|click>"


def told(**changed: Json) -> dict[str, Json]:
    known = FORECAST.evidence["forecast"]
    assert isinstance(known, dict)
    return {"forecast": {**known, **changed}}


def raised(**changed: Json) -> dict[str, Json]:
    grants: Any = RAISED["grants"]
    return {**RAISED, "grants": [{**grants[0], **changed}]}


def budget(evidence: dict[str, Json]) -> str:
    return dict(message(notify(evidence=evidence)).facts)["Budget"]


def test_a_forecast_says_in_one_sentence_where_it_goes_and_until_when_it_lasts() -> None:
    spoken = message(notify(FORECAST))

    assert spoken.title == "research-monthly is on course to pass $1,000"
    assert spoken.lead == (
        "research-monthly is on course for $1,220.50 ($1,100 to $1,390) of $1,000 by 1 Dec; "
        "it will be used up about 25 Nov 14:00 UTC (between 24 Nov 06:30 UTC and 28 Nov). "
        "So far $840.12 of $1,000 (84 %) is spent. The chance to reach $1,000 by 1 Dec is over 99 %."
    )
    seen = "Warning: research $840.12 of $1,000, full Wed 25 Nov 14:00"
    more = " UTC; 84 %, Nov 2026, on course for $1,220.50; forecast 100% p90% of research-monthly"
    assert alert_summary(FORECAST) == seen + more
    assert len(seen) <= 60
    assert dict(spoken.facts)["Forecast"] == "$1,220.50 ($1,100 to $1,390)"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"latest": None}, "used up about 25 Nov 14:00 UTC (not before 24 Nov 06:30 UTC)."),
        ({"earliest": None, "latest": None}, "used up about 25 Nov 14:00 UTC."),
        ({"exhausted_at": None}, "of $1,000 by 1 Dec. So far"),
        ({"p_overrun": 0.929}, "is 92 %."),
        ({"p_overrun": 0.001}, "is less than 1 %."),
        ({"p_overrun": None}, "is spent."),
    ],
)
def test_what_is_not_known_is_left_out(changed: dict[str, Json], words: str) -> None:
    assert words in message(notify(FORECAST, evidence=told(**changed))).lead


@pytest.mark.parametrize("broken", [None, "soon", {}, {"expected": "x", "low": "1", "high": "2"}])
def test_evidence_of_another_shape_is_still_told(broken: Json) -> None:
    spoken = message(notify(FORECAST, evidence={"forecast": broken}))

    assert spoken.lead.startswith("research-monthly is on course to pass $1,000. So far $840.12")


def test_a_forecast_that_has_fallen_is_no_restated_bill() -> None:
    spoken = message(resolved(FORECAST, **told(expected="900.00", low="850.00", high="960.00")))

    assert spoken.title == "research-monthly: no longer on course to pass $1,000"
    assert spoken.lead == (
        "research-monthly is no longer on course to pass $1,000: "
        "now $900 ($850 to $960) is expected by 1 Dec. So far $780 of $1,000 (78 %) is spent."
    )


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("limit_changed", "The limit was changed: the forecast of"),
        ("rule_removed", "The rule was removed: the forecast"),
    ],
)
def test_a_forecast_that_ends_for_another_reason_says_which(why: str, words: str) -> None:
    assert message(resolved(FORECAST, why)).lead.startswith(words)


def test_the_end_of_the_period_tells_what_became_of_it() -> None:
    ended = replace(FORECAST, state="resolved", reason="period_ended")

    spoken = message(notify(ended, Reason.EXPIRED))

    assert spoken.title == "research-monthly: Nov 2026 is closed"
    assert spoken.lead.startswith("The period has ended: research-monthly closed at $840.12 of $1,000 (84 %)")


def test_a_reminder_and_an_escalation_say_so() -> None:
    assert "is still on course" in message(notify(FORECAST, Reason.REPEAT)).lead
    assert message(notify(FORECAST, Reason.ESCALATED)).lead.startswith("Nobody has acknowledged that research-monthly")


def test_what_was_added_to_an_amount_stands_beside_it() -> None:
    assert budget(RAISED) == (
        "$1,550 = $1,000 + $50 carried over, provisional + $500 granted until 28 Nov by ml-lead@example.com (launch)"
    )
    assert budget(raised(covered=True, add="120.50")).endswith(
        "$120.50 spent within what was granted until 28 Nov by ml-lead@example.com (launch)"
    )


def test_a_level_that_fires_again_after_a_grant_says_that_it_was_over_in_between() -> None:
    spoken = message(notify(replace(ALERT, episode=2), evidence=raised(covered=True)))

    assert "It was passed before in this period and was over since; now it is passed again." in spoken.lead


def test_names_and_reasons_of_people_are_text_and_nothing_else() -> None:
    hostile = notify(evidence=raised(approved_by=HOSTILE, reason=HOSTILE))

    blocks = str(slack_message(hostile).blocks)
    html = mail(hostile, "bb@example.com", ["a@example.com"], None, "budgetbot").get_body(("html",))
    assert html is not None
    assert "<!channel>" not in blocks
    assert "<https://evil" not in blocks
    assert "<b>*x*" not in str(html.get_content())
    assert "\u202e" not in blocks + str(html.get_content())
    assert "granted until 28 Nov by" in blocks
