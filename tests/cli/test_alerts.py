"""What people do about alerts from the command line."""

from __future__ import annotations

from contextlib import closing

import pytest

from budgetbot.store import open_store
from tests.standins.inside import Inside
from tests.store.samples import NOW, alert, notification


@pytest.mark.parametrize("does", [["ack"], ["snooze"], ["resolve"]], ids=lambda does: str(does[0]))
def test_an_unknown_id_is_wrong_usage(bot: Inside, does: list[str]) -> None:
    for id in ("zzz", "", "%", "_"):
        said = bot.run("alerts", *does, id, *(["4h"] if does == ["snooze"] else []), exits=2)

        assert said.startswith("there is no alert ")
        assert said.count("\n") == 1


def test_the_first_letters_of_an_id_are_enough(bot: Inside) -> None:
    id = bot.json("alerts")[0]["id"]

    assert bot.run("alerts", "ack", id[:8], "--by", "ml-lead", "--only") == f"{id} acknowledged\n"

    row = next(row for row in bot.json("alerts") if row["id"] == id)
    assert row["acknowledged_by"] == "ml-lead"


def test_an_acknowledgement_bears_the_name_of_who_is_logged_in(bot: Inside) -> None:
    bot.env["LOGNAME"] = "somebody"
    id = bot.json("alerts")[0]["id"]

    bot.run("alerts", "ack", id)

    assert next(row for row in bot.json("alerts") if row["id"] == id)["acknowledged_by"] == "somebody"


def test_a_snoozed_alert_is_silent_until_then(bot: Inside) -> None:
    id = bot.json("alerts")[0]["id"]

    bot.run("alerts", "snooze", id, "4h")

    row = next(row for row in bot.json("alerts") if row["id"] == id)
    assert row["silenced"]
    assert row["snoozed_until"] is not None
    assert "snoozed until" in bot.run("alerts")


def test_what_is_resolved_is_resolved_once(bot: Inside) -> None:
    id = bot.json("alerts")[0]["id"]
    bot.run("alerts", "resolve", id)

    assert "is resolved already" in bot.run("alerts", "resolve", id, exits=2)
    assert id not in bot.run("alerts")
    assert id in bot.run("alerts", "--all")


@pytest.fixture
def message(bot: Inside) -> list[str]:
    """The ids of the alerts of one message, that which speaks first."""
    with closing(open_store(f"sqlite:///{bot.folder / 'budgetbot.db'}")) as store:
        alerts = [alert(f"7c1f0ea95d2{i}") for i in range(4)]
        others = [notification(one.id, one, status="grouped", leader=alerts[0].id) for one in alerts[1:]]
        store.alerts.record(alerts, [notification("n-1", alerts[0]), *others], NOW)
    return [one.id for one in alerts]


@pytest.mark.parametrize(
    ("does", "said"),
    [(["ack"], "acknowledged"), (["resolve"], "resolved"), (["snooze"], "snoozed until")],
    ids=lambda does: str(does[0]),
)
def test_what_is_done_to_a_message_of_many_alerts_says_of_how_many_it_holds(
    bot: Inside, message: list[str], does: list[str], said: str
) -> None:
    duration = ["4h"] if does == ["snooze"] else []

    alone = bot.run("alerts", *does, message[1], *duration)
    only = bot.run("alerts", *does, message[2], *duration, "--only")
    every = bot.run("alerts", *does, message[0], *duration)

    assert alone.startswith(f"{message[1]} {said}")
    assert only.startswith(f"{message[2]} {said}")
    assert "others" not in alone + only
    count = 1 if does == ["resolve"] else 3
    assert every.startswith(f"{message[0]} {said}")
    assert every.endswith(f", and {count} other{'s' if count > 1 else ''} of the same message\n")


def test_deliveries_are_listed_for_people(bot: Inside) -> None:
    said = bot.run("alerts", "deliveries")

    assert len(said.splitlines()) == len(bot.json("alerts", "deliveries"))
    assert "sent       screen  first" in said


def test_a_new_installation_has_no_alerts(new: Inside) -> None:
    assert new.run("alerts") == "No alerts.\n"
    assert new.json("alerts") == []
