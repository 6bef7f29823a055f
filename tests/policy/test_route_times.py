"""Routes that lead up an escalation, to an owner, or only at certain hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from budgetbot.core.escalate import Escalation, Step, Where
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Alert, Driver, Scope, Severity
from budgetbot.core.window import Window
from budgetbot.policy.policy import Route
from budgetbot.policy.route import route
from tests.standins.spend import utc

NIGHT = Window("night", ZoneInfo("UTC"), frozenset(range(7)), time(22), time(7))
NOON, MIDNIGHT = utc("2026-11-20T12:00"), utc("2026-11-20T00:00")
WATCH = Escalation("watch", (Step(timedelta(0), ("pager",)), Step(timedelta(minutes=15), ("owner", "lead"))))
ALERT = Alert("a", "b", "budget", Severity.WARNING, Scope(), "80%", 80, 80, "2026-11", 1, "firing", utc("2026-11-20"))
OWNED = replace(ALERT, labels={"owner": "ml-lead@example.com"})


def where(*routes: Route, alert: Alert = ALERT, at: str = "noon") -> Where:
    return route(routes, {"watch": WATCH}, alert, NOON if at == "noon" else MIDNIGHT)


def to(*names: str, **how: object) -> Route:
    return Route(EVERYTHING, names, **how)  # type: ignore[arg-type]


def test_outside_its_hours_a_route_is_not_there() -> None:
    routes = to("pager", active=(NIGHT,)), to("rest")

    assert where(*routes, at="noon").to == ("rest",)
    assert where(*routes, at="midnight").to == ("pager",)


def test_in_its_muted_hours_a_route_takes_the_alert_and_waits() -> None:
    routes = to("team", muted=(NIGHT,)), to("rest")

    assert where(*routes, at="noon").to == ("team",)
    assert where(*routes, at="midnight").to == ()


def test_a_muted_route_that_continues_hides_nothing_from_the_others() -> None:
    assert where(to("team", muted=(NIGHT,), continues=True), to("rest"), at="midnight").to == ("rest",)


def test_a_route_leads_up_an_escalation() -> None:
    climbed = where(Route(EVERYTHING, escalation="watch"), to("rest"), alert=OWNED)

    assert climbed.to == ()
    assert climbed.climbs[0].steps[1].to == ("owner:ml-lead@example.com", "lead")


def test_an_owner_who_is_not_known_is_left_out_of_a_step() -> None:
    assert where(Route(EVERYTHING, escalation="watch")).climbs[0].steps[1].to == ("lead",)


def test_an_escalation_to_nobody_but_an_unknown_owner_is_passed_over() -> None:
    own = {"own": Escalation("own", (Step(timedelta(0), ("owner",)),))}

    assert route([Route(EVERYTHING, escalation="own"), to("rest")], own, ALERT, NOON) == Where(("rest",))


def test_the_owner_is_whom_the_label_names() -> None:
    assert where(to("owner"), to("rest"), alert=OWNED).to == ("owner:ml-lead@example.com",)


def test_without_a_label_it_is_who_owns_what_drives_the_spend_most() -> None:
    drivers = (Driver("api_key", "k1", "ci", 5, None), Driver("api_key", "k2", "web", 3, "web@example.com"))

    assert where(to("owner"), alert=replace(ALERT, drivers=drivers)).to == ("owner:web@example.com",)


def test_where_no_owner_is_known_the_next_route_is_taken() -> None:
    assert where(to("owner"), to("rest")).to == ("rest",)
    assert where(to("owner", "team"), to("rest")).to == ("team",)
