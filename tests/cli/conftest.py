"""An installation that has read a simulated organisation, alerted and written a digest; every test has its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from budgetbot.sim.api import ADMIN_KEY
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from tests.standins.inside import Inside
from tests.standins.openai import KEY, OpenAIStandIn

POLICY = """
version: 1
budgets:
  - name: research-monthly
    match: {project: research}
    amount: 50
    period: month
    thresholds: [{at: 50%, severity: info}, {at: 80%, severity: warning}, {at: 100%, severity: critical}]
  - {name: each-key, each: [api_key], amount: 500, period: month, thresholds: [{at: $0.01, severity: info}]}
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [screen]}]
"""


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """Its database."""
    folder, now = tmp_path_factory.mktemp("seeded"), datetime.now(UTC)
    organisation = Organisation(seed=3, projects=2, keys_per_project=2, history_days=20, clock=lambda: now)
    shutil.copyfile(migrated_file, folder / "budgetbot.db")
    with serve(organisation) as served:
        bot = Inside(folder, POLICY, {"OPENAI_ADMIN_KEY": ADMIN_KEY, "OPENAI_BASE_URL": served.base_url})
        bot.run("check")
        bot.run("digest")
    return folder / "budgetbot.db"


@pytest.fixture
def bot(tmp_path: Path, seeded: Path) -> Inside:
    """What was read, with no provider to read more from."""
    shutil.copyfile(seeded, tmp_path / "budgetbot.db")
    return Inside(tmp_path, POLICY, {})


@pytest.fixture
def new(tmp_path: Path) -> Inside:
    """An installation that has done nothing yet."""
    return Inside(tmp_path, POLICY, {})


@pytest.fixture
def openai(bot: Inside) -> Iterator[OpenAIStandIn]:
    """A provider that `bot` reads from, with nothing to tell."""
    with OpenAIStandIn(int(datetime.now(UTC).timestamp())) as standin:
        bot.env |= {"OPENAI_ADMIN_KEY": KEY, "OPENAI_BASE_URL": standin.url}
        yield standin
