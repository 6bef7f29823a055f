from __future__ import annotations

import pytest

from budgetbot.sources.backoff import again, backoff, needs_a_person


def test_the_backoff_doubles_up_to_eight_seconds_and_jitter_takes_up_to_a_quarter_off() -> None:
    assert [backoff(attempt, 0) for attempt in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert backoff(1, 1) == 0.75


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_what_passes_by_itself_is_tried_again_unless_the_server_says_no(status: int) -> None:
    assert again(status, {})
    assert not again(status, {"x-should-retry": "false"})


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 422])
def test_what_does_not_pass_is_not_tried_again_unless_the_server_says_so(status: int) -> None:
    assert not again(status, {})
    assert again(status, {"x-should-retry": "true"})


@pytest.mark.parametrize(
    "code",
    [
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "insufficient_quota",
    ],
)
def test_a_429_about_money_needs_a_person(code: str) -> None:
    assert needs_a_person(429, code, None)
    assert needs_a_person(429, None, code)
    assert not needs_a_person(500, code)


def test_a_429_about_pace_needs_nobody() -> None:
    assert not needs_a_person(429, "rate_limit_exceeded", "requests")
