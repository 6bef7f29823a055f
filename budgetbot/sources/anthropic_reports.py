"""The two reports of Anthropic's Admin API: where they are, how they are read, how finely they can be grouped.

https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages
https://platform.claude.com/docs/en/api/admin/cost_report/retrieve
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

Width: TypeAlias = Literal["1d", "1h"]
Grouping: TypeAlias = tuple[str, ...]

SECONDS: dict[Width, int] = {"1d": 86_400, "1h": 3_600}
MOST: dict[Width, int] = {"1d": 31, "1h": 168}  # buckets a page, by either report


class Endpoint(NamedTuple):
    """One report. `pulled_by`: what it is grouped by, the most important first; a server may take only the first few.

    A row that is grouped by account names nobody where a service account made the request, hence both.
    """

    report: str
    kind: Literal["cost", "usage"]
    path: str
    pulled_by: Grouping


COST = Endpoint("cost_report", "cost", "/v1/organizations/cost_report", ("workspace_id", "description"))
MESSAGES = Endpoint(
    "messages",
    "usage",
    "/v1/organizations/usage_report/messages",
    ("workspace_id", "api_key_id", "model", "service_tier", "account_id", "service_account_id"),
)
ENDPOINTS = (COST, MESSAGES)


class Query(NamedTuple):
    """One question: buckets of `width` in [start, end), Unix seconds on bucket edges. `limit` is buckets a page."""

    endpoint: Endpoint
    start: int
    end: int
    width: Width
    group_by: Grouping
    limit: int

    @property
    def seconds(self) -> int:
        """How long a bucket is."""
        return SECONDS[self.width]

    def params(self, cursor: str | None) -> list[tuple[str, str]]:
        """The same for every page but for the cursor, which is refused under any other query."""
        return [
            ("starting_at", moment(self.start)),
            ("ending_at", moment(self.end)),
            ("bucket_width", self.width),
            *(("group_by[]", name) for name in self.group_by),
            ("limit", str(self.limit)),
            *([("page", cursor)] if cursor else []),
        ]


def endpoint(report: str) -> Endpoint:
    """The report of that name. Raises ValueError."""
    for row in ENDPOINTS:
        if row.report == report:
            return row
    raise ValueError(f"Anthropic has no report {report!r}; it has {', '.join(row.report for row in ENDPOINTS)}")


def moment(seconds: int) -> str:
    """Unix seconds as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
