"""What a digest says, before any receiver's markup: the total, who spent it, what moved, budgets, alerts, freshness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from budgetbot.core.fx import declaration
from budgetbot.core.money import percent, show
from budgetbot.core.restatement import Told, restated_words
from budgetbot.core.text import clean, utc
from budgetbot.core.unit import unit_of
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.chart import Chart, digest_chart
from budgetbot.notifiers.digest_data import Budget, DigestData, Fresh, Mover

ROWS, BARS, MOVERS, BUDGETS, ALERTS, ERRORS = 25, 31, 5, 15, 10, 5
_CODES = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart; `size` runs from 0 to 1000, 1000 for the longest."""

    label: str
    amount: str
    size: int


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """A digest in plain words and cells; names are cleaned of control characters, not escaped for any markup.

    `rows` and `budgets` have the columns that `rows_head` and `budgets_head` name; the first is a name, the rest are
    numbers or short words. `drawn` is the chart for who can draw it.
    """

    summary: str
    title: str
    lead: str
    chart: tuple[Bar, ...]
    rows_head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    movers: tuple[str, ...]
    budgets_head: tuple[str, ...]
    budgets: tuple[tuple[str, ...], ...]
    alerts: tuple[str, ...]
    context: tuple[str, ...]
    drawn: Chart | None = None


def digest_message(digest: Mapping[str, object]) -> DigestMessage:
    """The words of a digest. Raises DeliveryError, permanent, where the digest is not of its shape."""
    try:
        data = DigestData.model_validate(digest)
    except ValueError as error:
        raise DeliveryError(f"the digest cannot be read: {clean(str(error), 300)}", permanent=True) from None
    money, name, covers = clean(data.currency, 8), clean(data.name, 60), clean(data.covers.label, 60)
    return DigestMessage(
        summary=f"{covers}: {show(data.total, money)}{_change(data, money)}; digest {name}, {data.date}",
        title=f"{name}: {show(data.total, money)}, {covers}",
        lead=_lead(data, money, covers),
        chart=_chart(data, money),
        rows_head=("", "Spent", "Share", clean(data.period.label, 20)),
        rows=_rows(data, money),
        movers=_capped([_mover(mover, money) for mover in data.movers], MOVERS),
        budgets_head=("", "Spent", "Of", "Used", "State"),
        budgets=_budgets(data, money),
        alerts=_capped([f"{clean(a.summary, 160)} ({clean(a.id, 40)})" for a in data.alerts], ALERTS),
        context=_context(data),
        drawn=digest_chart([(bar.label, bar.amount) for bar in data.chart], money),
    )


def _change(data: DigestData, money: str) -> str:
    if not data.change or data.previous_total is None:
        return ""
    sign = "+" if data.change >= 0 else ""
    share = f" ({sign}{percent(data.change, data.previous_total)})" if data.previous_total > 0 else ""
    return f", {sign}{show(data.change, money)}{share}"


def _lead(data: DigestData, money: str, covers: str) -> str:
    whole = data.complete_to is not None and data.complete_to >= data.covers.end
    nothing = "Nothing was spent" if whole else "No spend is known yet"  # missing data must not look like zero
    nothing = f"Nothing was spent in {money}" if data.unconverted else nothing
    spent = f"{show(data.total, money)} was spent ({covers})" if data.total else f"{nothing} ({covers})"
    before = ""
    if data.previous_total is not None:
        before = f"; it was {show(data.previous_total, money)} in the stretch before{_change(data, money)}"
    period = f" {clean(data.period.label, 40)} stands at {show(data.period.total, money)}."
    firing = f" {len(data.alerts)} open alert{'s' if len(data.alerts) > 1 else ''}." if data.alerts else ""
    partial = "" if whole else f" Not all of it is in: data complete to {utc(data.complete_to) or 'nothing'}."
    restated = restated_words([Told(r.source, r.day, r.change, r.currency) for r in data.restated])
    return f"{spent}{before}.{partial}{period}{firing} {restated}".rstrip() + _without_rate(data, money)


