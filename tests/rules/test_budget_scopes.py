from __future__ import annotations

from budgetbot.core.match import EVERYTHING, LabelRule
from budgetbot.core.model import Driver, Entity, Part, Scope
from budgetbot.core.money import NANO
from tests.standins.budgets import budget, current, named, open_alert
from tests.standins.spend import history, usd


def test_only_what_matches_counts() -> None:
    rule = budget(match={"project": "research*"}, amount=100)
    names = [Entity("openai", "project", "p1", "research-eu")]
    known = history([usd("2026-11-10", 79, "p1"), usd("2026-11-10", 500, "p2")], (), names)

    assert current(rule, known)[0].evidence["spent"] == "79.00"


def test_each_value_has_the_amount_for_itself() -> None:
    rule = budget(amount=100, each=["project"])
    known = history([usd("2026-11-10", 90, "p1"), usd("2026-11-10", 70, "p2"), usd("2026-11-10", 85, None)])

    assert named(current(rule, known)) == {"p1": True, "p2": False, None: True}


def test_without_any_spend_a_budget_of_each_has_no_scope_and_a_plain_one_has_one() -> None:
    assert current(budget(each=["project"]), history([])) == []
    assert [f.scope for f in current(budget(), history([]))] == [Scope()]


def test_the_last_override_that_matches_wins() -> None:
    overrides = [
        {"match": {"project": "big*"}, "amount": 200},
        {"match": {"project": "p3"}, "amount": 300},
    ]
    names = [Entity("openai", "project", id, name) for id, name in (("p2", "big-one"), ("p3", "big-two"))]
    known = history([usd("2026-11-10", 90, id) for id in ("p1", "p2", "p3")], (), names)

    findings = current(budget(amount=100, each=["project"], overrides=overrides), known)

    assert {f.scope.ids["project"]: f.evidence["amount"] for f in findings} == {
        "p1": "100.00",
        "p2": "200.00",
        "p3": "300.00",
    }
    assert [f.line for f in findings] == [80 * NANO, 160 * NANO, 240 * NANO]


def test_an_override_may_speak_of_a_label_that_all_of_a_scope_has() -> None:
    labels = [LabelRule(budget(match={"project": "p2"}).match, (("team", "research"),))]
    rule = budget(amount=100, each=["project"], overrides=[{"match": {"team": "research"}, "amount": 200}])
    known = history([usd("2026-11-10", 90, "p1"), usd("2026-11-10", 90, "p2")], labels=labels)

    assert named(current(rule, known)) == {"p1": True, "p2": False}


def test_an_override_of_what_is_unattributed() -> None:
    rule = budget(amount=100, each=["project"], overrides=[{"match": {"project": "none"}, "amount": 200}])

    assert named(current(rule, history([usd("2026-11-10", 90, id) for id in ("p1", None)]))) == {
        "p1": True,
        None: False,
    }


def test_a_scope_whose_spend_went_away_is_still_spoken_of_while_its_alert_is_open() -> None:
    gone = Scope((Part("project", "p9", "openai", "Old"),))
    rule = budget(each=["project"])

    (finding,) = current(rule, history([]), open=[open_alert(gone)])
    assert (finding.scope, finding.active, finding.clear, finding.evidence["spent"]) == (gone, False, True, "0.00")
    (finding,) = current(rule, history([]), open=[open_alert(gone)], stale=frozenset({"openai"}))
    assert (finding.active, finding.clear) == (False, False)


def test_a_plain_budget_whose_spend_went_away_is_spoken_of_once() -> None:
    assert len(current(budget(), history([]), open=[open_alert()])) == 1


def test_the_drivers_are_the_dearest_of_every_dimension_that_tells_something() -> None:
    names = [Entity("openai", "api_key", "k1", "ci", owner="dev@example.com")]
    rows = [usd("2026-11-10", 100 * n, "p1", model=f"m{n}", api_key="k1" if n > 2 else None) for n in range(1, 5)]

    (finding,) = current(budget(), history(rows, (), names))

    assert finding.drivers == (
        Driver("api_key", "k1", "ci", 700 * NANO, "dev@example.com"),
        Driver("api_key", None, None, 300 * NANO),
        Driver("project", "p1", None, 1000 * NANO),
        Driver("model", "m4", None, 400 * NANO),
        Driver("model", "m3", None, 300 * NANO),
        Driver("model", "m2", None, 200 * NANO),
    )


def test_what_the_budget_is_split_by_does_not_drive_it_and_below_a_level_nothing_does() -> None:
    rows = [usd("2026-11-10", 900, "p1", model="o3"), usd("2026-11-10", 10, "p2", model="o3")]

    high, low = current(budget(each=["project"]), history(rows))

    assert [d.dimension for d in high.drivers] == ["model"]
    assert low.drivers == ()


def test_the_subject_of_a_finding_is_what_its_scope_has_in_common() -> None:
    labels = [LabelRule(EVERYTHING, (("team", "research"),))]
    rows = [usd("2026-11-10", 1, "p1", model="o3"), usd("2026-11-10", 1, "p1", model="gpt-4o")]

    (finding,) = current(budget(), history(rows, labels=labels))

    assert finding.subject == {
        "provider": ("openai",),
        "source": ("openai",),
        "project": ("p1",),
        "team": ("research",),
    }
