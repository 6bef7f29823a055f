"""When a refused request is tried again, and after how long: much as the official OpenAI SDK does."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_WAIT = 120.0
_FIRST_WAIT, _LAST_WAIT = 0.5, 8.0
_NEEDS_A_PERSON = frozenset({"credit_balance_exhausted", "organization_usage_limit_exceeded", "insufficient_quota"})


def backoff(attempt: int, chance: float) -> float:
    """Seconds before try `attempt` + 1: 0.5, 1, 2, 4, 8, 8 ..., less up to a quarter (`chance`, 0 to 1)."""
    return float(min(_FIRST_WAIT * 2**attempt, _LAST_WAIT) * (1 - chance / 4))


def needs_a_person(status: int, *codes: str | None) -> bool:
    """Whether a 429 speaks of money or a limit that only a person can lift."""
    return status == 429 and any(
        code is not None and (code in _NEEDS_A_PERSON or code.endswith("_spend_limit_exceeded")) for code in codes
    )


def passing(status: int) -> bool:
    """Whether such a status usually passes by itself."""
    return status in (408, 409, 429) or status >= 500


def again(status: int, headers: Mapping[str, str]) -> bool:
    """Whether to try the same request again: what `x-should-retry` says, else by the status."""
    told = headers.get("x-should-retry", "").lower()
    return told == "true" if told in ("true", "false") else passing(status)
