"""Exchange rates written in a line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from budgetbot.core.fx import Fx, Rate


def rates(*lines: str) -> Fx:
    """From lines such as "USD EUR 0.92 2026-11-01"."""
    return Fx(Rate(frm, to, Decimal(rate), date.fromisoformat(day)) for frm, to, rate, day in map(str.split, lines))


USD_EUR = rates("USD EUR 0.5 2026-01-01")
