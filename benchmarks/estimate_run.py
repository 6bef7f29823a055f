"""One organisation over simulated days: pulled and estimated at noon and at midnight, each estimate kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from pydantic import SecretStr

from budgetbot.core.directory import Directory
from budgetbot.core.history import Total
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import Nano, nano
from budgetbot.core.period import Span
from budgetbot.core.pricing import PriceOf
from budgetbot.estimating import AGREE, LONG_AGO, SETTLE_AFTER, estimate
from budgetbot.prices import price_book
from budgetbot.pulling import pull
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sim.settling import Settling
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store, open_store

FIRST = datetime(2026, 3, 2, tzinfo=UTC)  # the first day that is looked at
SEEDS = range(1, 6)
NOON, MIDNIGHT = "noon, so far", "end of the day"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_COSTS = frozenset({"costs"})


@dataclass(frozen=True)
class Case:
    """`history`: days before the first that is looked at. `discount_from_first`: the contract begins on it."""

    name: str
    days: int
    history: int
    factors: tuple[tuple[str, Decimal], ...] = (("gpt-5", Decimal("1.15")),)
    discount_from_first: bool = False


STEADY = Case("steady", 60, 21)
NEW_SOURCE = Case("new source", 9, 0)
NEW_CONTRACT = Case("new contract", 9, 10, (), discount_from_first=True)


class Point(NamedTuple):
    """One estimate of one day and what became of it, in nano-dollars; `project` None: the organisation.

    `settled`: settled days of the terms that hold now. `before`: the rival that says what the day before cost.
    """

    seed: int
    project: str | None
    moment: str
    settled: int
    estimate: Nano
    low: Nano
    high: Nano
    listed: Nano
    before: Nano
    truth: Nano


class Hand:
    """A clock that shows what it was set to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@cache
def prices() -> PriceOf:
    """One price book for the process."""
    return price_book()


def organisation(case: Case, seed: int, clock: Hand) -> Organisation:
    """4 projects x 3 keys, 20 % under list."""
    return Organisation(
        seed,
        4,
        3,
        start=FIRST - case.history * _DAY,
        clock=clock,
        runaway=None,
        discount=Decimal("0.2"),
        discount_from=FIRST if case.discount_from_first else None,
        settling=Settling(),
        price_factors=dict(case.factors),
    )


def run(case: Case, seed: int) -> list[Point]:
    """Every estimate of every day."""
    clock = Hand(FIRST)
    org = organisation(case, seed, clock)
    found: list[Point] = []
    with (
        serve(org) as served,
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(f"sqlite:///{folder}/bench.db")) as store,
        closing(OpenAISource("openai", SecretStr(served.admin_key), served.base_url)) as source,
    ):
        for n in range(case.days):
            day = FIRST + n * _DAY
            for moment, hours in ((NOON, 12), (MIDNIGHT, 24)):
                clock.now = day + hours * _HOUR
                _turn(source, store, clock.now)
                found += _points(case, seed, org, store, day, moment, clock.now)
    return found


def _turn(source: OpenAISource, store: Store, now: datetime) -> None:
    errors = pull(source, store.ledger, now)
    if errors:
        raise RuntimeError(errors)
    estimate(source, store.days, prices(), now)


def _points(
    case: Case, seed: int, org: Organisation, store: Store, day: datetime, moment: str, now: datetime
) -> Iterator[Point]:
    told = _told(store, day)
    listed: dict[str | None, Nano] = {}
    for ratio in store.days.ratios("openai", day):
        if ratio.day == day:
            for key in {ratio.project, None}:
                listed[key] = listed.get(key, 0) + ratio.listed
    truth, before = _truth(org, day, now), _truth(org, day - _DAY, day)
    known = store.days.settled("openai", _COSTS, now, SETTLE_AFTER, AGREE, LONG_AGO)
    begun = FIRST if case.discount_from_first else FIRST - case.history * _DAY
    settled = sum(one >= begun for one in known)
    for project, total in truth.items():
        one = told.get(project, Total())
        past = before.get(project, 0) * ((now - day) // _HOUR) // 24
        yield Point(seed, project, moment, settled, one.spent, one.low, one.high, listed.get(project, 0), past, total)


def _told(store: Store, day: datetime) -> dict[str | None, Total]:
    span = Span(day, day + _DAY)
    history = store.ledger.history(span, Directory())
    by_project = history.group(EVERYTHING, ("project",))
    told: dict[str | None, Total] = {
        scope.parts[0].id: total
        for scope, total in zip(by_project.scopes, by_project.totals(span, "USD"), strict=True)
        if scope.parts[0].id is not None
    }
    return {**told, None: history.group(EVERYTHING).totals(span, "USD")[0]}


def _truth(org: Organisation, start: datetime, end: datetime) -> dict[str | None, Nano]:
    by_project = org.total(start, end, by="project", billed=False)
    whole = sum(by_project.values(), Decimal(0))
    return {None: nano(whole), **{project: nano(cost) for project, cost in by_project.items() if project is not None}}
