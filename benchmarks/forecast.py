"""How forecasts of a month's end do: false alarms, overruns that were caught in time, and whether bands hold the truth.

Beside ours: what LiteLLM does (spend over the days before today, times the days after today, on top of the spend:
`_get_projected_spend_over_limit` in litellm/proxy/utils.py), the month so far drawn out in a straight line, and the
mean of the last seven days. Every rule looks at
noon of every day and speaks only while the amount is not reached. Constants were chosen on other seeds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.forecast_months import FAMILIES, Floats, Month, month
from benchmarks.goals import Row
from budgetbot.core.forecast import columns, forecast
from budgetbot.core.period import Calendar

SEEDS = range(201, 217)
SURE = {"ours, p >= 0.9": 0.9, "ours, p >= 0.8": 0.8}
_DAYS = 31
_SHOWN = (3, 7, 10, 14, 21, 28)
_BANDS = (7, 10, 14, 21)
_TENTH = 9  # the place of day 10
_EXPECTED = ("ours, expected", "LiteLLM", "linear", "7-day mean")
_RULES = (*SURE, *_EXPECTED)
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Told:
    """Per scope-month (rows) and day of the month: what was said. Days that a month has not are NaN or False."""

    family: npt.NDArray[np.str_]
    final: Floats
    amount: Floats
    crossed: Floats
    fired: dict[str, Bools]
    expected: dict[str, Floats]
    enough: Bools
    held: Bools


def main() -> list[Row]:
    """Print what each rule does by day and family; the figures of ours where it is sure."""
    began = time.monotonic()
    told = _joined([_month(month(seed)) for seed in SEEDS])
    over = np.asarray(told.final >= told.amount)
    print(f"forecasts of a month's end: {len(over)} scope-months, {over.mean():.0%} of which overrun their amount")
    alarms = _alarms(told, over)
    _days(told, over)
    _bands(told)
    _families(told, over)
    _speed()
    print(f"  took {time.monotonic() - began:.0f} s")
    sure, *_ = SURE
    false, caught, lead = alarms[sure]
    held = told.held[:, _TENTH][told.enough[:, _TENTH]].mean()
    straight, theirs = alarms["linear"], alarms["LiteLLM"]
    return [
        Row("forecast, false alarms", false, sure, f"{straight[0]:.3f} (linear), {theirs[0]:.3f} (LiteLLM)"),
        Row("forecast, overruns warned before", caught, sure, f"{straight[1]:.3f} (linear), {theirs[1]:.3f} (LiteLLM)"),
        Row("forecast, median lead in days", lead, sure),
        Row("forecast, band of day 10 holds the end", float(held), "where it suffices"),
    ]


def _month(known: Month) -> Told:
    size = (len(known.final), _DAYS)
    fired = {rule: np.zeros(size, dtype=np.bool_) for rule in _RULES}
    expected = {rule: np.full(size, np.nan) for rule in _EXPECTED}
    enough, held = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for day in range(known.days):
        _look(known, day, fired, expected, enough, held)
    spent = known.spent[:, -known.days :].cumsum(axis=1) >= known.amount[:, None]
    crossed = np.where(spent.any(axis=1), spent.argmax(axis=1), np.nan)
    final = known.final.astype(np.float64)
    return Told(known.families, final, known.amount, crossed, fired, expected, enough, held)


def _look(
    known: Month, day: int, fired: dict[str, Bools], expected: dict[str, Floats], enough: Bools, held: Bools
) -> None:
    now, amounts, spent = known.at(day)
    zone = now.tzinfo
    assert zone is not None
    cols = columns(Calendar("month").at(now, zone), now, zone)
    assert cols is not None
    ours = forecast(amounts, spent.tolist(), cols)
    left = known.days - day - 1
    expected["ours, expected"][:, day] = [one.expected for one in ours]
    expected["LiteLLM"][:, day] = spent + spent / max(day, 1) * left
    expected["linear"][:, day] = spent / (day + 0.5) * known.days
    expected["7-day mean"][:, day] = spent + amounts[:, -8:-1].mean(axis=1) * (left + 0.5)
    enough[:, day] = [one.enough for one in ours]
    held[:, day] = [one.low <= end <= one.high for one, end in zip(ours, known.final.tolist(), strict=True)]
    open_still = spent < known.amount
    for rule, figures in expected.items():
        fired[rule][:, day] = open_still & (figures[:, day] >= known.amount)
    fired["ours, expected"][:, day] &= enough[:, day]
    chances = np.array([one.p_over(int(amount)) for one, amount in zip(ours, known.amount.tolist(), strict=True)])
    for rule, sure in SURE.items():
        fired[rule][:, day] = open_still & enough[:, day] & (chances >= sure)


def _joined(parts: Sequence[Told]) -> Told:
    def all_of(name: str) -> npt.NDArray[np.float64]:
        return np.concatenate([getattr(part, name) for part in parts])

    return Told(
        np.concatenate([part.family for part in parts]),
        all_of("final"),
        all_of("amount"),
        all_of("crossed"),
        {rule: np.concatenate([part.fired[rule] for part in parts]) for rule in _RULES},
        {rule: np.concatenate([part.expected[rule] for part in parts]) for rule in _EXPECTED},
        np.concatenate([part.enough for part in parts]),
        np.concatenate([part.held for part in parts]),
    )


def _alarms(told: Told, over: Bools) -> dict[str, tuple[float, float, float]]:
    """By rule: the share of false alarms, that of overruns caught before, and by how many days."""
    found: dict[str, tuple[float, float, float]] = {}
    print(f"  {'whole month':16s} false alarms   overruns caught before   median lead")
    for rule in _RULES:
        ever = _ever(told, rule)
        lead = float(np.median((told.crossed - told.fired[rule].argmax(axis=1))[over & ever]))
        found[rule] = float(ever[~over].mean()), float(ever[over].mean()), lead
        print(f"  {rule:16s} {found[rule][0]:12.1%}   {found[rule][1]:22.1%}   {lead:6.0f} days")
    return found


def _ever(told: Told, rule: str, day: int = _DAYS) -> Bools:
    return np.asarray(told.fired[rule][:, :day].any(axis=1))


def _days(told: Told, over: Bools) -> None:
    print(
        f"  {'by noon of day':16s}" + "".join(f"{day:>16d}" for day in _SHOWN) + "     (false alarms / caught so far)"
    )
    for rule in _RULES:
        so_far = [_ever(told, rule, day) for day in _SHOWN]
        print(f"  {rule:16s}" + "".join(f"{f'{f[~over].mean():.1%} / {f[over].mean():.1%}':>16s}" for f in so_far))


def _bands(told: Told) -> None:
    print("  where there is evidence enough    " + "".join(f"   day {day:2d}" for day in _BANDS))
    held = "".join(f"{told.held[:, d - 1][told.enough[:, d - 1]].mean():9.1%}" for d in _BANDS)
    print(f"    95 % band held the end (93-97 %)  {held}")
    for rule in _EXPECTED:
        off = [np.abs(told.expected[rule][:, d - 1] / told.final - 1)[told.enough[:, d - 1]] for d in _BANDS]
        print(f"    median error, {rule:18s}  {''.join(f'{np.median(one):9.1%}' for one in off)}")


def _families(told: Told, over: Bools) -> None:
    print(f"  {'ours by family':16s} scope-months   false alarms   caught   band at day " + ", ".join(map(str, _BANDS)))
    ever = _ever(told, _RULES[0])
    for name in FAMILIES:
        mine = told.family == name
        held = ", ".join(f"{told.held[:, d - 1][mine & told.enough[:, d - 1]].mean():.0%}" for d in _BANDS)
        false, caught = ever[mine & ~over].mean(), ever[mine & over].mean()
        print(f"  {name:16s} {mine.sum():12d}   {false:12.1%}   {caught:6.1%}   {held}")


def _speed() -> None:
    known = month(SEEDS[0])
    now, amounts, spent = known.at(14)
    zone = now.tzinfo
    assert zone is not None
    cols = columns(Calendar("month").at(now, zone), now, zone)
    assert cols is not None
    for scopes in (200, 1000):
        rows = np.resize(amounts, (scopes, amounts.shape[1]))
        so_far = np.resize(spent, scopes).tolist()
        took = []
        for _ in range(20):
            began = time.process_time()
            forecast(rows, so_far, cols)
            took.append(time.process_time() - began)
        print(f"  {scopes} scopes at once: {min(took) * 1000:.1f} ms of processor time")
