"""The tables. Private to the store: everything else speaks in the nouns of core/model.py.

Money is BIGINT nano-units, time BIGINT microseconds UTC, structured values are JSON text. The facts (cost_line,
usage_line, spend) have no foreign keys: series are never deleted, and a check per row would double the cost of a save.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, MetaData, Table
from sqlmodel import Field, SQLModel

from budgetbot.core.model import METRICS
from budgetbot.store.columns import BIG_ID, Digits, Foreign, Instant

_CLUSTERED = {"sqlite_with_rowid": False}  # the primary key is the table: half the size, twice the speed


class Base(SQLModel):
    """What all tables share: names of constraints that migrations can rely on."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table__: ClassVar[Table]


def _id() -> Any:
    return Field(default=None, sa_column=Column("id", BIG_ID, primary_key=True, autoincrement=True))


class SeriesRow(Base, table=True):
    """One combination of dimensions; `digest` makes it unique, absent values included."""

    __tablename__ = "series"
    id: int | None = _id()
    digest: str = Field(unique=True)
    provider: str = Field(sa_type=Foreign)
    source: str = Field(sa_type=Foreign)
    project: str | None = Field(default=None, sa_type=Foreign)
    api_key: str | None = Field(default=None, sa_type=Foreign)
    user: str | None = Field(default=None, sa_type=Foreign)
    model: str | None = Field(default=None, sa_type=Foreign)
    line_item: str | None = Field(default=None, sa_type=Foreign)
    service_tier: str | None = Field(default=None, sa_type=Foreign)
    batch: str | None = Field(default=None, sa_type=Foreign)


class EntityRow(Base, table=True):
    """Names of projects, keys and users; rows are never deleted."""

    __tablename__ = "entity"
    source: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True, sa_type=Foreign)
    name: str | None = Field(default=None, sa_type=Foreign)
    status: str | None = Field(default=None, sa_type=Foreign)
    owner: str | None = Field(default=None, sa_type=Foreign)
    parent: str | None = Field(default=None, sa_type=Foreign)
    listed_at: datetime = Field(sa_type=Instant)


class CostLineRow(Base, table=True):
    """One version of one billed line; the current one has no `known_until`."""

    __tablename__ = "cost_line"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    report: str = Field(primary_key=True)
    series_id: int = Field(primary_key=True, sa_type=BigInteger)
    currency: str = Field(primary_key=True, sa_type=Foreign)
    known_from: datetime = Field(primary_key=True, sa_type=Instant)
    known_until: datetime | None = Field(default=None, sa_type=Instant)
    end: datetime = Field(sa_type=Instant)
    amount: int = Field(sa_type=BigInteger)
    assumed: bool


class UsageLineRow(Base, table=True):
    """What one series used in one bucket: a column per metric, null where it was not reported."""

    __tablename__ = "usage_line"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    report: str = Field(primary_key=True)
    end: datetime = Field(primary_key=True, sa_type=Instant)
    series_id: int = Field(primary_key=True, sa_type=BigInteger)


for _metric in METRICS:
    UsageLineRow.__table__.append_column(Column(_metric, BigInteger, nullable=True))


class BucketRow(Base, table=True):
    """What is known of one bucket: what it held (`digest`), since when unchanged, and when it was last read."""

    __tablename__ = "bucket"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    report: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    end: datetime = Field(primary_key=True, sa_type=Instant)
    digest: str
    unchanged_since: datetime = Field(sa_type=Instant)
    read_at: datetime = Field(sa_type=Instant)


class SpendRow(Base, table=True):
    """Derived from cost_line and usage_line, rebuilt by source and day: what everything reads. Money in nano-units."""

    __tablename__ = "spend"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    series_id: int = Field(primary_key=True, sa_type=BigInteger)
    end: datetime = Field(primary_key=True, sa_type=Instant)
    currency: str = Field(primary_key=True, sa_type=Foreign)
    billed: int = Field(sa_type=BigInteger)
    estimated: int = Field(sa_type=BigInteger)
    low: int = Field(sa_type=BigInteger)
    high: int = Field(sa_type=BigInteger)


class SourceDayRow(Base, table=True):
    """One day of one source: whether it changed since spend was derived, whether that was done with usage and prices,
    and whether its bill was final then."""

    __tablename__ = "source_day"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    day: datetime = Field(primary_key=True, sa_type=Instant)
    changed: bool
    refined: bool
    settled: bool


