"""There and back: a level is reached, somebody is paged, acknowledges in PagerDuty, and it counts here."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import time
from typing import Any

import httpx

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn
from tests.standins.pagerduty import KEY, FakePagerDuty

SECRET = "secret-of-a-subscription"
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers: [{name: pager, pagerduty: {}}]
routes: [{to: [pager]}]
"""


def tell(url: str, kind: str, key: str) -> Any:
    """As PagerDuty tells it, which knows no token of ours."""
    agent = {"id": "PLH1HKV", "type": "user_reference", "summary": "M. Lead"}
    data = {"id": "PGR0VU2", "type": "incident", "incident_key": key}
    body = json.dumps({"event": {"id": f"{kind}-1", "event_type": kind, "agent": agent, "data": data}}).encode()
    signature = "v1=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = httpx.post(f"{url}/pagerduty/webhook", content=body, headers={"x-pagerduty-signature": signature})
    assert answer.status_code == 200, answer.text
    return answer.json()["does"]


def listening(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    log = ""
    for line in process.stderr:
        log += line
        if found := re.search(r"listening=(http://\S+)", line):
            return found[1]
    raise AssertionError(log)


def test_what_is_done_in_pagerduty_counts_here(office: Inside, openai: OpenAIStandIn) -> None:
    today = int(time.time()) // 86_400 * 86_400
    openai.now = int(time.time())
    openai.rows["costs"] = {today: [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "proj_a"}]}
    office.write(POLICY)
    office.env |= {"BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_WEB_TOKEN": "a-token-that-pagerduty-lacks"}
    with FakePagerDuty() as pagerduty:
        office.env |= {"PAGERDUTY_ROUTING_KEY": KEY, "PAGERDUTY_EVENTS_URL": pagerduty.events_url}
        office.env["PAGERDUTY_WEBHOOK_SECRET"] = SECRET
        office.run("check")
        (incident,) = pagerduty.incidents
        process = office.start("run")
        try:
            url = listening(process)
            assert tell(url, "incident.acknowledged", incident.key) == "acknowledge"
            assert office.json("alerts")[0]["acknowledged_by"] == "PagerDuty: M. Lead"
            assert tell(url, "incident.resolved", incident.key) == "resolve"
        finally:
            process.terminate()
            log = process.communicate(timeout=20)[1]

        office.run("check")

    assert office.json("alerts") == []
    assert (office.json("alerts", "--all")[0]["reason"], len(pagerduty.incidents)) == ("manual", 1)
    assert "M. Lead" in log
    assert SECRET not in log
