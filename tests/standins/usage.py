"""One source-day made by hand: lines of its bill and priced usage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from budgetbot.core.calibrate import ONE, Calibration, DayRatio
from budgetbot.core.estimate import Billed, SourceDay, Spent
from budgetbot.core.model import Series
from budgetbot.core.money import NANO
from budgetbot.core.pricing import Weight

DAY = datetime(2026, 3, 10, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
INPUT, OUTPUT = "gpt-5, input", "gpt-5, output"
ITEMS = frozenset({INPUT, OUTPUT})


def who(project: str | None = "p1", key: str | None = None, **more: str | None) -> Series:
    """A series of an account of OpenAI."""
    return Series("openai", "openai", project=project, api_key=key, **more)


def line(
    item: str | None,
    dollars: float,
    project: str | None = "p1",
    key: str | None = None,
    currency: str = "USD",
    **more: str,
) -> Billed:
    """What is billed of one line item for the whole day."""
    return Billed(who(project, key, line_item=item, **more), DAY, NEXT, currency, round(dollars * NANO))


def used(
    item: str,
    dollars: float,
    hour: int | None = 0,
    project: str | None = "p1",
    key: str | None = None,
    **more: str,
) -> Weight:
    """Usage of one hour (None: the whole day) at list price."""
    start, end = (DAY, NEXT) if hour is None else (DAY + timedelta(hours=hour), DAY + timedelta(hours=hour + 1))
    model = item.partition(",")[0]
    return Weight(who(project, key, model=model, **more), start, end, (item, model), round(dollars * NANO))


def day(
    lines: Sequence[Billed] = (),
    weights: Sequence[Weight] = (),
    *,
    settled: bool = False,
    items: Iterable[str] = ITEMS,
    elapsed: int = ONE,
) -> SourceDay:
    """What is known of DAY."""
    return SourceDay("openai", "openai", DAY, NEXT, lines, weights, frozenset(items), settled, elapsed)


def learnt(*ratios: tuple[str, float, float], project: str | None = "p1") -> Calibration:
    """Settled days, the newest last: item, dollars at list price, dollars billed."""
    count = len(ratios)
    return Calibration(
        DayRatio(DAY - timedelta(days=count - n + 2), project, item, round(listed * NANO), round(billed * NANO))
        for n, (item, listed, billed) in enumerate(ratios)
    )


EXACT = learnt(*((item, 1, 1) for item in (INPUT, OUTPUT) for _ in range(5)))
"""Both items have always been billed at list price."""


def billed(rows: Iterable[Spent]) -> float:
    """Dollars billed."""
    return sum(row.billed for row in rows) / NANO


def estimated(rows: Iterable[Spent]) -> float:
    """Dollars estimated beyond the bill."""
    return sum(row.estimated for row in rows) / NANO


def sums(rows: Iterable[tuple[Series, str, int]]) -> dict[tuple[str | None, str | None, str], int]:
    """Amounts other than zero by project, line item and currency."""
    found: Counter[tuple[str | None, str | None, str]] = Counter()
    for series, currency, amount in rows:
        found[series.project, series.line_item, currency] += amount
    return {key: amount for key, amount in found.items() if amount}
