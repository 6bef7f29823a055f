"""An alert in one line; its first 60 characters say how bad, whose, how much of what, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from budgetbot.core.drill import NOTHING, is_drill
from budgetbot.core.foretold import foretold, full_at_this_pace
from budgetbot.core.model import Alert, Json, Part
from budgetbot.core.money import Nano, exact, nano, percent
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit, unit_of
from budgetbot.core.unit import limit as limit
from budgetbot.core.unusual import KINDS, short

OVER = frozenset({"period_ended", "rule_changed", "rule_removed", "manual"})
"""Ends of an alert that say nothing of whether the spend is fine."""
LIMITS = frozenset({"budget", "usage_budget"})
"""Kinds of alerts that compare what was spent or used with an amount."""
UNPRICED = "unpriced"
"""The level of an alert about a model without a price."""
REFUSED = "refused"
"""How the level of an alert about policy files that are wrong begins."""
UNDELIVERED = "undelivered"
"""The level of an alert about a receiver that does not confirm."""
SEEN = 60  # what a phone shows of a line
_LEAST_NAME = 12
_NOBODYS = frozenset({"freshness", "delivery", "policy"})  # about budgetbot itself


@dataclass(frozen=True, slots=True)
class Compared:
    """The numbers that a budget alert compared, in nano-units of `unit`."""

    unit: Unit
    spent: Nano
    billed: Nano
    estimated: Nano
    low: Nano
    high: Nano
    amount: Nano
    effective: Nano
    line: Nano

    @property
    def probable(self) -> bool:
        """The expected value reaches the line, the low end of the estimate does not."""
        return self.low < self.line <= self.spent

    @property
    def ratio(self) -> str:
        """ "$840.12 of $1,000 (84 %)"."""
        return f"{self.unit.ratio(self.spent, self.effective)} ({percent(self.spent, self.effective)})"


def compared(evidence: Mapping[str, Json]) -> Compared | None:
    """The numbers of a budget's evidence; None where the evidence is of another shape."""
    names = ("spent", "billed", "estimated", "low", "high", "amount", "effective_amount", "line")
    try:
        amounts = [nano(exact(evidence[name])) for name in names]
    except (KeyError, ValueError):
        return None
    return Compared(unit_of(evidence), *amounts)


def spent_of(alert: Alert) -> Nano:
    """What was spent or used by its evidence; 0 where that does not say."""
    numbers = compared(alert.evidence)
    return numbers.spent if numbers is not None else 0


def state_of(alert: Alert) -> tuple[str, str]:
    """Who it is about, and how that stands, without the period: "ci-nightly", "$51 of $50 (102 %)"."""
    name, told, _ = _parts(alert)
    numbers = compared(alert.evidence)
    if alert.kind in LIMITS and numbers is not None:
        told = f"{'probably ' if numbers.probable and alert.state != 'resolved' else ''}{numbers.ratio}"
    return name, told


def is_unpriced(alert: Alert) -> bool:
    """Whether it is about a model without a price."""
    return alert.kind == "policy" and alert.level == UNPRICED


def is_refused(alert: Alert) -> bool:
    """Whether it is about changed policy files that are wrong."""
    return alert.kind == "policy" and alert.level.startswith(f"{REFUSED} ")


def mistakes_in_all(alert: Alert) -> int:
    """How many mistakes such files have."""
    return count_in(alert, "mistakes_in_all")


def count_in(alert: Alert, name: str) -> int:
    """How many of something there are by its evidence; 0 where that does not say."""
    count = alert.evidence.get(name)
    return count if isinstance(count, int) else 0


def is_undelivered(alert: Alert) -> bool:
    """Whether it is about a receiver that does not confirm."""
    return alert.kind == "delivery" and alert.level == UNDELIVERED


def is_unconverted(alert: Alert) -> bool:
    """Whether it is about a budget and a currency without an exchange rate."""
    return alert.kind == "policy" and alert.level.startswith("unconverted ")


def subject(alert: Alert) -> str:
    """Who it is about: the names of the scope, or the rule where the scope is everything it matches."""
    return " / ".join(map(_of_part, alert.scope.parts)) or clean(alert.rule)


def _of_part(part: Part) -> str:
    name = part.name if part.name is not None else part.id
    return "unattributed" if name is None else clean(name) or "(blank)"


def period_name(alert: Alert) -> str:
    """Its period in words: "Nov 2026", "week 47 of 2026", "20 Nov 2026", "Q4 2026", "the last 30d"."""
    key = alert.period
    if window := alert.evidence.get("window"):
        return f"the last {clean(str(window), 20)}"
    if week := re.fullmatch(r"(\d{4})-W(\d\d)", key):
        return f"week {int(week[2])} of {week[1]}"
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", key):
        return f"Q{quarter[2]} {quarter[1]}"
    if hour := re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d)Z", key):
        return f"{_day(hour[1])} {hour[2]}:00 UTC"
    return _day(key)


def _day(key: str) -> str:
    if month := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", key):
        return f"{date(int(month[1]), int(month[2]), 1):%b %Y}"
    try:
        day = date.fromisoformat(key)
    except ValueError:
        return clean(key.replace("..", " until ").replace("from-", "the month from "), 40)
    return f"{day.day} {day:%b %Y}"


