"""The modals of an alert, within Slack's limits whatever names are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budgetbot.chat.acting.details import details_view
from budgetbot.chat.acting.modals import planned_view, raise_view, snooze_view, told_view
from budgetbot.core.alert_row import alert_row
from budgetbot.core.allowance import Allowance
from budgetbot.core.grant import Grant
from budgetbot.core.model import Alert, Driver, Json, Part, Scope
from budgetbot.core.unit import Unit
from tests.chat.view_rules import check_view, words
from tests.notifiers.hostile import NASTY
from tests.notifiers.samples import cause
from tests.store.samples import DAY, NOW, alert

NAMES = (*NASTY, "<!channel> <@U1> <https://evil.example|x> & @here", "*bold* `code` ```x```", "\u202etxet")
USD, IMAGES = Unit("USD"), Unit("images", counts=True)


def hostile(name: str) -> Alert:
    change: dict[str, Json] = {"before": "1.00", "against": {"weeks": name}, "why": [cause(name, name, "900.00", name)]}
    evidence: dict[str, Json] = {
        name[:50]: name, "spent": name, "currency": name, "forecast": {name: name}, "change": change,
    }  # fmt: skip
    drivers = (Driver("project", name, name, 4_100 * 10**9, name),) * 300
    scope = Scope((Part("project", name, "openai", name),))
    return alert("0123456789ab", rule=name, level=name, scope=scope, evidence=evidence, drivers=drivers)


def explained(of: Alert, name: str) -> dict[str, Json]:
    event: dict[str, Json] = {"at": name, "from": name, "to": name, "reason": name, "detail": {"by": name}}
    delivery: dict[str, Json] = {
        "receiver": name, "reason": name, "status": name, "sent_at": name, "next_at": None, "last_error": name,
    }  # fmt: skip
    more: dict[str, Json] = {
        "policy_hash": name, "complete_to": name, "settled_to": name, "restated": [], "rederived": None,
    }  # fmt: skip
    return {**alert_row(of, NOW), **more, "events": [event] * 200, "deliveries": [delivery] * 200}


def allowed(number: int, name: str, **changes: Any) -> Allowance:
    one = Allowance(f"a{number}", "grant", name, Scope(), 50, "USD", NOW, NOW + DAY, name, name, NOW)
    return replace(one, **changes)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_modal_or_comes_to_life_in_it(name: str) -> None:
    of = hostile(name)
    for view in (
        snooze_view(of, NOW),
        planned_view(of, Unit(name), NOW),
        raise_view(of, Unit(name), NOW, name),
        told_view(name, name, f"grants:\n- reason: {name}\n" * 9),
        details_view(
            explained(of, name), name, [Grant(name, 5, NOW, NOW + DAY, name, name)] * 99,
            [allowed(i, name) for i in range(99)], NOW,
        ),
    ):  # fmt: skip
        check_view(view)


def test_a_modal_remembers_its_alert() -> None:
    for view in (snooze_view(alert(), NOW), planned_view(alert(), USD, NOW), raise_view(alert(), USD, NOW, None)):
        assert json.loads(str(view["private_metadata"])) == {"alert": "a1"}
    assert [view["callback_id"] for view in (snooze_view(alert(), NOW), planned_view(alert(), USD, NOW))] == [
        "snooze",
        "planned",
    ]


def blocks(view: Mapping[str, Json]) -> dict[str, Any]:
    found = view["blocks"]
    assert isinstance(found, list)
    return {str(block["block_id"]): block for block in found if isinstance(block, dict) and "block_id" in block}


def values(view: Mapping[str, Json]) -> list[str]:
    return [option["value"] for option in blocks(view)["length"]["element"]["options"]]


def test_the_end_of_a_period_is_offered_where_there_is_one_to_come() -> None:
    assert values(snooze_view(alert(), NOW)) == ["1h", "4h", "tomorrow", "period", "custom"]
    for of in (alert(end=None), alert(end=NOW)):
        assert values(snooze_view(of, NOW)) == ["1h", "4h", "tomorrow", "custom"]


def test_who_snoozes_sees_that_it_is_quiet_already() -> None:
    assert "quiet until 2026-11-21 12:00 UTC already" in words(snooze_view(alert(snoozed_until=NOW + DAY), NOW))


def test_a_raise_ends_with_the_period_or_after_a_week() -> None:
    def end(of: Alert) -> datetime:
        seconds = blocks(raise_view(of, USD, NOW, None))["until"]["element"]["initial_date_time"]
        return datetime.fromtimestamp(seconds, UTC)

    assert end(alert()) == datetime(2026, 12, 1, tzinfo=UTC)
    assert end(alert(end=None)) == end(alert(end=NOW)) == NOW + timedelta(days=7)


def test_a_raise_says_what_is_counted_and_who_has_to_agree() -> None:
    view = raise_view(alert(), IMAGES, NOW, "$500")
    assert blocks(view)["amount"]["label"]["text"] == "How much more (images)"
    assert "whole number" in blocks(view)["amount"]["hint"]["text"]
    assert "Above $500 a second person has to approve it." in words(view)
    assert "second person" not in words(raise_view(alert(), USD, NOW, None))


def test_details_tell_all_drivers_and_say_what_has_no_room() -> None:
    of = alert(drivers=tuple(Driver("model", f"m{i}", f"model-{i}", i * 10**9) for i in range(1, 121)))
    told = words(details_view(explained(of, "x"), "a.yaml:3", [], [], NOW))
    assert "model-1:" in told
    assert "model-120" in told
    assert "a.yaml:3" in told
    assert "budgetbot explain" in words(details_view(explained(hostile("*&" * 300), "*&" * 300), None, [], [], NOW))


def test_details_tell_every_cause_of_the_change_however_small_it_is() -> None:
    against: dict[str, Json] = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-22T00:00:00Z"}
    causes: list[Json] = [cause(f"ci-{i}", "volume", f"{i}.00") for i in range(1, 9)]
    change: dict[str, Json] = {"before": "5000.00", "against": against, "why": causes}

    told = words(details_view(explained(alert(evidence={"change": change}), "x"), None, [], [], NOW))

    assert "Why: +$36.00 against 1 Oct to 21 Oct" in told
    assert all(f"key ci-{i} volume +${i}.00 (owner ml-lead@example.com)" in told for i in range(1, 9))
    assert "against {" not in told


def test_grants_in_force_are_told_and_those_that_are_over_are_not() -> None:
    grants = [Grant("b", 5, NOW - DAY, NOW + DAY, "lead", "launch"), Grant("b", 5, NOW - DAY, NOW, "lead", "past")]
    told = words(details_view(explained(alert(), "x"), None, grants, [], NOW))
    assert "approved by lead: launch" in told
    assert "past" not in told


def test_what_waits_can_be_decided_and_what_holds_can_be_ended() -> None:
    running = [allowed(1, "lead", standing="asked"), allowed(2, "lead", kind="planned")]
    view = blocks(details_view(explained(alert(), "x"), None, [], running, NOW))
    buttons = {id: [button["action_id"] for button in block["elements"]] for id, block in view.items()}
    assert buttons == {"allowance:a1": ["allowance:approve", "allowance:refuse"], "allowance:a2": ["allowance:end"]}
    assert view["allowance:a2"]["elements"][0]["value"] == "a2"
