from __future__ import annotations

import pytest

from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Alert, Part, Scope, Severity
from budgetbot.core.subject import subject
from budgetbot.policy import route as routing
from budgetbot.policy.policy import Route
from tests.standins.spend import utc

PROJECT = Scope((Part("project", "proj_1", "openai", "Web"),))


def alert(scope: Scope = PROJECT, severity: Severity = Severity.WARNING, **labels: str) -> Alert:
    return Alert(
        "a", "web-daily", "budget", severity, scope, "80%", 80, 80, "2026-11", 1, "firing", utc("2026-11-20"),
        labels={"provider": "openai"} | labels,
    )  # fmt: skip


def route(routes: list[Route], alert: Alert) -> tuple[str, ...]:
    return routing.route(routes, {}, alert, utc("2026-11-20")).to


def match(**fields: str) -> Match:
    return Match(tuple((name, Patterns((pattern,))) for name, pattern in fields.items()))


def to(*receivers: str, continues: bool = False, **fields: str) -> Route:
    return Route(match(**fields), receivers, continues)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"severity": "warning"},
        {"kind": "budget"},
        {"rule": "web-*"},
        {"provider": "openai"},
        {"team": "shop"},
        {"project": "proj_1"},  # by id
        {"project": "Web"},  # by name
        {"api_key": "none"},  # what the alert does not speak of is absent
        {"project": "W*", "severity": "warning"},
    ],
)
def test_a_route_takes_what_it_matches(fields: dict[str, str]) -> None:
    assert route([Route(match(**fields), ("team",))], alert(team="shop")) == ("team",)


@pytest.mark.parametrize(
    "fields",
    [
        {"severity": "critical"},
        {"kind": "freshness"},
        {"project": "web"},
        {"project": "none"},
        {"team": "shop"},
        {"project": "Web", "severity": "critical"},
    ],
)
def test_a_route_leaves_the_rest_to_the_next(fields: dict[str, str]) -> None:
    assert route([Route(match(**fields), ("team",)), to("rest")], alert()) == ("rest",)


def test_the_first_that_matches_wins() -> None:
    assert route([to("team", severity="warning"), to("rest")], alert()) == ("team",)


def test_a_route_that_continues_adds_to_the_next() -> None:
    routes = [to("pager", severity="critical", continues=True), to("team", continues=True), to("rest"), to("nobody")]

    assert route(routes, alert()) == ("team", "rest")
    assert route(routes, alert(severity=Severity.CRITICAL)) == ("pager", "team", "rest")


def test_a_receiver_is_told_once_however_many_routes_name_it() -> None:
    assert route([to("team", "rest", continues=True), to("rest", "team")], alert()) == ("team", "rest")


def test_without_a_route_nobody_is_told() -> None:
    assert route([], alert()) == ()


def test_what_all_spend_has_in_common_is_met_by_id_and_name_too() -> None:
    whole = alert(Scope(), project="Web", project_id="proj_1")

    assert route([to("team", project="Web")], whole) == ("team",)
    assert route([to("team", project="proj_1")], whole) == ("team",)
    assert route([to("team", project="none"), to("rest")], whole) == ("rest",)


def test_the_unattributed_part_is_met_by_none() -> None:
    unattributed = alert(Scope((Part("project", None, "openai"),)))

    assert route([to("team", project="none")], unattributed) == ("team",)
    assert route([to("team", project="*"), to("rest")], unattributed) == ("rest",)


def test_a_label_cannot_pass_for_the_severity_kind_or_rule() -> None:
    known = subject(alert(severity=Severity.INFO, rule="x", kind="y"))

    assert (known["severity"], known["kind"], known["rule"]) == (("info",), ("budget",), ("web-daily",))
