"""One message about many alerts: what they have in common, the dearest by name, and what can be done about all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from budgetbot.core.model import Alert, Driver, Json, Part, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.core.notification import Reason
from budgetbot.notifiers.wording import Message, message
from tests.notifiers.samples import ALERT, FORECAST, FRESHNESS, KEY, PROJECT, by_one_key, keys, notify, together

UNPRICED: dict[str, Json] = {"model": "gpt-9", "source": "openai"}


def told(alerts: list[Alert], reason: Reason = Reason.FIRST, **changed: Any) -> Message:
    return message(together(alerts, reason, **changed))


def ended(count: int, why: Any = "corrected", spent: int = 41, **changed: Any) -> list[Alert]:
    return keys(count, spent, state="resolved", reason=why, **changed)


def each(alert: Alert, *parts: str) -> list[Alert]:
    """The same alert of three scopes of these dimensions."""
    return [
        replace(alert, id=f"e{i}", scope=Scope(tuple(Part(part, f"{part}-{i}", "openai") for part in parts)))
        for i in range(3)
    ]


def test_the_title_says_how_many_of_what_reached_which_level_of_which_rule() -> None:
    assert told(keys(12)).title == "12 api keys reached 100% of ci-key-daily"


def test_the_first_sixty_characters_of_the_summary_say_it_all() -> None:
    summary = told(keys(12)).summary

    assert summary[:60] == "Critical: 12 api keys reached 100% of ci-key-daily, 21 Nov 2"
    assert summary.endswith("026; the dearest: ci-02 $62 of $50 (124 %)")


def test_a_rule_with_a_long_name_gives_way_to_what_happened() -> None:
    rule = "a-rule-whose-name-goes-on-and-on-for-longer-than-a-phone-shows"

    assert told(keys(12, rule=rule)).summary[:60] == "Critical: 12 api keys reached 100% of a-rule-whose-name-goe…"


def test_those_that_are_only_counted_are_in_the_number() -> None:
    spoken = told(keys(51), more=10)

    assert spoken.title.startswith("61 api keys reached")
    assert spoken.together is not None
    assert spoken.together.listed()[-1] == "and 51 more: budgetbot alerts"
    assert "Together they spent" not in spoken.lead


def test_the_lead_says_how_much_all_of_them_spent_and_which_spent_most() -> None:
    assert told(keys(3), others=("80%",)).lead == (
        "3 api keys reached 100% of ci-key-daily on 21 Nov 2026. Together they spent $183.00; "
        "the dearest is ci-02 with $62 of $50 (124 %). Passed in the same step: 80%."
    )


def test_the_dearest_ten_are_named_with_what_they_spent_and_their_owners() -> None:
    spoken = told(keys(12))

    assert spoken.together is not None
    assert spoken.together.head == "The dearest of them"
    assert spoken.together.listed()[:2] == (
        "ci-02: $62 of $50 (124 %)",
        "ci-01: $61 of $50 (122 %), owner ml-lead@example.com",
    )
    assert spoken.together.listed()[-1] == "and 2 more: budgetbot alerts"
    assert len(spoken.together.listed()) == 11


def test_a_level_is_named_beside_each_only_where_they_differ() -> None:
    lower = [replace(alert, level="80%", rank=0, severity=Severity.WARNING) for alert in keys(4)[3:]]

    spoken = told([*keys(3), *lower])

    assert spoken.title == "4 api keys reached 80% or more of ci-key-daily"
    assert ("Severity", "critical at worst") in spoken.facts
    assert spoken.together is not None
    assert spoken.together.lines()[0] == "ci-02: $62 of $50 (124 %), 100%"
    assert "ci-03: $61 of $50 (122 %), 80%, owner ml-lead@example.com" in spoken.together.lines()


def test_an_owner_of_all_is_a_fact_and_no_column() -> None:
    labels = {"owner": "ml-lead@example.com", "team": "research"}
    spoken = told([replace(alert, labels=labels) for alert in keys(3)])

    assert spoken.facts[-2:] == (("Team", "research"), ("Owner", "ml-lead@example.com"))
    assert spoken.together is not None
    assert spoken.together.columns == ("api key", "spent of limit")


def test_what_is_only_probable_says_so() -> None:
    some, sure = [replace(alert, evidence={**alert.evidence, "low": "40.00"}) for alert in keys(2)], keys(3)[2:]

    assert told([*some, *sure]).title == "3 api keys reached 100% of ci-key-daily"
    assert "For 2 of them it is only probable" in told([*some, *sure]).lead
    assert told(some).title == "2 api keys probably reached 100% of ci-key-daily"


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.WORSE, "3 api keys reached 100% of ci-key-daily"),
        (Reason.REPEAT, "3 api keys are still over 100% of ci-key-daily"),
        (Reason.ESCALATED, "Nobody has acknowledged: 3 api keys reached 100% of ci-key-daily"),
    ],
)
def test_every_reason_has_its_words(reason: Reason, title: str) -> None:
    spoken = told(keys(3), reason)

    assert spoken.title == title
    assert spoken.lead.startswith(title)


def test_an_escalation_says_so_at_once() -> None:
    assert told(keys(3), Reason.ESCALATED).summary.startswith("Escalated: 3 api keys reached 100% of ci-key-daily, ")


@pytest.mark.parametrize(
    ("why", "title", "badge", "lead"),
    [
        ("corrected", "5 api keys are back below 100% of ci-key-daily", "RESOLVED", "The provider restated the bill: "),
        ("limit_changed", "5 api keys are back below 100% of ci-key-daily", "RESOLVED", "The limit was changed: "),
        ("period_ended", "5 api keys of ci-key-daily: 21 Nov 2026 is closed", "CLOSED", "The period has ended: "),
        ("manual", "5 api keys of ci-key-daily are over", "CLOSED", "It was closed by hand: "),
    ],
)
def test_an_end_says_what_is_over_and_why(why: str, title: str, badge: str, lead: str) -> None:
    spoken = told(ended(5, why), Reason.RESOLVED)

    assert (spoken.title, spoken.badge) == (title, badge)
    assert spoken.lead.startswith(f"{lead}{title}")
    assert spoken.summary.startswith(f"{badge.capitalize()}: {title}")
    assert spoken.steps == ()


def test_different_ends_are_named_beside_each() -> None:
    spoken = told([*ended(2), *ended(3, "manual")[2:]], Reason.RESOLVED)

    assert (spoken.title, spoken.badge) == ("3 api keys of ci-key-daily are over", "CLOSED")
    assert spoken.together is not None
    assert spoken.together.lines()[0] == "ci-02: $41 of $50 (82 %), manual"


def test_what_of_them_still_fires_is_told_with_their_end() -> None:
    assert told(ended(5), Reason.RESOLVED, others=("50%",)).lead.endswith("Some of them still fire: 50%.")
    assert message(notify(reason=Reason.RESOLVED, others=("50%",))).lead.endswith("What still fires: 50%.")


def test_ended_ones_that_are_not_named_are_listed_by_another_command() -> None:
    spoken = told(ended(12), Reason.RESOLVED)

    assert spoken.together is not None
    assert spoken.together.listed()[-1] == "and 2 more: budgetbot alerts --all"


def test_what_can_be_done_is_done_to_all_of_them_or_to_one() -> None:
    assert told(keys(12)).steps == (
        ("Acknowledge all 12", "budgetbot alerts ack 7c1f0ea90000"),
        ("Acknowledge ci-00 alone", "budgetbot alerts ack 7c1f0ea90000 --only"),
        ("Be quiet about all 12 for four hours", "budgetbot alerts snooze 7c1f0ea90000 4h"),
    )


@pytest.mark.parametrize(
    ("alert", "parts", "title", "over"),
    [
        (KEY, ("batch",), "3 batches reached 100% of", "3 batches are back below 100% of"),
        (KEY, ("entity",), "3 entities reached 100% of", "3 entities are back below 100% of"),
        (KEY, ("project", "model"), "3 combinations of project and model reached 100% of", "3 combinations of"),
        (FORECAST, ("project",), "3 projects are on course to pass $1,000 each (", "3 projects are no longer on"),
        (FRESHNESS, ("source",), "3 sources are not being read (", "3 sources are being read again ("),
        (
            replace(ALERT, kind="policy", level="unpriced", evidence=UNPRICED),
            ("source", "model"),
            "3 models have no price (",
            "3 models have a price or",
        ),
        (
            replace(ALERT, kind="delivery", level="undelivered", evidence={}),
            ("receiver",),
            "3 receivers are not told (",
            "3 receivers are told again (",
        ),
        (
            replace(ALERT, kind="burn_rate", level="fast", evidence={}),
            ("api_key",),
            "3 api keys reached burn rate fast of",
            "3 api keys are back below burn rate fast of",
        ),
        (replace(ALERT, kind="policy", level="refused x"), (), "3 alerts of research-monthly fire", "3 alerts of"),
    ],
)
def test_each_kind_of_thing_and_rule_has_its_words(alert: Alert, parts: tuple[str, ...], title: str, over: str) -> None:
    alerts = each(alert, *parts)

    assert told(alerts).title.startswith(title)
    done = [replace(one, state="resolved", reason="corrected") for one in alerts]
    assert told(done, Reason.RESOLVED).title.startswith(over)


def test_two_alerts_of_one_thing_are_counted_as_alerts() -> None:
    forecast = replace(FORECAST, rule=KEY.rule, scope=keys(1)[0].scope)

    assert told([*keys(2), forecast]).title == "3 alerts of ci-key-daily fire"


def test_several_rules_leave_the_message_of_the_one_that_speaks_as_it_is() -> None:
    alone, beside = by_one_key(), message(by_one_key())

    assert beside.title == message(replace(alone, together=())).title == "org-monthly reached 100%"
    assert beside.lead.endswith("The same key, ci-nightly, is behind 2 more alerts.")
    assert beside.together is not None
    assert beside.together.head == "Also reached by the same key, ci-nightly"
    assert beside.together.lines() == (
        "ci-nightly (ci-key-daily): 100%, $60 of $50 (120 %)",
        "search web (project-monthly): 80%, $840.12 of $1,000 (84 %)",
    )


def test_no_key_is_blamed_for_what_is_not_its_own() -> None:
    notification = by_one_key()
    other = replace(keys(3)[2], rule="another")

    spoken = message(replace(notification, together=(*notification.together, other)))

    assert spoken.together is not None
    assert spoken.together.head == "Reached at the same time"
    assert spoken.lead.endswith("With it came 3 more alerts.")


def test_a_key_without_a_name_is_named_by_its_id() -> None:
    driver = Driver("api_key", "key_7", None, 900 * NANO)
    alerts = [replace(ALERT, drivers=(driver,)), replace(ALERT, rule="b", scope=PROJECT, drivers=(driver,))]

    assert "The same key, key_7, is behind 1 more alert." in told(alerts).lead


def test_a_message_of_one_alert_has_no_table() -> None:
    assert message(notify()).together is None
