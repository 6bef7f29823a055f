"""The shape of a digest as it stands in the outbox."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from budgetbot.core.money import exact, nano

Money = Annotated[int, BeforeValidator(lambda value: nano(exact(value)))]
"""A plain decimal string as nano-units."""


class Covers(BaseModel):
    start: datetime
    end: datetime
    label: str


class PeriodTotal(BaseModel):
    label: str
    start: datetime
    end: datetime
    total: Money


class Row(BaseModel):
    by: dict[str, str | None]
    amount: Money
    period_amount: Money


class Other(BaseModel):
    amount: Money
    period_amount: Money
    count: int


class Mover(BaseModel):
    by: dict[str, str | None]
    amount: Money
    before: Money
    change: Money


class Budget(BaseModel):
    name: str
    scope: dict[str, str | None] = {}
    currency: str | None = None
    metric: str | None = None
    spent: Money
    amount: Money
    effective_amount: Money | None = None
    state: str


class OpenAlert(BaseModel):
    id: str
    summary: str
    severity: str
    fired_at: datetime | None = None


class Fresh(BaseModel):
    source: str
    report: str
    complete_to: datetime | None = None
    pulled_at: datetime | None = None
    error: str | None = None


class Restated(BaseModel):
    source: str
    day: date
    change: Money
    currency: str


class Bar(BaseModel):
    label: str
    amount: Money


class DigestData(BaseModel):
    """What was spent in one stretch, compared with the one before and with the period so far."""

    name: str
    date: date
    covers: Covers
    currency: str
    wanted: str | None = None
    unconverted: dict[str, Money] = {}
    total: Money
    previous_total: Money | None = None
    change: Money | None = None
    period: PeriodTotal
    rows: list[Row] = []
    other: Other | None = None
    movers: list[Mover] = []
    budgets: list[Budget] = []
    alerts: list[OpenAlert] = []
    restated: list[Restated] = []
    freshness: list[Fresh] = []
    chart: list[Bar] = []
    complete_to: datetime | None = None
    settled_to: datetime | None = None
