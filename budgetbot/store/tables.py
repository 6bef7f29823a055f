"""The tables. Private to the store: everything else speaks in the nouns of core/model.py.

Money is BIGINT nano-units, time BIGINT microseconds UTC, structured values are JSON text. The facts (cost_line,
usage_line, spend) have no foreign keys: series are never deleted, and a check per row would double the cost of a save.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, false
from sqlmodel import Field

from budgetbot.core.model import METRICS
from budgetbot.store.base import CLUSTERED, Base
from budgetbot.store.columns import BIG_ID, Digits, Foreign, Instant
from budgetbot.store.derived import DayRatioRow, SourceDayRow, SpendChangeRow, SpendRow
from budgetbot.store.operating import AllowanceRow, AttemptRow, DeliveryFailureRow, JobRow


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
    __table_args__ = CLUSTERED
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
    __table_args__ = CLUSTERED
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
    __table_args__ = CLUSTERED
    source: str = Field(primary_key=True)
    report: str = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    end: datetime = Field(primary_key=True, sa_type=Instant)
    digest: str
    unchanged_since: datetime = Field(sa_type=Instant)
    read_at: datetime = Field(sa_type=Instant)


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


class WatermarkPastRow(Base, table=True):
    """How far a report was known at a past whole hour (`mark`), from its last complete pull before."""

    __tablename__ = "watermark_past"
    __table_args__ = CLUSTERED
    source: str = Field(primary_key=True)
    report: str = Field(primary_key=True)
    mark: datetime = Field(primary_key=True, sa_type=Instant)
    pulled_at: datetime = Field(sa_type=Instant)
    complete_to: datetime = Field(sa_type=Instant)


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
    acknowledged_until: datetime | None = Field(default=None, sa_type=Instant)
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    silenced: bool = Field(sa_column_kwargs={"server_default": false()})
    inhibited: bool
    late: bool
    already: bool
    policy_hash: str
    evidence: str
    drivers: str
    labels: str
    climbs: str = Field(sa_column_kwargs={"server_default": "[]"})


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
        Index("ix_outbox_receiver_reason_status", "receiver", "reason", "status"),  # counted at every scrape
    )
    id: int | None = _id()
    key: str = Field(unique=True, sa_type=Foreign)
    alert_id: str | None = Field(default=None, index=True)
    receiver: str = Field(sa_type=Foreign)
    reason: str
    thread: str
    seq: int
    status: str
    leader: str | None = None
    attempts: int
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    sender: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
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
spend_change = SpendChangeRow.__table__
source_day = SourceDayRow.__table__
day_ratio = DayRatioRow.__table__
watermark = WatermarkRow.__table__
watermark_past = WatermarkPastRow.__table__
memory = MemoryRow.__table__
alert = AlertRow.__table__
alert_event = AlertEventRow.__table__
rule = RuleRow.__table__
outbox = OutboxRow.__table__
lease = LeaseRow.__table__
job = JobRow.__table__
delivery_failure = DeliveryFailureRow.__table__
attempt = AttemptRow.__table__
allowance = AllowanceRow.__table__
