from __future__ import annotations

from budgetbot.core.history import History, Loaded
from budgetbot.core.model import Finding, Severity
from budgetbot.core.period import Span
from budgetbot.rules.reload import PolicyReload
from tests.standins.budgets import NOW, context
from tests.standins.spend import history

RULE = PolicyReload(name="policy-reload")
ONE = "policies/a.yaml:3:5: budgets[0].amount: '-1' is not an amount"


def known(*mistakes: str) -> History:
    whole = history([])
    whole.loaded = Loaded("0123456789ab", mistakes)
    return whole


def found(*mistakes: str, watched: tuple[str, ...] = ()) -> list[Finding]:
    return RULE.evaluate(context(known(*mistakes), watched=frozenset(("", level) for level in watched)), NOW)


def level(*mistakes: str) -> str:
    return found(*mistakes)[0].level


def test_where_the_files_are_right_nothing_is_said() -> None:
    assert found() == []


def test_mistakes_are_one_warning_with_the_hash_of_what_is_in_force() -> None:
    (finding,) = found(ONE, "another")

    assert (finding.kind, finding.severity, finding.active, finding.clear) == (
        "policy", Severity.WARNING, True, False,
    )  # fmt: skip
    assert finding.evidence == {"mistakes": [ONE, "another"], "mistakes_in_all": 2, "hash": "0123456789ab"}


def test_of_many_mistakes_the_first_ten_are_kept() -> None:
    (finding,) = found(*map(str, range(12)))

    assert finding.evidence["mistakes"] == list(map(str, range(10)))
    assert finding.evidence["mistakes_in_all"] == 12


def test_other_mistakes_are_another_alert_and_the_same_ones_elsewhere_are_not() -> None:
    assert level(ONE) != level("another") != level(ONE, "another")
    assert level(ONE, "another") == level("another", ONE)
    assert level(ONE) == level(ONE.replace(":3:5:", ":14:7:"))
    assert level(ONE) != level(ONE.replace("a.yaml", "b.yaml"))


def test_one_set_of_mistakes_after_another_ends_nothing() -> None:
    before, now = level(ONE), level("another")

    findings = {f.level: (f.active, f.clear) for f in found("another", watched=(before,))}

    assert findings == {before: (False, False), now: (True, False)}


def test_right_files_end_all_of_it() -> None:
    findings = found(watched=(level(ONE), level("another")))

    assert [(f.active, f.clear, f.evidence["mistakes"]) for f in findings] == [(False, True, [])] * 2


def test_it_needs_no_history() -> None:
    assert RULE.span(NOW, context(known()).zone) == Span(NOW, NOW)
