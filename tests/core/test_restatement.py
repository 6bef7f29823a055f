"""Changes of closed days: summed, told as JSON, told in a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from budgetbot.core.model import Json
from budgetbot.core.money import NANO
from budgetbot.core.restatement import (
    Change,
    Restatement,
    Told,
    restated_rows,
    restated_words,
    restatements,
    told_of,
)
from tests.standins.spend import series, utc

MARCH_3, SEEN, LATER = utc("2026-03-03"), utc("2026-03-09T10:00"), utc("2026-03-10T10:00")


def change(cents: int, project: str = "p1", source: str = "openai", currency: str = "USD") -> Change:
    return Change(series(project, source), MARCH_3, currency, cents * NANO // 100, SEEN)


def test_changes_are_summed_by_source_day_and_currency_and_keep_the_last_moment() -> None:
    found = restatements([change(4000), change(120, "p2")._replace(at=LATER), change(5, currency="EUR")])

    assert found == [
        Restatement("openai", MARCH_3, "EUR", 5 * NANO // 100, SEEN),
        Restatement("openai", MARCH_3, "USD", 4120 * NANO // 100, LATER),
    ]


def test_what_moves_from_one_project_to_another_is_no_change_of_the_whole_but_one_of_each() -> None:
    moved = [change(-500, "p1"), change(500, "p2")]

    assert restatements(moved) == []
    assert [one.change for one in restatements(moved, lambda s: s.project == "p2")] == [5 * NANO]


def test_rows_are_read_back_as_they_were_written() -> None:
    rows = restated_rows(restatements([change(4120)]))

    assert rows == [{"source": "openai", "day": "2026-03-03", "change": "41.20", "currency": "USD"}]
    assert told_of(rows) == [Told("openai", date(2026, 3, 3), 4120 * NANO // 100, "USD")]


@pytest.mark.parametrize("rows", [None, "x", {}, [1], [{"day": "soon", "change": "1"}], [{"day": "2026-03-03"}]])
def test_what_is_of_another_shape_is_not_told(rows: Json) -> None:
    assert told_of(rows) == []


def told(cents: int, day: int = 3, source: str = "openai", currency: str = "USD") -> Told:
    return Told(source, date(2026, 3, day), cents * NANO // 100, currency)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], ""),
        ([told(4120)], "3 March changed by +$41.20 after it closed."),
        ([told(-50)], "3 March changed by -$0.50 after it closed."),
        ([told(100, currency="CHF")], "3 March changed by +1.00 CHF after it closed."),
        ([told(1, 3), told(-900, 4)], "4 March changed by -$9.00 and 3 March changed by +$0.01 after they closed."),
        (
            [told(100), told(200, source="an<b>\nthropic")],
            "3 March (an<b> thropic) changed by +$2.00 and 3 March (openai) changed by +$1.00 after they closed.",
        ),
        (
            [told(100 + n, n) for n in range(3, 8)],
            "7 March changed by +$1.07, 6 March changed by +$1.06, 5 March changed by +$1.05 and 2 more days as well "
            "after they closed.",
        ),
    ],
)
def test_restatements_in_a_sentence(given: list[Told], sentence: str) -> None:
    assert restated_words(given) == sentence
