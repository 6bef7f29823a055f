from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.alert_row import alert_row
from budgetbot.core.drill import drill, drill_id, is_drill
from budgetbot.core.model import Alert, Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.pager import alert_of, incident
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import ALERT
from tests.store.samples import NOW

ID = drill_id("weekly", "2026-11-23T10:00")


def told(name: str | None = None, pagers: tuple[str, ...] = ("pager",)) -> list[Notification]:
    return list(drill(ID, ["ml-slack", "pager"], NOW, name=name, pagers=pagers))


def alert() -> Alert:
    found = told()[0].alert
    assert found is not None
    return found


def test_every_word_of_a_drill_says_that_nothing_is_wrong() -> None:
    first = told()[0]
    spoken = message(first)

    assert (spoken.title, spoken.summary, spoken.badge) == (*["DRILL: nothing is wrong"] * 2, "TEST")
    assert spoken.lead == (
        "DRILL: nothing is wrong. This only tries whether alerts reach ml-slack; nothing needs to be done."
    )
    assert (spoken.facts, spoken.steps, spoken.drivers) == ((), (), ())
    assert "DRILL: nothing is wrong" in slack_message(first).text
    assert alert_row(alert(), NOW)["summary"] == "DRILL: nothing is wrong"


@pytest.mark.parametrize(
    ("name", "why"),
    [(None, "Sent because somebody asked for a drill"), ("weekly", "Sent by the policy's drill weekly")],
)
def test_it_says_who_wanted_it(name: str | None, why: str) -> None:
    assert message(told(name)[0]).context == (why,)


def test_a_drill_looks_like_no_alert_of_a_policy() -> None:
    assert [alert().rule, alert().kind, alert().level] == ["drill", "delivery", "drill"]
    assert alert().severity is Severity.INFO
    assert is_drill(alert())
    assert not is_drill(replace(ALERT, rule="drill"))
    assert ID.startswith("drill-")
    assert ID != drill_id("weekly", "2026-11-30T10:00") != drill_id("weekly2026-11-30T10:00")


def test_who_is_woken_is_told_of_the_end_in_the_same_incident() -> None:
    slack, fired, over = told()

    assert [(n.receiver, n.reason) for n in (slack, fired, over)] == [
        ("ml-slack", Reason.TEST), ("pager", Reason.TEST), ("pager", Reason.RESOLVED),
    ]  # fmt: skip
    assert incident(fired, "budgetbot") == incident(over, "budgetbot") == f"budgetbot/{ID}"
    assert alert_of(f"budgetbot/{ID}") is None  # what people do with it there concerns no alert here
    assert message(over).title == "DRILL: nothing is wrong (it is over)"
    assert len({n.key for n in (slack, fired, over)}) == 3
    assert fired.thread == over.thread
