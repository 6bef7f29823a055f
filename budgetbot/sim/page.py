"""Pages of reports as JSON text. Amounts are written as exact decimals, which no float could hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, TypeAlias

import numpy as np

from budgetbot.sim.bill import dollars
from budgetbot.sim.cursor import cursor
from budgetbot.sim.grouping import Grouping
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.price import PICO
from budgetbot.sim.query import Query
from budgetbot.sim.report import Report

Rows: TypeAlias = Callable[[int, int], Iterator[str]]

MOST_COST_BUCKETS: Final = 31  # whatever limit was accepted, a page of costs holds no more


def usage_page(organisation: Organisation, report: Report, query: Query) -> str:
    """A page of a usage report."""
    now = organisation.now()
    traffic = organisation.traffics.get(report.name)
    if traffic is None:
        return _page(query, query.limit, now, lambda start, end: iter(()))
    plan = organisation.grouped(report.name, query.group_by, query.filters)
    columns = [[traffic.family.counted.index(part) for part in parts] for parts in report.measures.values()]
    form = f'{{"object":"{report.object}",' + ",".join(f'"{name}":%d' for name in report.measures)
    tails = _tails(report, query, plan)

    def rows(start: int, end: int) -> Iterator[str]:
        end = min(end, now)
        counts = plan.sums(traffic.level(end) if report.level else traffic.flow(start, end))
        used = counts[:, 0].tolist()
        values = np.stack([counts[:, column].sum(axis=1) for column in columns], axis=1).tolist()
        scale = 1 << 20 if report.level else 1
        for use, row, tail in zip(used, values, tails, strict=True):
            if use:
                yield form % tuple(value * scale for value in row) + tail

    return _page(query, query.limit, now, rows)


def costs_page(organisation: Organisation, report: Report, query: Query, *, string_amounts: bool) -> str:
    """A page of the costs; a line that was used but is free is there, with an amount of zero."""
    plan = organisation.grouped(report.name, query.group_by, query.filters)
    tails = _tails(report, query, plan)
    components = [organisation.bill.components[member] for member in plan.first]
    itemised = "line_item" in query.group_by

    def rows(start: int, end: int) -> Iterator[str]:
        quantities, picodollars = organisation.billed(start, end)
        counted, amounts = plan.sums(quantities).tolist(), plan.sums(picodollars).tolist()
        discount = organisation.discount_at(start)
        for count, amount, component, tail in zip(counted, amounts, components, tails, strict=True):
            if count:
                value = _amount(amount, discount, string_amounts)
                unit = json.dumps(component.unit) if itemised else "null"
                quantity = _quantity(count, component.per) if itemised else "null"
                yield (
                    f'{{"object":"{report.object}","amount":{{"value":{value},"currency":"usd"}}'
                    f',"quantity":{quantity},"quantity_unit":{unit}{tail}'
                )

    return _page(query, min(query.limit, MOST_COST_BUCKETS), organisation.now(), rows)


def _page(query: Query, limit: int, now: int, rows: Rows) -> str:
    """Buckets up to now and the query's end; the first one and the last one may be cut."""
    last = now if query.end is None else min(query.end, now)
    start, buckets = query.first, list[str]()
    while start < last and len(buckets) < limit:
        edge = (start // query.width + 1) * query.width
        end = edge if query.end is None else min(edge, query.end)
        results = ",".join(rows(start, end))
        buckets.append(f'{{"object":"bucket","start_time":{start},"end_time":{end},"results":[{results}]}}')
        start = end
    more = start < last
    following = json.dumps(cursor(start, query.mark)) if more else "null"
    return f'{{"object":"page","data":[{",".join(buckets)}],"has_more":{json.dumps(more)},"next_page":{following}}}'


def _tails(report: Report, query: Query, plan: Grouping) -> list[str]:
    """The dimensions of each group as the end of its JSON object: null where not grouped."""
    tails = []
    for label in plan.labels:
        values = dict(zip(query.group_by, label, strict=True))
        tails.append("".join(f',"{name}":{json.dumps(values.get(name))}' for name in report.groups) + "}")
    return tails


def _amount(pico: int, discount: Decimal, as_string: bool) -> str:
    """An exact JSON number, or the long string that is seen on the wire as well."""
    text = f"{dollars(pico, discount):f}" if discount else f"{pico // PICO}.{pico % PICO:012d}"
    if as_string:
        return f'"{text}0000"'
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def _quantity(count: int, per: int) -> str:
    return str(count) if per == 1 else f"{Decimal(count) / per:f}"
