"""What the evidence of an anomaly, a newcomer or a burn rate says, and in a few words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from budgetbot.core.model import Alert, Json
from budgetbot.core.money import NANO, Nano, exact, nano
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit, unit_of

KINDS = frozenset({"anomaly", "new", "burn_rate"})
_HOUR, _DAY = timedelta(hours=1), timedelta(hours=26)
_ROUND = 10 * NANO  # from here on cents tell nothing


@dataclass(frozen=True, slots=True)
class Unusual:
    """One bucket beside what is usual for it, and the excess since it began. Nano-units of `unit`."""

    unit: Unit
    channel: str
    observed: Nano
    expected: Nano
    low: Nano
    high: Nano
    excess: Nano
    since: datetime
    start: datetime
    end: datetime

    @property
    def length(self) -> str:
        """ "an hour", "20 minutes", "a day", "14 hours" """
        length = self.end - self.start
        if length == _HOUR:
            return "an hour"
        if length < _HOUR:
            return f"{max(1, length // timedelta(minutes=1))} minutes"
        if timedelta(hours=22) < length < _DAY:
            return "a day"
        return f"{length // _HOUR} hours" if length < 2 * _HOUR * 24 else f"{length // timedelta(days=1)} days"

    @property
    def short(self) -> str:
        """ "$412 in an hour, usually $6" """
        if self.channel == "new" and not self.expected:
            return f"{about(self.observed, self.unit)} since {day(self.since)}"
        only = "only " if self.channel == "drop" else ""
        return f"{only}{about(self.observed, self.unit)} in {self.length}, usually {about(self.expected, self.unit)}"

    @property
    def band(self) -> str:
        """ "$6.20 ($3.10 to $11.00)" """
        show = self.unit.show
        return f"{show(self.expected)} ({show(self.low)} to {show(self.high)})"


@dataclass(frozen=True, slots=True)
class Burn:
    """A rate beside its pace. `rate`: how many times it; None where the pace is nothing. Nano-units of `unit`."""

    unit: Unit
    per_hour: Nano
    pace: Nano
    rate: float | None
    budget: str | None
    effective: Nano | None
    exhausted: datetime | None
    used_up: bool

    @property
    def short(self) -> str:
        """ "$120 an hour, 8.2 times its pace" """
        return f"{about(self.per_hour, self.unit)} an hour, {self.against}"

    @property
    def against(self) -> str:
        """ "8.2 times the even pace", "usually nothing" """
        what = "the even pace" if self.budget else "the usual"
        return f"{times(self.rate)} {what}" if self.rate is not None else "usually nothing"


def unusual(alert: Alert) -> Unusual | None:
    """Of an anomaly or a newcomer; None where its evidence is of another shape."""
    told, bucket = alert.evidence, alert.evidence.get("bucket")
    if alert.kind not in {"anomaly", "new"} or not isinstance(bucket, dict):
        return None
    try:
        observed, expected, low, high, excess = (
            nano(exact(told[name])) for name in ("observed", "expected", "low", "high", "excess")
        )
        since, start = _moment(told["since"]), _moment(bucket["start"])
        end = _moment(told["seen_to"]) if told.get("seen_to") else _moment(bucket["end"])
    except (KeyError, ValueError):
        return None
    channel = clean(str(told.get("channel", "")), 20)
    return Unusual(unit_of(told), channel, observed, expected, low, high, excess, since, start, end)


def burn(alert: Alert) -> Burn | None:
    """Of a burn rate; None where its evidence is of another shape."""
    told = alert.evidence
    if alert.kind != "burn_rate":
        return None
    try:
        per_hour, pace = (nano(exact(told[name])) for name in ("per_hour", "pace_per_hour"))
        effective = nano(exact(told["effective_amount"])) if "effective_amount" in told else None
        exhausted = _moment(told["exhausted_at"]) if told.get("exhausted_at") else None
    except (KeyError, ValueError):
        return None
    rate, budget = told.get("rate"), told.get("budget")
    return Burn(
        unit=unit_of(told),
        per_hour=per_hour,
        pace=pace,
        rate=float(rate) if isinstance(rate, int | float) else None,
        budget=clean(str(budget), 60) if budget is not None else None,
        effective=effective,
        exhausted=exhausted,
        used_up=told.get("exhausted") is True,
    )


def short(alert: Alert) -> str | None:
    """Any of them in a few words; None where nothing is known of it."""
    found = unusual(alert) or burn(alert)
    return found.short if found is not None else None


def times(rate: float | None) -> str:
    """ "8.2 times", "34 times" """
    known = rate or 0.0
    return f"{known:.1f} times" if known < 10 else f"{int(known):,} times"


def about(amount: Nano, unit: Unit) -> str:
    """ "$412", "$6.20": without cents where they tell nothing."""
    if abs(amount) < _ROUND:
        return unit.show(amount)
    return unit.limit((amount + NANO // 2) // NANO * NANO)


def day(moment: datetime) -> str:
    """ "18 Nov" """
    return f"{moment.day} {moment:%b}"


def _moment(text: Json) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


def told_of(evidence: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    """A list of mappings in evidence; empty where it holds something else."""
    found = evidence.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
