from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.model import Finding, Part, Scope, Severity, Watermark
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import Context
from tests.standins.spend import history, utc

NOW = utc("2026-11-20T09:00")
BEGAN = utc("2026-11-01")


def rule(**fields: Any) -> Freshness:
    return Freshness.model_validate({"name": "quiet-source", "stale_after": "6h"} | fields)


def mark(source: str, pulled: datetime | None, report: str = "costs", since: datetime = BEGAN) -> Watermark:
    return Watermark(source, report, since, complete_to=pulled, pulled_at=pulled)


def found(rule: Freshness, *marks: Watermark) -> list[Finding]:
    return rule.evaluate(Context(history([], marks), ZoneInfo("UTC"), "USD", BEGAN), NOW)


@pytest.mark.parametrize(
    ("age", "active"),
    [
        (timedelta(hours=6), True),
        (timedelta(hours=6) - timedelta(microseconds=1), False),
        (timedelta(0), False),
        (timedelta(days=3), True),
    ],
)
def test_a_source_is_quiet_from_the_limit_on(age: timedelta, active: bool) -> None:
    (finding,) = found(rule(), mark("openai", NOW - age))

    assert (finding.active, finding.clear) == (active, not active)


def test_a_source_is_judged_by_its_report_that_is_furthest_behind() -> None:
    (finding,) = found(rule(), mark("openai", NOW), mark("openai", NOW - timedelta(hours=7), "usage.completions"))

    assert finding.active
    assert finding.evidence["report"] == "usage.completions"


def test_a_report_that_was_never_read_is_judged_from_its_first_try() -> None:
    (old,) = found(rule(), mark("openai", NOW), mark("openai", None, "usage.images"))
    (young,) = found(rule(), mark("openai", None, since=NOW - timedelta(hours=1)))

    assert (old.active, young.active) == (True, False)
    assert old.evidence["pulled_at"] is None


def test_the_finding_says_what_was_compared_and_has_no_period() -> None:
    watermark = Watermark("openai", "costs", BEGAN, utc("2026-11-20T01:00"), utc("2026-11-20T02:00"), "503", 4)

    (finding,) = found(rule(severity="critical"), watermark)

    assert finding == Finding(
        rule="quiet-source",
        kind="freshness",
        severity=Severity.CRITICAL,
        scope=Scope((Part("source", "openai"),)),
        level="6h",
        rank=0,
        line=6 * 3600 * 10**6,
        active=True,
        clear=False,
        evidence={
            "source": "openai",
            "report": "costs",
            "complete_to": "2026-11-20T01:00:00Z",
            "pulled_at": "2026-11-20T02:00:00Z",
            "stale_after": "6h",
            "error": "503",
        },
        subject={"source": ("openai",)},
    )


def test_only_sources_that_are_meant_are_watched_each_for_itself() -> None:
    marks = [mark("openai", NOW - timedelta(days=1)), mark("openai-eu", NOW), mark("anthropic", NOW)]

    assert [f.scope.ids["source"] for f in found(rule(source="openai*"), *marks)] == ["openai", "openai-eu"]
    assert [f.active for f in found(rule(), *marks)] == [False, True, False]
    assert found(rule(source="other"), *marks) == []
    assert found(rule()) == []


@pytest.mark.parametrize(
    ("written", "level"), [("90m", "90m"), ("120m", "2h"), ("48h", "2d"), ("45s", "45s"), ("1w", "7d")]
)
def test_the_level_is_the_limit_in_its_largest_whole_unit(written: str, level: str) -> None:
    (finding,) = found(rule(stale_after=written), mark("openai", NOW))

    assert finding.level == level


def test_it_needs_no_history_and_starts_anew_with_other_sources() -> None:
    zone = ZoneInfo("UTC")

    assert rule().span(NOW, zone).length == timedelta(0)
    assert rule().identity(zone) == rule(stale_after="1h", severity="info").identity(zone)
    assert rule().identity(zone) != rule(source="openai").identity(zone)
