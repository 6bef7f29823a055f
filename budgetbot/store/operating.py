"""The tables of how the work itself goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

from budgetbot.store.base import Base
from budgetbot.store.columns import BIG_ID, Digits, Foreign, Instant


class JobRow(Base, table=True):
    """When a job was last done without a failure, and what it left to be read; JSON."""

    __tablename__ = "job"
    name: str = Field(primary_key=True)
    done_at: datetime = Field(sa_type=Instant)
    left: str = Field(sa_type=Foreign)


class AttemptRow(Base, table=True):
    """One try to deliver one notification, and how it ended; rows are only added."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_outcome_receiver_id", "outcome", "receiver", "id"),)
    id: int | None = Field(default=None, sa_column=Column("id", BIG_ID, primary_key=True, autoincrement=True))
    delivery_id: int = Field(sa_type=BigInteger, index=True)
    receiver: str = Field(sa_type=Foreign)
    at: datetime = Field(sa_type=Instant)
    outcome: str
    error: str | None = Field(default=None, sa_type=Foreign)


class DeliveryFailureRow(Base, table=True):
    """How often a receiver did not confirm, by the kind of the failure; it only rises. Owners count as one."""

    __tablename__ = "delivery_failure"
    receiver: str = Field(primary_key=True, sa_type=Foreign)
    fault: str = Field(primary_key=True)
    times: int = Field(sa_type=BigInteger)


class AllowanceRow(Base, table=True):
    """core.allowance.Allowance, column by column; `standing` and what follows it change, the rest never does."""

    __tablename__ = "allowance"
    id: str = Field(primary_key=True)
    kind: str
    rule: str = Field(sa_type=Foreign)
    of: str
    amount: int = Field(sa_type=Digits)
    currency: str = Field(sa_type=Foreign)
    since: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant, index=True)
    reason: str = Field(sa_type=Foreign)
    asked_by: str = Field(sa_type=Foreign)
    asked_at: datetime = Field(sa_type=Instant)
    alert_id: str | None = Field(default=None, index=True)
    standing: str
    decided_by: str | None = Field(default=None, sa_type=Foreign)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
