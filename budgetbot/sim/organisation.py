"""The simulated organisation: who is there, what they use, what it costs; a pure function of its seed and the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import numpy as np

from budgetbot.sim.bill import Bill, dollars
from budgetbot.sim.family import FAMILIES
from budgetbot.sim.grouping import Grouping, grouping
from budgetbot.sim.report import DAY, MINUTE
from budgetbot.sim.roster import Roster, enrol
from budgetbot.sim.runaway import Runaway
from budgetbot.sim.settling import Settlement, Settling
from budgetbot.sim.stream import Dimensions, streams
from budgetbot.sim.traffic import Counts, Traffic

Clock: TypeAlias = Callable[[], datetime]
Dimension: TypeAlias = Literal["project", "api_key", "user", "line_item"]

_FIELDS: Final[dict[Dimension, str]] = {
    "project": "project_id",
    "api_key": "api_key_id",
    "user": "user_id",
    "line_item": "line_item",
}


_NEVER: Final = 2**62  # later than any moment


def utc_now() -> datetime:
    return datetime.now(UTC)


class Organisation:
    """An organisation with `projects` x `keys_per_project` keys, and a few oddities beyond them.

    `start` is where its history begins: `history_days` before today unless given. `bill_lag` is how late use appears
    in the costs; `discount` (a fraction) is taken off them, for use from the midnight `discount_from` on where that is
    given; all three may be changed while it is served. `settling` adds to the lag, line by line, and restates.
    `price_factors`: by model or tool, what its list prices are multiplied by. With `decisions` there is use of the
    newest report too. `runaway=None` keeps every key calm.
    """

    def __init__(
        self,
        seed: int = 1,
        projects: int = 6,
        keys_per_project: int = 4,
        history_days: int = 90,
        *,
        start: datetime | None = None,
        clock: Clock = utc_now,
        runaway: Runaway | None = Runaway(),  # noqa: B008 - frozen
        bill_lag: timedelta = timedelta(0),
        discount: Decimal = Decimal(0),
        discount_from: datetime | None = None,
        settling: Settling | None = None,
        price_factors: Mapping[str, Decimal] | None = None,
        decisions: bool = False,
    ) -> None:
        self.clock = clock
        self.bill_lag = bill_lag
        self.discount = discount
        self.discount_from = discount_from
        today = clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.start = start or today - timedelta(days=history_days)
        self.roster: Roster = enrol(seed, projects, keys_per_project, self.start, today)
        self.traffics = self._calm(seed, decisions=decisions)
        self.runaway_since: datetime | None = None
        if runaway:
            self._let_run(runaway, price_factors)
        self.bill = Bill(tuple(self.traffics.values()), price_factors)
        self._settlement = Settlement(settling, seed, self.bill.cells) if settling else None
        self.grouped = lru_cache(maxsize=256)(self._grouped)

    def now(self) -> int:
        """The clock's moment in Unix seconds, down to the minute: numbers move once a minute."""
        return int(self.clock().timestamp()) // MINUTE * MINUTE

    def billed_until(self) -> int:
        """Use before this moment (Unix seconds) has reached the bill."""
        return self.now() - int(self.bill_lag.total_seconds())

    def discount_at(self, start: int) -> Decimal:
        """What is taken off the use of the day that begins at `start` (Unix seconds)."""
        late = self.discount_from is not None and start < int(self.discount_from.timestamp())
        return Decimal(0) if late else self.discount

    def billed(self, start: int, end: int, *, final: bool = False) -> tuple[Counts, Counts]:
        """Quantities and picodollars (no discount) of every cell, of one UTC day, as far as the bill shows them yet.

        `final`: all that was used, as it will stand on the bill.
        """
        shown = self.now() if final else self.billed_until()
        if self._settlement is None or final:
            quantities = self.bill.quantities(start, max(start, min(end, shown)))
        else:
            ends = np.minimum(end, shown - self._settlement.terms(start // DAY).lag)
            quantities = self.bill.quantities_until(start, ends)
        amounts = quantities * self.bill.prices
        if self._settlement is not None:
            terms = self._settlement.terms(start // DAY)
            amounts = terms.restated(amounts, _NEVER if final else shown)
        return quantities, amounts

    def total(
        self, start: datetime, end: datetime, by: Dimension | None = None, *, billed: bool = True
    ) -> dict[str | None, Decimal]:
        """Ground truth in dollars: what was spent from `start` until `end` (or now), by the id of a dimension.

        Without `by`, one entry under None. `billed=False` counts what the bill does not show yet, as it will settle.
        """
        until = min(int(end.timestamp()), self.now())
        sums: defaultdict[str | None, Decimal] = defaultdict(Decimal)
        for discount, amounts in self._by_discount(int(start.timestamp()), until, final=not billed).items():
            for cell, amount in zip(self.bill.cells, amounts.tolist(), strict=True):
                value = cell.get(_FIELDS[by]) if by else None
                if amount:
                    sums[str(value) if value is not None else None] += dollars(amount, discount)
        return dict(sums)

    def _by_discount(self, start: int, end: int, *, final: bool) -> dict[Decimal, Counts]:
        found: dict[Decimal, Counts] = {}
        for begin, finish in _days(max(start, int(self.start.timestamp())), end):
            discount, amounts = self.discount_at(begin), self.billed(begin, finish, final=final)[1]
            found[discount] = found[discount] + amounts if discount in found else amounts
        return found

    def _calm(self, seed: int, *, decisions: bool) -> dict[str, Traffic]:
        every = streams(self.roster, seed, decisions=decisions)
        opens = int(self.start.timestamp())
        traffics = {}
        for place, family in enumerate(FAMILIES):
            mine = [stream for stream in every if stream.family == family.name]
            if mine:
                traffics[family.name] = Traffic(family, mine, (seed, place), opens)
        return traffics

    def _let_run(self, runaway: Runaway, price_factors: Mapping[str, Decimal] | None) -> None:
        calm = self.traffics["completions"]
        surge = runaway.surge(self.roster, calm, self.now(), price_factors)
        self.traffics["completions"] = calm.surging(surge)
        self.runaway_since = datetime.fromtimestamp(surge.since, UTC)

    def _grouped(
        self, family: str, group_by: tuple[str, ...], filters: tuple[tuple[str, frozenset[str | bool]], ...]
    ) -> Grouping:
        rows: list[Dimensions] = (
            self.bill.cells if family == "costs" else [stream.dimensions for stream in self.traffics[family].streams]
        )
        return grouping(rows, group_by, dict(filters))


def _days(start: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch of time cut at every midnight."""
    while start < end:
        finish = min((start // DAY + 1) * DAY, end)
        yield start, finish
        start = finish
