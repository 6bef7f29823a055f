"""`budgetbot run` while its policy files are edited: changes take effect, mistakes are told of, nothing stops."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn
from tests.standins.running import Running, wait_for
from tests.standins.slack import FakeSlack

POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 1000, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
"""
LOWERED = POLICY.replace("amount: 1000", "amount: 100")
WRONG = POLICY.replace("amount: 1000", "amount: nonsense")


class Living(Running):
    """A `budgetbot run` whose log is read while it works."""

    def __init__(self, office: Inside, slack: FakeSlack) -> None:
        self.office = office
        self.slack = slack
        super().__init__(office.start("run"))
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line

    def kill(self) -> None:
        self.process.kill()
        self._reader.join()
        self.process.communicate()

    def texts(self) -> list[str]:
        return [message["text"] for message in self.slack.messages]

    def hears(self, words: str) -> None:
        wait_for(lambda: any(words in text for text in self.texts()))

    def logs(self, words: str, times: int = 1) -> None:
        wait_for(lambda: self.log.count(words) >= times)

    def hangup(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def hash(self) -> str:
        return str(json.loads(self.get("/readyz"))["policy"])

    def edit(self, policy: str) -> None:
        """Save it and say so."""
        self.office.write(policy)
        self.hangup()


@pytest.fixture
def living(office: Inside, openai: OpenAIStandIn, slack: FakeSlack) -> Iterator[Living]:
    """$60 are spent today; a turn by the clock is far away."""
    today = int(time.time()) // 86_400 * 86_400
    openai.now = int(time.time())
    openai.rows["costs"] = {today: [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "proj_a"}]}
    office.env |= {"BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_PULL_INTERVAL": "1h"}
    office.write(POLICY)
    running = Living(office, slack)
    running.logs("] turn ")
    yield running
    running.kill()


def test_a_lowered_amount_leads_to_an_alert_within_seconds(living: Living) -> None:
    before = living.hash()
    assert f"hash={before}" in living.log

    living.office.write(LOWERED)

    living.hears("monthly has passed 50%")
    assert living.hash() != before
    assert f"hash={living.hash()}" in living.log
    assert '"amount":"100.00"' in living.get("/api/v1/budgets")


def test_wrong_files_are_told_of_while_the_last_good_ones_stay_in_force_until_they_are_mended(
    living: Living, openai: OpenAIStandIn
) -> None:
    before = living.hash()
    living.office.write(WRONG)

    living.hears("To be mended: ")
    assert "policy.yaml:4" in living.slack.messages[0]["text"] + str(living.slack.messages[0]["blocks"])
    assert living.log.count("policy refused") == 1
    assert living.get("/healthz") == '{"status":"ok"}'
    assert living.hash() == before
    (alert,) = json.loads(living.get("/api/v1/alerts"))
    assert (alert["rule"], alert["kind"], alert["evidence"]["hash"]) == ("policy-reload", "policy", before)

    openai.rows["costs"][max(openai.rows["costs"])][0]["amount"]["value"] = "600.00"
    living.edit(WRONG.replace("50%", "half of it"))
    living.hears("monthly has passed 50%")

    living.edit(POLICY)
    living.hears("What the policy files say is in force: ")
    wait_for(lambda: [a["rule"] for a in json.loads(living.get("/api/v1/alerts"))] == ["monthly"])


def test_a_hangup_reads_the_files_again_and_ends_nothing(living: Living) -> None:
    living.hangup()
    living.logs("policy unchanged")

    living.edit(LOWERED)
    living.hears("monthly has passed 50%")
    for _ in range(20):  # those that come at once are one
        living.hangup()
    living.logs("policy unchanged", times=2)
    assert living.get("/healthz") == '{"status":"ok"}'
    assert living.end()[0] == 0


def test_a_receiver_that_is_added_hears_the_next_alert(living: Living) -> None:
    living.slack.add_channel("C0OPS", "ops")
    added = 'receivers: [{name: ops-slack, slack: {channel: "#ops"}}, '
    policy = LOWERED.replace("receivers: [", added).replace("to: [ml-slack]", "to: [ml-slack, ops-slack]")

    living.office.write(policy)

    wait_for(lambda: len(living.texts()) == 2)
    assert {message["channel"] for message in living.slack.messages} == {"C0GENERAL", "C0OPS"}


def test_an_editor_that_saves_in_two_steps_makes_no_noise(living: Living) -> None:
    file = living.office.policies / "policy.yaml"
    for _ in range(3):
        file.write_text(LOWERED[:90])
        time.sleep(0.1)
        file.unlink()
        time.sleep(0.1)
        file.write_text(LOWERED)

    living.hears("monthly has passed 50%")
    assert len(living.texts()) == 1
    assert "refused" not in living.log
