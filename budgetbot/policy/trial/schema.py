"""What a test file may say. Strict; described for editors."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator

from budgetbot.policy.entry_fields import CurrencyField
from budgetbot.policy.trial.deeds import EventEntry
from budgetbot.policy.trial.expected import ExpectEntry
from budgetbot.policy.trial.fields import NamesField, OfField, ValuesField, When, WhenField
from budgetbot.policy.trial.series import Bucket
from budgetbot.rules.fields import DurationField, Strict, ZoneField
from budgetbot.rules.usage_budget import MetricField

_MOST_MONEY = 900_000_000  # in nano-units this fits 64 bits, as do counts up to a billion times as many


class SeriesEntry(Strict):
    """One series; its buckets follow each other from the start, and each is known when it ends."""

    of: OfField = Field(default_factory=dict)
    """The dimensions, such as {project: research-eval, api_key: key_1, model: gpt-4o}; provider is openai where absent,
    source is the provider; labels follow from the policy."""
    names: NamesField = Field(default_factory=dict)
    """What the provider calls its project, api_key and user: {project: "Research"}; absent = the id."""
    per: Literal["1h", "1d"] = "1h"
    """How long a bucket is: 1h or 1d. Days are 24 hours from the start; a provider's days are those of UTC."""
    values: ValuesField
    """Bucket by bucket, in short: "5x30 0+2x10 [1.5, 2, 3] _x5 stale 40" are 30 buckets of 5, then 10 buckets 0, 2, 4
    ... 18, three listed ones, 5 of which nothing is known, one in which the source is not read, and one of 40."""


class SpendEntry(SeriesEntry):
    """What one series cost, in money per bucket."""

    currency: CurrencyField | None = None
    """The currency of the values; the policy's default one where absent."""

    @field_validator("values")
    @classmethod
    def _sum(cls, values: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
        return _kept(values, _MOST_MONEY)


class UsageEntry(SeriesEntry):
    """What one series used, in whole counts per bucket, for usage budgets."""

    metric: MetricField
    """What is counted: images, tokens, requests, ..."""

    @field_validator("values")
    @classmethod
    def _counts(cls, values: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
        for value in (bucket.value for bucket in values):
            if value is not None and (value < 0 or value % 1):
                raise ValueError(f"{value} is no count; write whole numbers such as 500")
        return _kept(values, _MOST_MONEY * 10**9)


def _kept(values: tuple[Bucket, ...], most: int) -> tuple[Bucket, ...]:
    if sum((abs(bucket.value) for bucket in values if bucket.value is not None), Decimal()) > most:
        raise ValueError(f"together more than can be kept exactly; write at most {most}")
    return values


class TrialEntry(Strict):
    """One test: what was spent, what happened, what is expected."""

    name: str = Field(min_length=1)
    """What it shows, as a sentence."""
    policies: str | None = None
    """The policy that is tested: a path from this file's folder; the folder above tests/ where absent."""
    timezone: ZoneField | None = None
    """Whose clock the times of this test are read in; the policy's where absent."""
    rules: list[str] = Field(default_factory=list)
    """Whose alerts and messages it is about, by name; all rules where absent."""
    start: WhenField
    """When it begins: a day or a local time."""
    every: DurationField = Field(default="1h", validate_default=True)
    """How often rules are evaluated; 1h where absent."""
    spend: list[SpendEntry] = Field(default_factory=list)
    """What was spent, one entry a series."""
    usage: list[UsageEntry] = Field(default_factory=list)
    """What was used, one entry a series and metric."""
    events: list[EventEntry] = Field(default_factory=list)
    """What happens meanwhile, in order."""
    expect: list[ExpectEntry] = Field(min_length=1)
    """What is expected, in order."""

    @field_validator("start")
    @classmethod
    def _a_date(cls, start: When) -> When:
        if isinstance(start.time, timedelta):
            raise ValueError(f"{start.text} is no date; write one such as 2026-11-01")
        return start

    @field_validator("every")
    @classmethod
    def _comes(cls, every: timedelta) -> timedelta:
        if not every:
            raise ValueError("rules are evaluated now and then; write 1h")
        return every


class TrialFile(Strict):
    """Unit tests of budgetbot's policies: run them with `budgetbot policies test`."""

    version: Literal[1] = 1
    """The version of this grammar."""
    tests: list[TrialEntry] = Field(min_length=1)
    """The tests."""
