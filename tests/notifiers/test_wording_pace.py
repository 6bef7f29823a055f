"""What happens where nobody acts, and who else was told."""

from __future__ import annotations

from typing import Any

import pytest

from budgetbot.core.model import Json
from budgetbot.core.notification import Reason
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import ALERT, PROSPECT, notify, resolved

PACE: dict[str, Any] = {
    "per_hour": "41.20",
    "usual_per_hour": "6.10",
    "by": "2026-11-22T09:00:00Z",
    "cost_by": "690.00",
}


def said(**changed: Json) -> str | None:
    told = message(notify(evidence={"pace": {**PACE, **changed}}))
    return dict(told.facts).get("If nobody acts")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "$41.20 an hour now, usually $6.10; $690 more by tomorrow 09:00 UTC"),
        ({"usual_per_hour": None}, "$41.20 an hour now; $690 more by tomorrow 09:00 UTC"),
        ({"usual_per_hour": "0.00"}, "$41.20 an hour now, usually nothing; $690 more by tomorrow 09:00 UTC"),
        (
            {"by": "2026-11-22T09:00:00+05:30"},
            "$41.20 an hour now, usually $6.10; $690 more by tomorrow 09:00 UTC+5:30",
        ),
        ({"by": "2026-11-22T09:00:00-08:00"}, "$41.20 an hour now, usually $6.10; $690 more by tomorrow 09:00 UTC-8"),
        ({"by": "2026-11-21T22:00:00Z"}, "$41.20 an hour now, usually $6.10; $690 more by today 22:00 UTC"),
        ({"by": "2026-11-24T09:00:00Z"}, "$41.20 an hour now, usually $6.10; $690 more by 24 Nov 09:00 UTC"),
        ({"by": "soon"}, "$41.20 an hour now, usually $6.10"),
        ({"by": "2026-11-24T09:00:00"}, "$41.20 an hour now, usually $6.10"),
        ({"cost_by": None}, "$41.20 an hour now, usually $6.10"),
        ({"per_hour": None}, None),
    ],
)
def test_it_says_what_an_hour_costs_and_what_that_comes_to(changed: dict[str, Json], words: str | None) -> None:
    assert said(**changed) == words


def test_use_is_counted() -> None:
    told = message(notify(evidence={"metric": "images", "pace": {**PACE, "per_hour": "412", "usual_per_hour": "61"}}))

    assert dict(told.facts)["If nobody acts"].startswith("412 images an hour now, usually 61 images; 690 images more")


def test_what_is_over_has_no_pace_any_more() -> None:
    for told in (resolved(pace=PACE), notify(ALERT, Reason.EXPIRED, evidence={"pace": PACE})):
        assert "If nobody acts" not in dict(message(told).facts)


def test_it_says_who_else_was_told_and_never_the_reader() -> None:
    assert "Also told: pager, finance" in message(notify(evidence=PROSPECT)).context
    alone: dict[str, Json] = {"told": ["ml-slack"]}
    assert not [line for line in message(notify(evidence=alone)).context if "told" in line]
    many: dict[str, Json] = {"told": [f"receiver-{i}" for i in range(30)]}
    assert any(line.endswith("receiver-9, 20 more") for line in message(notify(evidence=many)).context)
