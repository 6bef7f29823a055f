"""The bill alone as a History: what was billed as known at one moment, and nothing estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.estimate import Billed
from budgetbot.core.history import Facts, History, Ints
from budgetbot.core.instant import micros


def bill_history(lines: Sequence[Billed], directory: Directory) -> History:
    """The lines as columns. It knows no watermarks: how fresh it was is not remembered."""
    series = list(dict.fromkeys(line.series for line in lines))
    currencies = sorted({line.currency for line in lines})
    numbers, codes = ({value: i for i, value in enumerate(values)} for values in (series, currencies))
    amounts = _ints(line.amount for line in lines)
    facts = Facts(
        series=_ints(numbers[line.series] for line in lines),
        start=_ints(micros(line.start) for line in lines),
        end=_ints(micros(line.end) for line in lines),
        currency=_ints(codes[line.currency] for line in lines),
        billed=amounts,
        estimated=np.zeros_like(amounts),
        low=amounts,
        high=amounts,
    )
    return History(series, currencies, facts, (), directory)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
