from __future__ import annotations

from typing import Any

from budgetbot.core.history import History, Unpriced
from budgetbot.core.model import Alert, Severity
from budgetbot.core.period import Span
from budgetbot.rules.unpriced import UnpricedUsage
from tests.standins.budgets import NOW, context
from tests.standins.spend import history

RULE = UnpricedUsage(name="unpriced-usage")


def known(*models: tuple[str, str]) -> History:
    whole = history([])
    whole.unpriced = tuple(Unpriced(*one) for one in models)
    return whole


def found(*models: tuple[str, str], **more: Any) -> list[tuple[dict[str, str | None], bool, bool]]:
    findings = RULE.evaluate(context(known(*models), **more), NOW)
    return [(f.scope.ids, f.active, f.clear) for f in findings]


def alert(source: str, model: str) -> Alert:
    (finding,) = RULE.evaluate(context(known((source, model))), NOW)
    level = finding.level
    return Alert("a", RULE.name, "policy", Severity.WARNING, finding.scope, level, 0, 0, "x", 1, "firing", NOW)


def test_each_model_of_each_source_is_a_warning_with_how_it_is_counted() -> None:
    findings = RULE.evaluate(context(known(("eu", "gpt-9"), ("us", "gpt-9"))), NOW)

    assert [(f.kind, f.severity, f.level, f.active) for f in findings] == [
        ("policy", Severity.WARNING, "unpriced", True), ("policy", Severity.WARNING, "unpriced", True),
    ]  # fmt: skip
    assert len({f.scope.key for f in findings}) == 2
    assert findings[0].evidence == {"source": "eu", "model": "gpt-9", "counted_at": "the dearest sibling's price"}
    assert findings[0].subject == {"source": ("eu",), "model": ("gpt-9",)}


def test_where_every_model_has_a_price_nothing_is_said() -> None:
    assert found() == []


def test_a_model_that_has_a_price_now_is_over() -> None:
    assert found(("eu", "gpt-9"), open=[alert("eu", "gpt-9"), alert("eu", "gpt-8")]) == [
        ({"source": "eu", "model": "gpt-9"}, True, False),
        ({"source": "eu", "model": "gpt-8"}, False, True),
    ]


def test_a_source_that_is_not_read_ends_nothing() -> None:
    quiet = found(open=[alert("eu", "gpt-9"), alert("us", "gpt-9")], stale=frozenset({"eu"}))

    assert [(ids["source"], clear) for ids, _, clear in quiet] == [("eu", False), ("us", True)]


def test_it_needs_no_history() -> None:
    assert RULE.span(NOW, context(known()).zone) == Span(NOW, NOW)
