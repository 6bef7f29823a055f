"""How the bill becomes final: late, line by line, restated; other prices than the list's; and the truth beside it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sim.settling import Settling
from tests.sim.world import COSTS, DAY, TODAY, Hand, rows, seconds

HOUR = timedelta(hours=1)
START = TODAY - 10 * DAY
LATER = TODAY + 10 * DAY


def organisation(now: datetime = LATER, seed: int = 3, **options: Any) -> Organisation:
    return Organisation(seed, 3, 2, start=START, clock=Hand(now), runaway=None, **options)


def settling(now: datetime = LATER, seed: int = 3, **options: Any) -> Organisation:
    return organisation(now, seed, settling=Settling(), **options)


def lines(of: Organisation, day: datetime) -> dict[tuple[str, str], int]:
    """Picodollars of a day as billed now, by project and line item."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    begin = seconds(day)
    for cell, amount in zip(of.bill.cells, of.billed(begin, begin + 86_400)[1].tolist(), strict=True):
        sums[str(cell["project_id"]), str(cell["line_item"])] += amount
    return dict(sums)


CLOCK = Hand(LATER)
PLAIN = organisation()
SETTLING = Organisation(3, 3, 2, start=START, clock=CLOCK, runaway=None, settling=Settling())


def at(moment: datetime, day: datetime) -> dict[tuple[str, str], int]:
    """The same, of one organisation, as billed at a moment."""
    CLOCK.now = moment
    return lines(SETTLING, day)


def test_every_line_of_a_day_is_complete_between_8_and_30_hours_after_its_end() -> None:
    end = TODAY + DAY
    whole = {key: amount for key, amount in lines(PLAIN, TODAY).items() if amount}

    shown = {hours: at(end + hours * HOUR, TODAY) for hours in (-24, 8 - 1, 20, 30)}

    assert not any(shown[-24].values())
    assert sum(shown[7][key] < amount for key, amount in whole.items()) > 0.9 * len(whole)
    done = [key for key, amount in whole.items() if shown[20][key] == amount]
    assert 0.3 < len(done) / len(whole) < 0.8
    assert all(shown[30][key] in (amount, at(end + 31 * HOUR, TODAY)[key]) for key, amount in whole.items())


def test_a_line_grows_hour_by_hour_until_it_is_complete() -> None:
    seen = [at(TODAY + hours * HOUR, TODAY) for hours in range(0, 55, 6)]

    for earlier, later in pairwise(seen):
        assert all(earlier[key] <= later[key] for key in earlier)
    assert sum(seen[4].values()) < sum(seen[6].values()) < sum(seen[-1].values())


def test_keys_of_one_project_and_line_item_settle_together() -> None:
    org = settling(TODAY + 20 * HOUR)
    terms = org._settlement.terms(seconds(TODAY) // 86_400) if org._settlement else None
    assert terms is not None
    lags: dict[tuple[object, object], set[int]] = defaultdict(set)
    for cell, lag in zip(org.bill.cells, terms.lag.tolist(), strict=True):
        lags[cell["project_id"], cell["line_item"]].add(lag)

    assert all(len(some) == 1 for some in lags.values())
    assert len({lag for some in lags.values() for lag in some}) > len(lags) / 2
    assert all(8 * 3600 <= lag <= 30 * 3600 for some in lags.values() for lag in some)


def test_some_lines_are_restated_by_up_to_3_percent_between_30_and_60_hours_after_the_day() -> None:
    changes = []
    for n in range(10):
        day = START + n * DAY
        end = day + DAY
        plain, early, final = lines(PLAIN, day), at(end + 30 * HOUR, day), at(end + 60 * HOUR, day)
        assert at(LATER, day) == final
        changes += [final[key] / amount - 1 for key, amount in plain.items() if amount]
        assert early == plain

    restated = [change for change in changes if change]
    assert 0.05 < len(restated) / len(changes) < 0.15
    assert max(map(abs, restated)) == pytest.approx(0.03, abs=0.002)
    assert min(restated) < 0 < max(restated)


def test_what_settles_is_known_beforehand_and_is_the_bill_at_last() -> None:
    clock = Hand(TODAY + DAY)
    org = Organisation(3, 3, 2, start=START, clock=clock, runaway=None, settling=Settling())
    foreseen = org.total(START, TODAY + DAY, by="line_item", billed=False)
    shown = org.total(START, TODAY + DAY, by="line_item")
    noon = org.total(TODAY, TODAY + DAY / 2, billed=False)
    clock.now = LATER

    with serve(org) as address:
        headers = {"Authorization": f"Bearer {address.admin_key}"}
        with httpx.Client(base_url=address.base_url, headers=headers) as client:
            window = {"start_time": seconds(START), "end_time": seconds(TODAY + DAY), "limit": 31}
            served: dict[str, Decimal] = defaultdict(Decimal)
            for row in rows(client, COSTS, **window, group_by="line_item"):
                served[row["line_item"]] += row["amount"]["value"]

    settled = org.total(START, TODAY + DAY, by="line_item")
    assert foreseen == settled == {key: value for key, value in served.items() if value}
    assert sum(shown.values()) < sum(settled.values())
    assert noon == org.total(TODAY, TODAY + DAY / 2)


def test_the_same_seed_settles_alike_and_another_seed_does_not() -> None:
    moment = TODAY + 20 * HOUR
    one, again, other = (settling(moment, seed).total(START, moment) for seed in (3, 3, 4))

    assert one == again != other


def test_a_model_may_be_billed_off_its_list_price() -> None:
    listed = organisation().total(START, TODAY, by="line_item")
    dearer = organisation(price_factors={"gpt-5": Decimal("1.15")}).total(START, TODAY, by="line_item")

    assert dearer["gpt-5, output"] == listed["gpt-5, output"] * Decimal("1.15")
    assert dearer["gpt-5-mini, output"] == listed["gpt-5-mini, output"]
    with pytest.raises(ValueError, match="no prices of gpt-6"):
        organisation(price_factors={"gpt-6": Decimal(2)})


def test_a_contract_may_begin_on_a_day() -> None:
    first = TODAY - 3 * DAY
    listed = organisation()
    cheaper = organisation(discount=Decimal("0.2"), discount_from=first)

    (before,), (after,) = (cheaper.total(s, e).values() for s, e in ((START, first), (first, TODAY)))

    assert before == listed.total(START, first)[None]
    assert after == listed.total(first, TODAY)[None] * Decimal("0.8")
    assert cheaper.total(START, TODAY)[None] == before + after
