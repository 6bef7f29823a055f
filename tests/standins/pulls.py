"""What a pull asked for and what it left in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from budgetbot.core.model import Watermark
from budgetbot.core.period import Span
from budgetbot.sources import Report
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Ledger
from tests.standins.openai import OpenAIStandIn

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 11, 10, 12, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 10, tzinfo=UTC)
USAGE = "/organization/usage/completions"
COSTS = "/organization/costs"


def dollars(amount: str, project: str = "proj_a") -> dict[str, object]:
    return {"amount": {"value": amount, "currency": "usd"}, "project_id": project}


class Brief(OpenAISource):
    """Offers the bill and one kind of usage: reading the others as well takes time and shows nothing else."""

    def reports(self) -> tuple[Report, ...]:
        return super().reports()[:2]


def asked(api: OpenAIStandIn, path: str) -> list[tuple[str | None, datetime, datetime]]:
    """Width, start and end of every request for a report; forgets them."""
    seen = [one for one in api.requests if one.path == path]
    api.requests.clear()
    return [(one.one("bucket_width"), moment(one.one("start_time")), moment(one.one("end_time"))) for one in seen]


def moment(seconds: str | None) -> datetime:
    assert seconds is not None
    return datetime.fromtimestamp(int(seconds), UTC)


def mark(ledger: Ledger, report: str) -> Watermark:
    return next(one for one in ledger.watermarks() if one.report == report)


def billed(ledger: Ledger, start: datetime, end: datetime) -> Decimal:
    return sum((Decimal(line.amount) for line in ledger.cost_lines(Span(start, end))), Decimal()) / 10**9
