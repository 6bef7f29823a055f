"""A ledger of a million rows: 400 days of 25 projects x 10 keys x 5 models x 2 line items, saved as a pull saves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from budgetbot.core.model import Bucket, CostLine, Entity, Series, UsageRow
from budgetbot.store import Store

PROJECTS, KEYS, MODELS, ITEMS = 25, 10, 5, ("input", "output")
DAYS, USED_DAYS = 400, 70
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCE = "openai"
LAG, DAY = timedelta(hours=24), timedelta(days=1)
TODAY = NOW.replace(hour=0)
POLICY = """
version: 1
defaults: {timezone: UTC, currency: USD}
labels:
  - set: {team: unassigned}
  - match: {project: "research*"}
    set: {team: research, owner: research-lead@example.com}
  - match: {project: "product*"}
    set: {team: product, owner: product-lead@example.com}
  - match: {project: "product*", api_key: "ci-*"}
    set: {team: builds}
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""


def series(keys: int = KEYS) -> list[Series]:
    """Every combination that spends."""
    return [
        Series("openai", SOURCE, f"proj_{p:02}", f"key_{p:02}_{k}", None, f"gpt-{m}", f"gpt-{m}, {item}")
        for p in range(PROJECTS)
        for k in range(keys)
        for m in range(MODELS)
        for item in ITEMS
    ]


def fill(store: Store) -> int:
    """Save names, a bill for each day, and use for the last ones. How many lines of the bill."""
    every, draw = series(), np.random.default_rng(7)
    usual = draw.lognormal(12, 1.0, len(every))
    store.ledger.save_entities(SOURCE, _names(), NOW)
    saved = 0
    for day in range(DAYS):
        amounts = usual * draw.lognormal(0, 0.3, len(every))
        start = TODAY - day * DAY
        saved += store.ledger.save(SOURCE, bill(every, amounts, start), NOW, LAG)
        if day < USED_DAYS:
            store.ledger.save(SOURCE, _use(every, amounts, start), NOW, LAG)
    for report in ("costs", "completions"):
        store.ledger.walk_done(SOURCE, report, NOW, NOW)
    return saved


def bill(every: Sequence[Series], micro_dollars: npt.NDArray[np.float64], start: datetime) -> Bucket:
    """One day's bucket: an amount for each series."""
    amounts = micro_dollars.astype(np.int64).tolist()
    lines = (CostLine(one, Decimal(amount).scaleb(-6), "USD") for one, amount in zip(every, amounts, strict=True))
    return Bucket("costs", start, start + DAY, tuple(lines))


def _use(every: Sequence[Series], micro_dollars: npt.NDArray[np.float64], start: datetime) -> Bucket:
    rows = []
    for one, amount in zip(every[::2], micro_dollars.astype(np.int64)[::2].tolist(), strict=True):
        metrics = {"input_tokens": 7 * amount, "output_tokens": amount, "requests": amount // 1000}
        rows.append(UsageRow(one._replace(line_item=None), metrics))
    return Bucket("completions", start, start + DAY, usage=tuple(rows))


def _names() -> list[Entity]:
    """In each project one key is called as the project is."""
    found = []
    for p in range(PROJECTS):
        project = f"{('research', 'product', 'web')[p % 3]}-{p:02}"
        found.append(Entity(SOURCE, "project", f"proj_{p:02}", project))
        names = [f"{'ci' if k % 5 == 0 else 'app'}-{p:02}-{k}" for k in range(1, KEYS)]
        found += [Entity(SOURCE, "api_key", f"key_{p:02}_{k}", name) for k, name in enumerate([project, *names])]
    return found
