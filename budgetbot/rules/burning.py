"""The findings of a burn rate: of each scope that exceeds its pace in all windows, and of each that has an alert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from budgetbot.core.instant import iso, iso_or_none, length_text
from budgetbot.core.model import Alert, Driver, Finding, Json, Scope, Severity
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Span
from budgetbot.rules.aside import Asked, kept_to, windows_of
from budgetbot.rules.burn_fields import BurnWindow
from budgetbot.rules.burn_pace import Pace
from budgetbot.rules.burn_spend import BurnSpend, whole_hours
from budgetbot.rules.excess import Money, excess_drivers
from budgetbot.rules.rule import Context
from budgetbot.rules.sight import unseen

_HOUR = timedelta(hours=1)


class Burned(NamedTuple):
    """What one window held, beside what it holds at the pace; None where the pace is not known."""

    window: BurnWindow
    span: Span
    spent: Nano
    pace: Fraction | None

    @property
    def exceeds(self) -> bool:
        """Whether it ran at so many times the pace."""
        return self.pace is not None and self.spent > 0 and self.spent >= self.window.factor * self.pace

    def told(self, *, apportioned: bool) -> dict[str, Json]:
        """As evidence holds it."""
        hours = Fraction(self.window.over // timedelta(seconds=1), 3600)
        found: dict[str, Json] = {
            "over": length_text(self.window.over),
            "times": float(self.window.times),
            "rate": round(float(self.spent / self.pace), 3) if self.pace else None,
            "spent": plain(self.spent),
            "pace": plain(round(self.pace)) if self.pace is not None else None,
            "per_hour": plain(round(self.spent / hours)),
        }
        return {**found, "apportioned": True} if apportioned else found


class Burning(NamedTuple):
    """All that one evaluation of a burn rate looks at."""

    asked: Asked
    of: str
    budget: str | None
    level: str
    windows: Sequence[BurnWindow]
    min_impact: Nano
    context: Context
    spend: BurnSpend
    pace: Pace | None
    blind: frozenset[str]
    now: datetime


def findings(look: Burning) -> Iterator[Finding]:
    """One for each scope that burns, and one for each alert that waits for word."""
    group = look.spend.group
    spans = [Span(look.spend.known - one.over, look.spend.known) for one in look.windows]
    spent = [look.spend.inside(span) for span in spans]
    mute, excused = unseen(group, look.blind), _excused(look)
    waiting = {alert.scope.key: alert for alert in (*look.context.by_hand, *look.context.open)}
    for i, scope in enumerate(group.scopes):
        alert, paces = waiting.pop(scope.key, None), _paces(look, i)
        burned = [Burned(*one) for one in zip(look.windows, spans, (s[i] for s in spent), paces, strict=True)]
        told = i not in mute and i not in excused
        active = told and all(one.exceeds for one in burned) and _matters(look, burned)
        if active or alert is not None:
            yield _finding(look, i, scope, alert, burned, active=active, seen=i not in mute)
    for _, alert in sorted(waiting.items()):
        seen = not look.context.stale and group.history.begins() is not None
        yield _finding(look, -1, alert.scope, alert, [], active=False, seen=seen)


def _paces(look: Burning, scope: int) -> list[Fraction | None]:
    return [window[scope] for window in look.pace.in_window] if look.pace else [None] * len(look.windows)


def _matters(look: Burning, burned: Sequence[Burned]) -> bool:
    longest = max(burned, key=lambda one: one.window.over)
    return longest.spent - (longest.pace or 0) >= look.min_impact


def _excused(look: Burning) -> frozenset[int]:
    """The scopes that a planned window touches which runs, and in which no more was spent than planned."""
    known, context, group = look.spend.known, look.context, look.spend.group
    windows = windows_of(look.asked, context, group, Span(known, known + _HOUR))
    running = [one for one in windows if known in one.window.span]
    return frozenset(i for one in running if kept_to(one.window, group.history, context.fx) for i in one.numbers)


def _finding(
    look: Burning, index: int, scope: Scope, alert: Alert | None, burned: Sequence[Burned], *, active: bool, seen: bool
) -> Finding:
    context, group = look.context, look.spend.group
    longest = max(burned, key=lambda one: one.window.over, default=None)
    shortest = min(burned, key=lambda one: one.window.over, default=None)
    known = shortest is not None and shortest.pace is not None
    drivers: tuple[Driver, ...] = ()
    if active and longest:
        hours, money = whole_hours(longest.span), Money(context.currency, context.fx)
        drivers = excess_drivers(group, index, hours, look.spend.known, money, look.asked.each)
    return Finding(
        rule=look.asked.rule,
        kind="burn_rate",
        severity=Severity(look.asked.severity),
        scope=scope,
        level=look.level,
        rank=0,
        line=alert.line if alert else longest.spent if longest else 0,
        active=active,
        clear=not active and seen and (index < 0 or (known and shortest is not None and not shortest.exceeds)),
        ends=False,
        evidence=_evidence(look, index, alert, burned),
        drivers=drivers,
        subject=group.subject(index) if index >= 0 else {},
    )


def _evidence(look: Burning, index: int, alert: Alert | None, burned: Sequence[Burned]) -> dict[str, Json]:
    history, currency = look.context.history, look.context.currency
    found: dict[str, Json] = dict(alert.evidence) if alert else {}
    if burned:
        longest = max(burned, key=lambda one: one.window.over)
        hours = Fraction(longest.window.over // timedelta(seconds=1), 3600)
        windows: list[Json] = [one.told(apportioned=look.spend.is_apportioned(one.span)) for one in burned]
        found |= {
            "of": look.of,
            "windows": windows,
            "per_hour": plain(round(longest.spent / hours)),
            "pace_per_hour": plain(round(longest.pace / hours)) if longest.pace is not None else None,
            "rate": round(float(longest.spent / longest.pace), 3) if longest.pace else None,
            "excess": plain(longest.spent - round(longest.pace or 0)),
        }
        if look.budget is not None and look.pace is not None and index in look.pace.budget:
            left = look.pace.budget[index].told(longest.spent / hours, look.spend.known)
            found |= {"budget": look.budget, **left}
    return {
        **found,
        "currency": currency,
        "known_to": iso(look.spend.known),
        "complete_to": iso_or_none(history.complete_to()),
        "settled_to": iso_or_none(history.settled_to(look.now)),
    }
