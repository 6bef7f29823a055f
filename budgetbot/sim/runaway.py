"""A key that runs away: from some hours ago it burns a multiple of its usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from budgetbot.sim.bill import Bill
from budgetbot.sim.price import PICO
from budgetbot.sim.report import DAY, HOUR
from budgetbot.sim.roster import Roster
from budgetbot.sim.traffic import Surge, Traffic

_LARGEST: Final = 2000.0
_SHORTEST: Final = HOUR / 4


@dataclass(frozen=True, slots=True)
class Runaway:
    """Runs at `factor` times the key's mean, or more, so that the project's month has cost `reaches` dollars by now.

    It began `hours` full hours ago, or at `since`.
    """

    project: str = "research"
    key: str = "research-agent"
    hours: int = 6
    factor: float = 30.0
    reaches: Decimal = Decimal(5750)
    since: datetime | None = None

    def surge(self, roster: Roster, traffic: Traffic, now: int, factors: Mapping[str, Decimal] | None = None) -> Surge:
        """The surge in the traffic of completions; `traffic` is calm yet. KeyError if project or key is unknown."""
        project = roster.project(self.project)
        key = project.key(self.key)
        since = int(self.since.timestamp()) // HOUR * HOUR if self.since else now // HOUR * HOUR - self.hours * HOUR
        mask = np.array([stream.dimensions["api_key_id"] == key.id for stream in traffic.streams])
        month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0)
        month_start = int(month.timestamp())
        bill = Bill([traffic], factors)
        mine = np.array([cell["project_id"] == project.id for cell in bill.cells])
        spent = int(bill.amounts(month_start, now)[mine].sum()) / PICO
        hours = max(now - max(since, month_start), _SHORTEST) / HOUR
        usual = _usual(traffic, bill, mask, now // DAY)
        needed = (float(self.reaches) - spent) / usual / hours if usual else 0.0
        return Surge(mask, min(_LARGEST, max(self.factor, needed)), since)


def _usual(traffic: Traffic, bill: Bill, mask: npt.NDArray[np.bool_], day: int) -> float:
    """Dollars of a mean hour of the masked streams."""
    parts = traffic.mean_parts(day)
    counted = traffic.family.counted
    columns = [[counted.index(part) for part in component.of] for component in traffic.family.components]
    quantities = np.concatenate([parts[:, column].sum(axis=1) for column in columns])
    return float((quantities * bill.prices)[np.tile(mask, len(columns))].sum() / PICO)
