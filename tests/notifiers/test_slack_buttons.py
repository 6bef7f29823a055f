"""What can be clicked, by what can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from budgetbot.core.drill import drill
from budgetbot.core.model import Kind
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.slack_buttons import alert_buttons, deed_buttons
from tests.notifiers.samples import ALERT, FORECAST, FRESHNESS, NOW, deed, keys, lent, notify, together

HELD = replace(ALERT, acknowledged_by="me", acknowledged_at=NOW)


def shown(notification: Notification) -> list[str]:
    blocks: Any = alert_buttons(notification)
    return [element["action_id"].removeprefix("alert:") for block in blocks for element in block["elements"]]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("budget", {"usual"}),
        ("usage_budget", {"usual"}),
        ("forecast", {"usual"}),
        ("anomaly", {"raise"}),
        ("new", {"raise"}),
        ("burn_rate", {"raise"}),
        ("freshness", {"raise", "planned", "usual"}),
        ("delivery", {"raise", "planned", "usual"}),
        ("policy", {"raise", "planned", "usual"}),
    ],
)
def test_a_kind_has_the_buttons_that_make_sense_for_it(kind: Kind, missing: set[str]) -> None:
    every = ["acknowledge", "snooze", "raise", "planned", "usual", "details", "not_mine"]

    assert shown(notify(replace(ALERT, kind=kind))) == [name for name in every if name not in missing]


def test_a_button_names_its_alert_and_nothing_else() -> None:
    (block,) = alert_buttons(notify(FORECAST))
    elements: Any = block["elements"]

    assert block["block_id"] == "alert:a1b2c3d4"
    assert {element["value"] for element in elements} == {"a1b2c3d4"}
    assert [element.get("style") for element in elements] == ["primary", None, None, None, None, None]


@pytest.mark.parametrize(
    "told",
    [
        notify(reason=Reason.RESOLVED),
        notify(reason=Reason.EXPIRED),
        notify(reason=Reason.TEST),
        notify(replace(ALERT, state="resolved")),
        notify(replace(ALERT, late=True)),
        replace(notify(), alert=None),
        *drill("drill-1", ["slack"], NOW),
    ],
)
def test_what_is_over_late_or_no_alert_has_none(told: Notification) -> None:
    assert shown(told) == []


def test_what_somebody_looks_after_is_not_to_be_acknowledged_again() -> None:
    assert "acknowledge" not in shown(notify(HELD, Reason.CHANGED))
    assert "acknowledge" in shown(notify(replace(HELD, acknowledged_until=NOW), Reason.REPEAT))
    assert "acknowledge" in shown(notify(FRESHNESS))


def test_of_many_only_that_is_offered_which_is_done_to_all() -> None:
    (block,) = alert_buttons(together(keys(3), more=9))
    elements: Any = block["elements"]

    assert [element["text"]["text"] for element in elements] == ["Acknowledge all 12", "Snooze all 12", "Details"]


@pytest.mark.parametrize(
    ("told", "offered"),
    [
        (lent("grant_asked"), ["allowance:approve", "allowance:refuse"]),
        (lent("grant_granted"), ["allowance:end"]),
        (lent("planned_granted"), ["allowance:end"]),
        (lent("grant_refused"), []),
        (lent("grant_ended"), []),
        (deed("acknowledged"), []),
        (notify(), []),
    ],
)
def test_what_was_asked_for_is_decided_and_what_was_granted_is_ended(told: Notification, offered: list[str]) -> None:
    blocks: Any = deed_buttons(told)

    assert [element["action_id"] for block in blocks for element in block["elements"]] == offered
    assert {element["value"] for block in blocks for element in block["elements"]} <= {"r1"}
    assert {block["block_id"] for block in blocks} <= {"allowance:r1"}
