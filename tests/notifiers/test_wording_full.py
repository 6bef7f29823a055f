"""When a limit will be hit: by its usual course, or sooner at a pace that is far from it."""

from __future__ import annotations

import pytest

from budgetbot.core.model import Json
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import notify

COURSE: dict[str, Json] = {
    "expected": "1200.00",
    "low": "1100.00",
    "high": "1300.00",
    "p_overrun": 0.97,
    "exhausted_at": "2026-11-27T13:45:00Z",
    "earliest": None,
    "latest": None,
}


def pace(full_at: str | None) -> dict[str, Json]:
    return {"per_hour": "80.00", "usual_per_hour": "1.00", **({"full_at": full_at} if full_at else {})}


@pytest.mark.parametrize(
    ("full_at", "summary", "fact"),
    [
        (None, "full Fri 27 Nov 13:45", "about 27 Nov 13:45 UTC"),
        (
            "2026-11-21T11:00:00Z",
            "full Sat 21 Nov 11:00",
            "21 Nov 11:00 UTC at this pace; by its usual course about 27 Nov 13:45 UTC",
        ),
        ("2026-11-28T11:00:00Z", "full Fri 27 Nov 13:45", "about 27 Nov 13:45 UTC"),
    ],
)
def test_the_sooner_of_course_and_pace_is_told_first(full_at: str | None, summary: str, fact: str) -> None:
    said = message(notify(evidence={"forecast": COURSE, "pace": pace(full_at)}))
    assert summary in said.summary[:75]
    assert dict(said.facts)["Used up"] == fact


def test_a_pace_alone_tells_it_too() -> None:
    said = message(
        notify(evidence={"forecast": {**COURSE, "exhausted_at": None}, "pace": pace("2026-11-21T11:00:00Z")})
    )
    assert dict(said.facts)["Used up"] == "21 Nov 11:00 UTC at this pace"
