"""What people read of anomalies, newcomers and burn rates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.model import Alert, Driver, Json, Part, Resolution, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.core.notification import Reason
from budgetbot.core.summary import SEEN, alert_summary
from budgetbot.notifiers.wording import message
from tests.notifiers.hostile import NASTY
from tests.notifiers.samples import ALERT, notify, resolved, together
from tests.notifiers.samples_unusual import BURN, NEW, RUNAWAY


def test_the_first_sixty_characters_say_how_bad_who_how_much_and_what_is_usual() -> None:
    assert alert_summary(RUNAWAY)[:SEEN] == "Warning: ci / ci-nightly $412 in an hour, usually $6.20; spi"
    assert alert_summary(BURN)[:SEEN] == "Critical: research $120 an hour, 17 times the even pace; 6x "
    assert alert_summary(NEW)[:SEEN] == "Info: new-key $42 since 18 Nov; new of new-spender"


def test_of_a_long_name_the_key_is_told() -> None:
    parts = (Part("project", "p", "openai", "a-project-with-a-long-name"), *RUNAWAY.scope.parts[1:])

    told = alert_summary(replace(RUNAWAY, scope=Scope(parts)))

    assert told.startswith("Warning: ci-nightly $412 in an hour, usually $6.20")


def test_a_spike_says_what_is_usual_and_how_sure_that_is() -> None:
    told = message(notify(RUNAWAY))

    assert told.title == "ci / ci-nightly (runaway-key): $412 in an hour, usually $6.20"
    assert told.lead == (
        "ci / ci-nightly (runaway-key) has spent $412.10 in the hour from 21 Nov 08:00 UTC, usually $6.20 "
        "($3.10 to $11.00). That is $1,890.22 more than usual since 21 Nov 04:00 UTC."
    )
    assert ("Usually", "$6.20 ($3.10 to $11.00), in 95 of 100 such times") in told.facts
    assert ("More than usual", "$1,890.22") in told.facts
    assert told.drivers == ("model gpt-5: $1,890.00",)


@pytest.mark.parametrize(
    ("channel", "says"),
    [("shift", "it stays so"), ("leak", "it grows day by day"), ("sparse", "spends rarely"), ("drop", "far less")],
)
def test_every_channel_has_its_words(channel: str, says: str) -> None:
    assert says in dict(message(notify(RUNAWAY, evidence={"channel": channel})).facts)["Kind"]


def test_a_drop_says_how_much_less() -> None:
    told = message(notify(RUNAWAY, evidence={"channel": "drop", "observed": "2.00", "excess": "-198.00"}))

    assert told.title == "ci / ci-nightly (runaway-key): only $2.00 in an hour, usually $6.20"
    assert "That is $198.00 less than usual since" in told.lead


def test_an_hour_that_fills_is_told_as_the_minutes_that_are_there() -> None:
    told = message(notify(RUNAWAY, evidence={"seen_to": "2026-11-21T08:20:00Z"}))

    assert "$412.10 in the 20 minutes from 21 Nov 08:00 UTC" in told.lead


@pytest.mark.parametrize(
    ("reason", "title", "lead"),
    [
        (Reason.REPEAT, "still $412 in an hour", "still spends $412.10"),
        (Reason.ESCALATED, "Nobody has acknowledged: ci / ci-nightly", "Nobody has acknowledged that ci / ci-nightly"),
    ],
)
def test_reminders_say_that_it_lasts(reason: Reason, title: str, lead: str) -> None:
    told = message(notify(RUNAWAY, reason))

    assert title in told.title
    assert lead in told.lead


def test_an_end_says_what_is_spent_now_and_what_it_came_to() -> None:
    told = message(resolved(RUNAWAY, observed="6.10"))

    assert told.badge == "RESOLVED"
    assert told.title == "ci / ci-nightly (runaway-key): as usual again"
    assert "is as usual again: $6.10 in the hour" in told.lead
    assert "$1,890.22 more than usual" in told.lead
    assert alert_summary(replace(RUNAWAY, state="resolved", reason="corrected")).startswith(
        "Resolved: ci-nightly is as"
    )


@pytest.mark.parametrize("reason", ["rule_changed", "rule_removed", "manual"])
@pytest.mark.parametrize("alert", [RUNAWAY, BURN, NEW], ids=lambda alert: alert.kind)
def test_an_end_for_another_reason_does_not_say_that_it_is_as_usual(alert: Alert, reason: Resolution) -> None:
    told = message(notify(replace(alert, state="resolved", reason=reason), Reason.RESOLVED))

    assert told.badge == "CLOSED"
    assert "as usual again" not in told.plain()
    assert "no longer" not in told.plain()


def test_a_newcomer_is_told_with_its_first_day() -> None:
    told = message(notify(NEW))

    assert told.title == "new-key (new-spender) spends for the first time: $42 since 18 Nov"
    assert told.lead == (
        "new-key (new-spender) has spent for the first time: $42.10 since 18 Nov; nothing in the 90 days before."
    )
    over = message(notify(replace(NEW, state="resolved", reason="period_ended"), Reason.EXPIRED))
    assert over.title == "new-key (new-spender) is new no longer"


def test_a_burn_rate_says_how_fast_and_when_the_budget_is_gone() -> None:
    told = message(notify(BURN))

    assert told.title == "research-burn burns $120 an hour, 17 times the even pace"
    assert told.lead == (
        "research-burn spends $120.00 an hour, 17 times the even pace of research-monthly ($6.94). "
        "At this rate the $5,000 are used up 22 Nov 15:00 UTC."
    )
    assert ("Last 6h", "$720.00, 17 times the pace (of 6)") in told.facts
    assert ("Last 30m", "$60.00, 17 times the pace (of 6); hours taken as even") in told.facts


def test_a_burn_rate_of_nothing_usual_says_so() -> None:
    evidence: dict[str, Json] = {"rate": None, "pace_per_hour": "0.00", "budget": None}
    plain = {k: v for k, v in BURN.evidence.items() if k not in {"budget", "effective_amount", "exhausted_at"}}

    told = message(notify(replace(BURN, evidence={**plain, **evidence})))

    assert told.lead == "research-burn spends $120.00 an hour, where usually nothing is spent."


def test_a_budget_that_is_used_up_already_is_said_to_be() -> None:
    told = message(notify(BURN, evidence={"exhausted_at": None, "exhausted": True}))

    assert told.lead.endswith("The $5,000 are used up already.")


def test_a_message_that_a_budget_leads_names_the_key_its_dollars_model_and_owner() -> None:
    key = Driver("api_key", "key_1", "ci-nightly", 900 * NANO)
    budget = replace(ALERT, drivers=(key,), severity=Severity.CRITICAL)

    told = message(together([budget, replace(RUNAWAY, evidence={**RUNAWAY.evidence, "owner": "lead@example.com"})]))

    assert told.lead.endswith("ci / ci-nightly: $412 in an hour, usually $6.20 (model gpt-5, owner lead@example.com).")


@pytest.mark.parametrize("alert", [RUNAWAY, BURN, NEW], ids=lambda alert: alert.kind)
@pytest.mark.parametrize("name", ["observed", "since", "bucket", "per_hour", "windows", "exhausted_at", "rate"])
@pytest.mark.parametrize("value", [None, "a lot", 3, [], {}, [{"over": {}}], "2026-11-21"])
def test_evidence_of_another_shape_breaks_nothing(alert: Alert, name: str, value: Json) -> None:
    odd = replace(alert, evidence={**alert.evidence, name: value})

    told = message(notify(odd))

    assert told.title
    assert told.lead
    assert alert_summary(odd)


@pytest.mark.parametrize("alert", [RUNAWAY, BURN, NEW], ids=lambda alert: alert.kind)
@pytest.mark.parametrize("text", NASTY)
def test_hostile_text_stays_on_its_line(alert: Alert, text: str) -> None:
    parts = tuple(part._replace(name=text) for part in alert.scope.parts)
    evil: dict[str, Json] = {
        **alert.evidence,
        "channel": text,
        "budget": text,
        "owner": text,
        "windows": [{"over": text}],
    }

    told = message(notify(replace(alert, scope=Scope(parts), evidence=evil, level=text)))

    for line in (told.title, told.summary, *(value for fact in told.facts for value in fact)):
        assert "\n" not in line
        assert "\u202e" not in line
        assert "\x1b" not in line
