"""Use that is limited in counts, from the simulated organisation to the message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES, Queries
from budgetbot.chat.telling.reply import budgets_text
from budgetbot.cycle import Parts, turn
from budgetbot.policy.load import load_policy
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MONTH = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = """
version: 1
usage_budgets:
  - name: images
    metric: images
    amount: {amount}
    period: month
    thresholds:
      - {{at: 50%, severity: info}}
      - {{at: 80%, severity: warning}}
receivers:
  - {{name: inbox, console: {{}}}}
routes:
  - {{to: [inbox]}}
"""


@pytest.fixture
def organisation() -> Organisation:
    return Organisation(seed=3, projects=6, keys_per_project=4, start=datetime(2026, 11, 10, tzinfo=UTC), clock=now)


def now() -> datetime:
    return NOW


@pytest.fixture
def source(organisation: Organisation, sqlite_store: Store) -> Iterator[OpenAISource]:
    with serve(organisation) as sim:
        key, memory = SecretStr(sim.admin_key), sqlite_store.ledger.memory("openai")
        with closing(OpenAISource("openai", key, sim.base_url, memory=memory)) as made:
            yield made


def images_made(organisation: Organisation) -> int:
    """Ground truth: all images of this month."""
    traffic = organisation.traffics["images"]
    flow = traffic.flow(int(MONTH.timestamp()), int(NOW.timestamp()))
    return int(flow[:, traffic.family.counted.index("images")].sum())


def test_an_images_budget_fires_once_and_counts_what_the_provider_counts(
    organisation: Organisation, source: OpenAISource, sqlite_store: Store, tmp_path: Path
) -> None:
    made = images_made(organisation)
    file, inbox, clock = tmp_path / "policy.yaml", Inbox("inbox"), Clock(NOW)
    file.write_text(POLICY.format(amount=made * 100 // 84))
    parts = Parts(sqlite_store, load_policy(file, REGISTRIES), [source], {"inbox": inbox})

    assert turn(parts, clock).errors == ()
    clock.now += timedelta(minutes=5)
    turn(parts, clock)

    (message,) = inbox.messages
    used = f"{made:,} of {made * 100 // 84:,} images"
    whole = f"{used} (84 %)"
    assert message.summary.startswith(f"Warning: images {used}, full Sun 22 Nov ")
    assert message.summary.endswith("; 84 %, Nov 2026; 80% of images")
    assert f"images has passed 80%: {whole} in Nov 2026." in message.lead
    assert ("Used", whole) in message.facts
    assert message.drivers
    assert all(" images (" in driver and "$" not in driver for driver in message.drivers[:3])

    rows = Queries(parts, clock).budgets()
    assert {key: rows[0][key] for key in ("name", "currency", "metric", "spent", "state")} == {
        "name": "images", "currency": None, "metric": "images", "spent": str(made), "state": "firing",
    }  # fmt: skip
    assert whole.partition(" (")[0] in budgets_text(rows, NOW)
    (alert,) = [row for row in Queries(parts, clock).alerts() if row["level"] == "80%"]
    drivers = alert["drivers"]
    assert isinstance(drivers, list)
    assert all(isinstance(driver, dict) and str(driver["amount"]).isdigit() for driver in drivers)