class DayRatioRow(Base, table=True):
    """What calibration learns from: usage at list price and bill, per project ("=id", or "" for none) and item."""

    __tablename__ = "day_ratio"
    __table_args__ = _CLUSTERED
    source: str = Field(primary_key=True)
    day: datetime = Field(primary_key=True, sa_type=Instant)
    project: str = Field(primary_key=True, sa_type=Foreign)
    item: str = Field(primary_key=True, sa_type=Foreign)
    listed: int = Field(sa_type=BigInteger)
    billed: int = Field(sa_type=BigInteger)


class WatermarkRow(Base, table=True):
    """How far a report is known, and how the last tries went."""

    __tablename__ = "watermark"
    source: str = Field(primary_key=True)
    report: str = Field(primary_key=True)
    since: datetime = Field(sa_type=Instant)
    complete_to: datetime | None = Field(default=None, sa_type=Instant)
    pulled_at: datetime | None = Field(default=None, sa_type=Instant)
    error: str | None = Field(default=None, sa_type=Foreign)
    failures: int


class MemoryRow(Base, table=True):
    """Small notes that a source keeps for itself."""

    __tablename__ = "memory"
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Foreign)
    value: str = Field(sa_type=Foreign)


class AlertRow(Base, table=True):
    """core.model.Alert, column by column; acknowledgement and snooze are only written by people."""

    __tablename__ = "alert"
    id: str = Field(primary_key=True)
    rule: str = Field(sa_type=Foreign)
    kind: str
    severity: str
    scope: str
    level: str = Field(sa_type=Foreign)
    rank: int = Field(sa_type=Digits)
    line: int = Field(sa_type=Digits)
    period: str = Field(sa_type=Foreign)
    episode: int
    state: str = Field(index=True)
    active_since: datetime = Field(sa_type=Instant)
    start: datetime | None = Field(default=None, sa_type=Instant)
    end: datetime | None = Field(default=None, sa_type=Instant, index=True)
    fired_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    reason: str | None = None
    acknowledged_by: str | None = Field(default=None, sa_type=Foreign)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    inhibited: bool
    late: bool
    already: bool
    policy_hash: str
    evidence: str
    drivers: str
    labels: str


class AlertEventRow(Base, table=True):
    """What became of an alert, step by step; rows are only added."""

    __tablename__ = "alert_event"
    id: int | None = _id()
    alert_id: str = Field(foreign_key="alert.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=Instant)
    from_state: str | None = None
    to_state: str
    reason: str | None = None
    detail: str


class RuleRow(Base, table=True):
    """The rules that were there at the last step, and from when on each is known."""

    __tablename__ = "rule"
    name: str = Field(primary_key=True, sa_type=Foreign)
    identity: str
    since: datetime = Field(sa_type=Instant)
    policy_hash: str


class OutboxRow(Base, table=True):
    """One notification to one receiver. `thread` is a digest: ids of providers may be longer than an index holds."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_status_next_at", "status", "next_at"),
        Index("ix_outbox_thread_receiver_id", "thread", "receiver", "id"),
    )
    id: int | None = _id()
    key: str = Field(unique=True, sa_type=Foreign)
    alert_id: str | None = Field(default=None, index=True)
    receiver: str = Field(sa_type=Foreign)
    reason: str
    thread: str
    seq: int
    status: str
    attempts: int
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_by: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    last_error: str | None = Field(default=None, sa_type=Foreign)
    payload: str
    ref: str | None = None


class LeaseRow(Base, table=True):
    """Who does a job. `token` rises with every holder and is never reused; no owner: nobody holds it."""

    __tablename__ = "lease"
    job: str = Field(primary_key=True)
    owner: str | None = None
    token: int = Field(sa_type=BigInteger)
    expires_at: datetime = Field(sa_type=Instant)


METADATA = Base.metadata
series = SeriesRow.__table__
entity = EntityRow.__table__
cost_line = CostLineRow.__table__
usage_line = UsageLineRow.__table__
bucket = BucketRow.__table__
spend = SpendRow.__table__
source_day = SourceDayRow.__table__
day_ratio = DayRatioRow.__table__
watermark = WatermarkRow.__table__
memory = MemoryRow.__table__
alert = AlertRow.__table__
alert_event = AlertEventRow.__table__
rule = RuleRow.__table__
outbox = OutboxRow.__table__
lease = LeaseRow.__table__
