"""The demo, as somebody sees it who has nothing but a clone."""

from __future__ import annotations

import re
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.standins.bot import Bot
from tests.standins.inside import Inside
from tests.standins.slack import TOKEN, FakeSlack

TO_SLACK = """
version: 1
budgets:
  - name: research-monthly
    match: {project: research}
    amount: 50
    period: month
    thresholds: [{at: 50%, severity: info}]
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [ml-slack]}]
"""


def shows_the_main_job(said: str) -> None:
    alert, _, digest = said.partition("A second look sends 0 messages")
    assert "[CRITICAL] research-monthly reached 100%" in alert
    assert "Driven by\n  - api key research-agent" in alert
    assert re.search(r"research-agent: \$[\d,]+ in .+, usually \$[\d.]+ \(model gpt-5, owner ml-lead@", alert)
    assert "██████" in digest
    assert "Open alerts" in digest
    assert "Where to look next" in digest


def test_in_an_empty_folder_an_alert_and_a_digest_are_shown_within_half_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    bot = Bot(folder, "", {"TMPDIR": str(tmp_path)})
    shutil.rmtree(bot.policies)

    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime  # not of what others do meanwhile
    shows_the_main_job(bot.run("demo"))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began < 30
    assert list(folder.iterdir()) == []

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    again = Inside(tmp_path, "", {})
    shutil.rmtree(again.policies)
    shows_the_main_job(again.run("demo"))


def test_its_simulated_breach_wakes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with FakeSlack() as slack:
        said = Inside(tmp_path, TO_SLACK, {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url}).run("demo")

        assert slack.calls == []
    assert "[INFO] research-monthly reached 50%" in said
