"""The tables of what is derived by source and UTC day. Private to the store, like those of tables.py."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from budgetbot.store.base import CLUSTERED, Base
from budgetbot.store.columns import Foreign, Instant


class SpendRow(Base, table=True):
    """Derived from cost_line and usage_line, rebuilt by source and day: what everything reads. Money in nano-units."""

    __tablename__ = "spend"
    __table_args__ = CLUSTERED
    source: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    series_id: int = Field(primary_key=True, sa_type=BigInteger)
    end: datetime = Field(primary_key=True, sa_type=Instant)
    currency: str = Field(primary_key=True, sa_type=Foreign)
    billed: int = Field(sa_type=BigInteger)
    estimated: int = Field(sa_type=BigInteger)
    low: int = Field(sa_type=BigInteger)
    high: int = Field(sa_type=BigInteger)


class SpendChangeRow(Base, table=True):
    """What became of one source-day's spend by a whole hour (`mark`): the packed differences of its rows.

    No clustered table: its rows are long.
    """

    __tablename__ = "spend_change"
    source: str = Field(primary_key=True)
    day: datetime = Field(primary_key=True, sa_type=Instant)
    mark: datetime = Field(primary_key=True, sa_type=Instant)
    currency: str = Field(primary_key=True, sa_type=Foreign)
    rows: bytes = Field(sa_type=LargeBinary)


class SourceDayRow(Base, table=True):
    """One day of one source: whether it changed since spend was derived, whether that was done with usage and prices,
    and whether its bill was final then.

    `stamp` is another one, never used before, with whatever is written of the day or of its spend.
    """

    __tablename__ = "source_day"
    __table_args__ = CLUSTERED
    source: str = Field(primary_key=True)
    day: datetime = Field(primary_key=True, sa_type=Instant)
    changed: bool
    refined: bool
    settled: bool
    stamp: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class DayRatioRow(Base, table=True):
    """What calibration learns from: usage at list price and bill, per project ("=id", or "" for none) and item."""

    __tablename__ = "day_ratio"
    __table_args__ = CLUSTERED
    source: str = Field(primary_key=True)
    day: datetime = Field(primary_key=True, sa_type=Instant)
    project: str = Field(primary_key=True, sa_type=Foreign)
    item: str = Field(primary_key=True, sa_type=Foreign)
    listed: int = Field(sa_type=BigInteger)
    billed: int = Field(sa_type=BigInteger)