def _without_rate(data: DigestData, money: str) -> str:
    """What the exchange rates of the policy do not reach, and the line that is missing."""
    since, said = data.period.start.astimezone(UTC).date().isoformat(), ""
    if data.wanted:
        wanted = clean(data.wanted, 8)
        fix = declaration([money], wanted, since)
        said += f" Shown in {money}, as not all of it has an exchange rate to {wanted}; add {fix}"
    if data.unconverted:
        codes = {clean(code, 8): amount for code, amount in list(data.unconverted.items())[:_CODES]}
        amounts = ", ".join(show(amount, code) for code, amount in codes.items())
        said += f" Not in it, for want of an exchange rate: {amounts}; add {declaration(codes, money, since)}"
    return said


def _chart(data: DigestData, money: str) -> tuple[Bar, ...]:
    bars = data.chart[-BARS:]
    longest = max((bar.amount for bar in bars), default=0)
    if longest <= 0:
        return ()
    return tuple(Bar(clean(b.label, 20), show(b.amount, money), max(b.amount, 0) * 1000 // longest) for b in bars)


def _rows(data: DigestData, money: str) -> tuple[tuple[str, ...], ...]:
    def line(name: str, amount: int, in_period: int) -> tuple[str, ...]:
        return name, show(amount, money), percent(amount, data.total), show(in_period, money)

    shown, rest = data.rows[:ROWS], data.rows[ROWS:]
    lines = [line(_by(row.by), row.amount, row.period_amount) for row in shown]
    count = len(rest) + (data.other.count if data.other else 0)
    if count or data.other:
        amount = sum(row.amount for row in rest) + (data.other.amount if data.other else 0)
        in_period = sum(row.period_amount for row in rest) + (data.other.period_amount if data.other else 0)
        lines.append(line(f"{count} other{'' if count == 1 else 's'}", amount, in_period))
    return tuple(lines)


def _by(by: Mapping[str, str | None]) -> str:
    names = ("unattributed" if name is None else clean(name, 40) or "(blank)" for name in by.values())
    return " / ".join(names) or "all"


def _mover(mover: Mover, money: str) -> str:
    sign = "+" if mover.change >= 0 else ""
    change = f"{sign}{show(mover.change, money)}"
    return f"{_by(mover.by)}: {show(mover.before, money)} to {show(mover.amount, money)} ({change})"


def _budgets(data: DigestData, money: str) -> tuple[tuple[str, ...], ...]:
    lines = [_budget(budget, money) for budget in data.budgets[:BUDGETS]]
    more = len(data.budgets) - BUDGETS
    return (*lines, (f"and {more} more", "", "", "", "")) if more > 0 else tuple(lines)


def _budget(budget: Budget, money: str) -> tuple[str, ...]:
    name = clean(budget.name, 40) + (f" ({_by(budget.scope)})" if budget.scope else "")
    unit = unit_of({"currency": budget.currency or money, "metric": budget.metric})
    effective = budget.amount if budget.effective_amount is None else budget.effective_amount
    used = percent(budget.spent, effective)
    return name, unit.show(budget.spent), unit.limit(effective), used, clean(budget.state, 20)


def _capped(lines: list[str], most: int) -> tuple[str, ...]:
    return (*lines[:most], f"and {len(lines) - most} more") if len(lines) > most else tuple(lines)


def _context(data: DigestData) -> tuple[str, ...]:
    complete, settled = utc(data.complete_to), utc(data.settled_to)
    fresh = f"Data complete to {complete}" if complete else "Data not complete yet"
    fresh += f"; bill settled to {settled}" if settled else "; bill not settled yet"
    failing = [_failing(report) for report in data.freshness if report.error]
    span = f"Covers {utc(data.covers.start)} until {utc(data.covers.end)}"
    return (span, fresh, *_capped(failing, ERRORS))


def _failing(report: Fresh) -> str:
    name = f"{clean(report.source, 40)} {clean(report.report, 60)}"
    return (
        f"{name} cannot be read, complete to {utc(report.complete_to) or 'nothing'}: {clean(report.error or '', 120)}"
    )
