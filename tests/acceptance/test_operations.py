"""`budgetbot run` looked at from outside: its metrics, its readiness, and its sign of life."""

from __future__ import annotations

import json
import signal
import time

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.standins.inside import Inside
from tests.standins.monitor import FakeMonitor
from tests.standins.openai import OpenAIStandIn
from tests.standins.running import Running, wait_for
from tests.standins.slack import FakeSlack

TOKEN = "a-long-random-text"
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
"""


def metrics(running: Running) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its label values, in the order of the labels' names."""
    told = httpx.get(f"{running.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)
    return {
        (sample.name.removeprefix("budgetbot_"), *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


def test_a_bot_that_works_shows_it_to_whoever_watches_it(
    office: Inside, openai: OpenAIStandIn, slack: FakeSlack
) -> None:
    began = int(time.time())
    openai.now = began
    spent = [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "proj_a"}]
    openai.rows["costs"] = {began // 86_400 * 86_400: spent}
    office.write(POLICY)
    office.env |= {"BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_PULL_INTERVAL": "1s", "BUDGETBOT_WEB_TOKEN": TOKEN}
    with FakeMonitor() as monitor:
        office.env["BUDGETBOT_HEARTBEAT_URL"] = monitor.check_url
        running = Running(office.start("run"))
        try:
            wait_for(lambda: len(monitor.pulse) >= 2)
            found = metrics(running)
            assert httpx.get(f"{running.url}/metrics", timeout=5).status_code == 401
            assert json.loads(running.get("/readyz"))["wrong"] == []
        finally:
            code, _ = running.end(signal.SIGTERM)

    assert code == 0
    assert set(monitor.pulse) == {""}
    assert found["lease_held",] == 1
    assert found["budget_used_ratio", "monthly", ""] == 0.6
    assert found["alerts", "warning", "firing"] == 1
    assert found["notifications_total", "first", "ml-slack", "sent"] == 1
    assert found["outbox_pending", "ml-slack"] == 0
    done = [found["last_success_timestamp_seconds", job] for job in ("pull", "evaluate", "deliver")]
    known = found["source_pulled_timestamp_seconds", "costs", "openai"]
    assert all(began <= at <= time.time() for at in (*done, known))
