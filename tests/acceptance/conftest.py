"""A whole world on loopback: a simulated organisation, a strict Slack, and budgetbot as a process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from budgetbot.sim.api import ADMIN_KEY
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from tests.standins.bot import Bot
from tests.standins.inside import Inside
from tests.standins.openai import KEY, OpenAIStandIn, at
from tests.standins.openai_rules import ENDPOINTS
from tests.standins.slack import TOKEN, FakeSlack

POLICY = """
version: 1
budgets:
  - name: research-monthly
    match: {project: research}
    amount: 50
    period: month
    thresholds:
      - {at: 50%, severity: info}
      - {at: 80%, severity: warning}
      - {at: 100%, severity: critical}
receivers:
  - {name: ml-slack, slack: {channel: "#general"}}
routes:
  - {to: [ml-slack]}
"""


@pytest.fixture
def organisation() -> Organisation:
    """It stands still, so that what is read twice is the same twice."""
    now = datetime.now(UTC)
    return Organisation(seed=3, projects=3, keys_per_project=2, history_days=40, clock=lambda: now)


@pytest.fixture
def provider(organisation: Organisation) -> Iterator[str]:
    with serve(organisation) as server:
        yield server.base_url


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as workspace:
        workspace.start = int(time.time())
        yield workspace


@pytest.fixture
def bot(tmp_path: Path, provider: str, slack: FakeSlack) -> Bot:
    env = {
        "OPENAI_ADMIN_KEY": ADMIN_KEY,
        "OPENAI_BASE_URL": provider,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_API_URL": slack.url,
    }
    return Bot(tmp_path, POLICY, env)


@pytest.fixture
def openai() -> Iterator[OpenAIStandIn]:
    """An OpenAI whose bill a test writes; it offers nothing but the bill."""
    with OpenAIStandIn(at("2026-11-20T12:00")) as standin:
        standin.absent = {path for path in ENDPOINTS if path != "/organization/costs"}
        yield standin


@pytest.fixture
def office(tmp_path: Path, openai: OpenAIStandIn, slack: FakeSlack, migrated_file: Path) -> Inside:
    """budgetbot on that bill, telling that Slack, with a database that stands."""
    env = {
        "OPENAI_ADMIN_KEY": KEY,
        "OPENAI_BASE_URL": openai.url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_API_URL": slack.url,
    }
    shutil.copyfile(migrated_file, tmp_path / "budgetbot.db")
    return Inside(tmp_path, POLICY, env)
