"""The bill alone as a history."""

from __future__ import annotations

from budgetbot.core.bill import bill_history
from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from tests.standins.usage import DAY, INPUT, NEXT, line

TODAY = Span(DAY, NEXT)


def test_lines_are_summed_by_scope_and_currency_and_nothing_is_estimated() -> None:
    lines = [line(INPUT, 2), line(INPUT, 3), line(INPUT, 5, "p2"), line("x", 7, currency="EUR")]

    group = bill_history(lines, Directory()).group(EVERYTHING, ["project"])

    euros, dollars = ([t.billed for t in group.totals(TODAY, currency)] for currency in ("EUR", "USD"))
    assert [scope.ids["project"] for scope in group.scopes] == ["p1", "p2"]
    assert (euros, dollars) == ([7 * NANO, 0], [5 * NANO, 5 * NANO])
    assert all(t.estimated == 0 and t.low == t.high == t.billed for t in group.totals(TODAY, "USD"))


def test_without_lines_nothing_was_spent_and_nothing_is_said_of_freshness() -> None:
    known = bill_history([], Directory())

    assert known.group(EVERYTHING).totals(TODAY, "USD") == []
    assert known.complete_to() is None
