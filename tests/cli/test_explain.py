"""`budgetbot explain ALERT_ID`: the evidence, the story, who was told, and what changed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.core.model import Alert, Entity, Part, Scope
from budgetbot.core.notification import Reason
from tests.cli.installation import POLICY, Installation
from tests.store.samples import DAY, HOUR, LAG, MINUTE, SOURCE, alert, costs, notification

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FIRED = MARCH + 5 * DAY
POLICY_HASH = "sha256:abc"


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def fired(bot: Installation, **changes: object) -> Alert:
    """An alert of March for one project, told to one receiver and queued for another, then acknowledged."""
    scope = Scope((Part("project", "proj_1", SOURCE, "research"),))
    times = {
        "scope": scope,
        "start": MARCH,
        "end": MARCH + 31 * DAY,
        "fired_at": FIRED,
        "active_since": FIRED,
        "period": "2026-03",
    }
    whole = alert("a1b2c3", policy_hash=POLICY_HASH, **{**times, **changes})
    with bot.store() as store:
        told = [notification("n1", whole), notification("n2", whole, receiver="mail", reason=Reason.REPEAT)]
        store.alerts.record([whole], told, FIRED)
        store.alerts.record([alert("ffff", period="other")], [notification("n3", alert("ffff"))], FIRED)
        store.alerts.acknowledge("a1b2c3", "ml-lead", FIRED + HOUR)
    return whole


def bill(bot: Installation, day: int, now: datetime, **amounts: str) -> None:
    with bot.store() as store:
        store.ledger.save(SOURCE, costs(amounts, MARCH + (day - 1) * DAY), now, LAG)


def test_an_alert_is_explained_by_its_evidence_events_and_deliveries(bot: Installation) -> None:
    fired(bot, evidence={"spent": "4100.00", "line": "4000.00", "complete_to": "2026-03-06T00:00:00Z"})

    said = bot.json("explain", "a1b2")

    assert (said["id"], said["policy_hash"], said["fired_at"]) == ("a1b2c3", POLICY_HASH, "2026-03-06T00:00:00Z")
    assert said["evidence"]["spent"] == "4100.00"
    assert said["complete_to"] == "2026-03-06T00:00:00Z"
    assert [(row["receiver"], row["reason"], row["status"]) for row in said["deliveries"]] == [
        ("mail", "changed", "pending"),
        ("screen", "changed", "pending"),
        ("mail", "repeat", "pending"),
        ("screen", "first", "pending"),
    ]
    assert [(row["at"], row["from"], row["to"], row["reason"]) for row in said["events"]] == [
        ("2026-03-06T00:00:00Z", None, "firing", None),
        ("2026-03-06T01:00:00Z", "firing", "firing", "acknowledged"),
    ]
    assert said["events"][1]["detail"] == {"by": "ml-lead", "until": None}
    assert said["drivers"][0]["name"] == "research"
    assert said["restated"] == []


def test_the_text_says_the_same(bot: Installation) -> None:
    fired(bot, evidence={"spent": "4100.00", "line": "4000.00", "window": None, "settled_to": "2026-03-04T00:00:00Z"})

    said = bot.run("explain", "a1b2c3")

    assert "alert a1b2c3 of rule monthly, firing, fired at 2026-03-06 00:00 UTC" in said
    assert "bill settled to 2026-03-04 00:00 UTC" in said
    assert f"policy {POLICY_HASH}" in said
    assert "  spent: 4100.00\n  line: 4000.00" in said
    assert "  project research: $4,100.00, owner ml-lead@example.com" in said
    assert "2026-03-06 01:00 UTC  firing (acknowledged): by ml-lead" in said
    assert "mail" in said
    assert "Since it fired" not in said


def test_closed_days_of_its_period_that_changed_since_it_fired_are_told(bot: Installation) -> None:
    for day in (1, 2):
        bill(bot, day, MARCH + day * DAY, proj_1="10", proj_2="10")
    fired(bot)
    bill(bot, 1, FIRED + HOUR, proj_1="51.20", proj_2="10")
    bill(bot, 2, FIRED + HOUR, proj_1="10", proj_2="99")  # of another project than the alert's

    assert bot.json("explain", "a1b2")["restated"] == [
        {"source": SOURCE, "day": "2026-03-01", "change": "41.20", "currency": "USD"}
    ]
    assert "the bill of 1 March changed by +$41.20 after it closed." in bot.run("explain", "a1b2")


def test_days_outside_its_period_and_changes_before_it_fired_are_not_told(bot: Installation) -> None:
    for day in (-1, 1):
        bill(bot, day, MARCH + 2 * DAY, proj_1="10")
    bill(bot, 1, FIRED - MINUTE, proj_1="20")
    fired(bot)
    bill(bot, -1, FIRED + HOUR, proj_1="51.20")

    assert bot.json("explain", "a1b2")["restated"] == []


def test_what_only_a_gateway_bills_is_not_told(bot: Installation) -> None:
    bill(bot, 1, MARCH + 2 * DAY, proj_1="10")
    fired(bot, scope=Scope())
    bill(bot, 1, FIRED + HOUR, proj_1="12")
    assert len(bot.json("explain", "a1b2")["restated"]) == 1

    bot.env["OPENAI_ADMIN_KEY"] = "sk-admin-x"
    bot.write(POLICY + f"sources:\n  - {{name: {SOURCE}, type: openai, counts: false}}\n")
    assert bot.json("explain", "a1b2")["restated"] == []


def test_names_from_outside_cannot_write_to_the_screen(bot: Installation) -> None:
    fired(bot, rule="evil\x1b[2J", evidence={"note\x1b[1m": "x\ny\x07", "spent": "1"})
    with bot.store() as store:
        store.ledger.save_entities(SOURCE, [Entity(SOURCE, "project", "proj_1", "\x1b[31mred")], FIRED)

    said = bot.run("explain", "a1b2")

    assert "\x1b" not in said
    assert "\x07" not in said


@pytest.mark.parametrize("id", ["research", "zz"])
def test_what_is_no_alert_is_exit_code_2_and_says_where_alerts_are(bot: Installation, id: str) -> None:
    fired(bot)

    said = bot.run("explain", id, exits=2)
    assert said.startswith(f"there is no alert '{id}' (`budgetbot alerts --all` lists them), and I do not know `{id}`")


def test_a_beginning_of_two_ids_asks_for_more(bot: Installation) -> None:
    fired(bot)
    with bot.store() as store:
        store.alerts.record([alert("a1b9")], [], FIRED + timedelta(1))

    assert "write more of it" in bot.run("explain", "a1b", exits=2)