def alert_summary(alert: Alert) -> str:
    """The alert in one line of plain text."""
    if is_drill(alert):
        return NOTHING
    ended = "Closed" if alert.reason in OVER else "Resolved"
    head = ended if alert.state == "resolved" else alert.severity.capitalize()
    name, told, more = _headline(alert) or _parts(alert)
    room = max(SEEN - len(f"{head}:  {told}"), _LEAST_NAME)
    return f"{head}: {clean(_called(alert, name, room), room)} {told}{more}"


def _headline(alert: Alert) -> tuple[str, str, str] | None:
    """Of a budget that will be used up: who, how much of what, and when, then the rest; None for all others."""
    numbers, foreseen = compared(alert.evidence), foretold(alert.evidence)
    if alert.kind not in LIMITS | {"forecast"} or numbers is None or foreseen is None or alert.state == "resolved":
        return None
    moments = [at for at in (foreseen.exhausted, full_at_this_pace(alert.evidence)) if at is not None]
    full = min(moments, default=None)
    if full is None or numbers.spent >= numbers.effective:
        return None
    probably = "probably " if numbers.probable else ""
    when = f"{full:%a} {full.day} {full:%b %H:%M}"
    told = f"{probably}{numbers.unit.ratio(numbers.spent, numbers.effective)}, full {when}"
    used = f" UTC; {percent(numbers.spent, numbers.effective)}, {period_name(alert)}"
    if alert.kind == "forecast":
        used += f", on course for {numbers.unit.limit(foreseen.expected)}"
    return subject(alert), told, f"{used}; {clean(alert.level, 40)} of {clean(alert.rule)}"


def _called(alert: Alert, name: str, room: int) -> str:
    """Whose it is: the team, where one is known; with what it is about, where both fit."""
    if alert.kind in KINDS and len(name) > room and alert.scope.parts:
        return _of_part(alert.scope.parts[-1])  # the key tells more than half the name of its project
    team = clean(alert.labels.get("team", ""))
    if not team or alert.kind in _NOBODYS or team in alert.scope.names.values():
        return name
    if not alert.scope.parts:
        return team
    both = f"{team} / {name}"
    return both if len(both) <= room else name


def _parts(alert: Alert) -> tuple[str, str, str]:
    evidence, rule = alert.evidence, clean(alert.rule)
    numbers = compared(evidence)
    if alert.kind in LIMITS and numbers is not None:
        probably = "probably " if numbers.probable and alert.state != "resolved" else ""
        when = period_name(alert)
        return subject(alert), f"{probably}{numbers.ratio}, {when}", f"; {clean(alert.level, 40)} of {rule}"
    if alert.kind == "forecast" and numbers is not None:
        return subject(alert), _headed(alert, numbers), f", {period_name(alert)}; {clean(alert.level, 40)} of {rule}"
    if told := short(alert):
        back = "is as usual again: " if alert.state == "resolved" and alert.reason == "corrected" else ""
        return subject(alert), f"{back}{told}", f"; {clean(alert.level, 40)} of {rule}"
    if alert.kind == "freshness":
        read = _moment(str(evidence.get("pulled_at")))
        name = " ".join(clean(str(evidence[k]), 60) for k in ("source", "report") if evidence.get(k)) or subject(alert)
        if alert.state == "resolved":
            return name, f"read again at {read}" if read else "over", f"; {rule}"
        told = f"not read since {read}" if read else "never read whole"
        return name, told, f"; stale after {clean(str(evidence.get('stale_after', 'its limit')), 20)}; {rule}"
    if is_unpriced(alert):
        model, source = (clean(str(evidence.get(key)), 60) for key in ("model", "source"))
        told = "has a price again" if alert.state == "resolved" else "has no price"
        return model, told, f"; estimated by the dearest of {source}; {rule}"
    if is_refused(alert):
        if alert.state == "resolved":
            return "policy files", "are in force again", f"; {rule}"
        count = mistakes_in_all(alert)
        return "changed policy files", f"not in force: {count} mistake{'' if count == 1 else 's'}", f"; {rule}"
    if is_undelivered(alert):
        return subject(alert), _undelivered(alert), f"; {rule}"
    if is_unconverted(alert):
        code, currency = clean(alert.level, 40).rpartition(" ")[2], clean(str(evidence.get("currency")), 8)
        told = f"counts all {code}" if alert.state == "resolved" else f"leaves {code} out: no rate to {currency}"
        return rule, told, ""
    return subject(alert), f"{alert.kind.replace('_', ' ')} {clean(alert.level, 40)}".strip(), f"; {rule}"


def _undelivered(alert: Alert) -> str:
    if alert.state == "resolved":
        return "was not told" if alert.reason in OVER else "is told again"
    given_up, waiting = count_in(alert, "given_up"), count_in(alert, "waiting")
    told = [f"{given_up} given up"] if given_up else []
    told += [f"{waiting} waiting"] if waiting else []
    return f"is not told: {', '.join(told) or 'nothing is confirmed'}"


def _headed(alert: Alert, numbers: Compared) -> str:
    told = foretold(alert.evidence)
    if told is None or alert.reason in OVER:
        return numbers.ratio
    return f"on course for {numbers.unit.ratio(told.expected, numbers.effective)}"


def _moment(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
    return f"{moment.day} {moment:%b %H:%M} UTC"
