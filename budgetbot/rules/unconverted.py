"""What a budget cannot convert into its currency: an alert of its own, for the sum that it judges is not whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Finding, Json, Scope, Severity
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Period
from budgetbot.rules.rule import Context

if TYPE_CHECKING:
    from budgetbot.rules.limit import Limit

LEVEL = "unconverted"


def unconverted(rule: Limit, context: Context, now: datetime) -> list[Finding]:
    """A finding for each currency that has no rate, or had none while its alert is open.

    One for the whole budget, not one for each of its scopes: the cause and the fix are the same. It has no period, or
    a daily budget would tell of it every day: it lasts while any period that is watched, be it closed, has such spend.
    """
    currency = rule.unit(context)
    reported = [alert.level for alert in context.open if alert.kind == "policy"]
    if not reported and set(context.history.currencies) <= {currency}:
        return []
    missing = _missing(rule, context, now)
    levels = {f"{LEVEL} {code}": missing[code] for code in missing}
    whole = context.history.group(rule.match)
    return [
        Finding(
            rule=rule.name,
            kind="policy",
            severity=Severity.WARNING,
            scope=Scope(),
            level=level,
            rank=0,
            line=0,
            active=level in levels,
            clear=level not in levels and not context.stale,
            ends=False,
            evidence=_evidence(context, currency, level, levels.get(level), now),
            subject=whole.subject(0) if whole.scopes else {},
        )
        for level in sorted({*levels, *reported})
    ]


def _missing(rule: Limit, context: Context, now: datetime) -> dict[str, tuple[Period, Nano]]:
    """By currency: the latest period with such spend, and how much it is over all scopes."""
    found: dict[str, tuple[Period, Nano]] = {}
    whole, currency = context.history.group(rule.match), rule.unit(context)
    for period, late in rule.periods(now, context.zone):
        if late and period.span.end <= context.since:
            continue
        for rest in whole.converted(period.span, currency, context.fx).left:
            for code, total in rest.items():
                found.setdefault(code, (period, total.spent))
    return dict(sorted(found.items()))


def _evidence(
    context: Context, currency: str, level: str, missing: tuple[Period, Nano] | None, now: datetime
) -> dict[str, Json]:
    evidence: dict[str, Json] = {
        "currency": currency,
        "complete_to": iso_or_none(context.history.complete_to()),
        "settled_to": iso_or_none(context.history.settled_to(now)),
    }
    if missing is None:
        return evidence
    period, amount = missing
    return {
        **evidence,
        "unconverted": {level.removeprefix(f"{LEVEL} "): plain(amount)},
        "period": {"start": iso(period.span.start), "end": iso(period.span.end)},
        "since": period.span.start.astimezone(UTC).date().isoformat(),
    }
