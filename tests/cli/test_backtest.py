"""policies backtest: text, JSON and Markdown, two policies side by side, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.cli.backtest_text import escaped, markdown, text
from budgetbot.core.directory import Directory
from budgetbot.core.match import Match
from budgetbot.core.model import Entity
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.policy.backtest import Backtest, backtest
from budgetbot.policy.backtest_difference import difference
from budgetbot.policy.policy import Policy, Route
from budgetbot.rules.budget import Budget
from tests.standins.inside import Inside
from tests.standins.past import Change, past
from tests.standins.spend import series, utc

SINCE = f"{datetime.now(UTC) - timedelta(days=25):%Y-%m-%d}"
DAY = timedelta(days=1)
HOSTILE = "`a`|<b>@octo\n#1 http://x.example [l](u) **b**"
SNAPSHOTS = Path(__file__).parent / "snapshots"


def ran(*levels: str) -> Backtest:
    """Two projects in November, one of them with a hostile name."""
    days = (("p1", 3, 60), ("p1", 20, 70), ("p2", 4, 90))
    changes = [
        Change(utc(f"2026-11-{day:02}") + DAY, series(who), utc(f"2026-11-{day:02}"), dollars * NANO)
        for who, day, dollars in days
    ]
    names = Directory([Entity("openai", "project", "p2", HOSTILE)])
    thresholds = [{"at": at, "severity": "warning"} for at in levels]
    rule = Budget.model_validate(
        {"name": "each", "each": ["project"], "amount": 100, "period": "month", "thresholds": thresholds}
    )
    policy = Policy(rules=(rule,), routes=(Route(Match(), ("team",)),), hash="h1")
    return backtest(policy, past(changes, directory=names), Span(utc("2026-11-01"), utc("2026-12-01")))


def snapshot(name: str) -> list[str]:
    return (SNAPSHOTS / name).read_text().splitlines()


def test_the_text_is_plain_and_aligned() -> None:
    assert text(ran("80%", "100%"), None).splitlines() == snapshot("backtest.txt")


def test_the_markdown_of_a_comparison_has_a_headline_tables_and_the_alerts_folded_away() -> None:
    before, after = ran("100%"), ran("25%", "80%", "100%")

    assert markdown(after, difference(before, after)).splitlines() == snapshot("backtest.md")


@pytest.mark.parametrize("name", ["a|b", "`x`", "<img src=x>", "@octo", "a\nb", "#12", "[l](u)", "**b**", "http://x.y"])
def test_no_name_is_markup_a_link_or_a_mention(name: str) -> None:
    shown = escaped(name)

    inside = shown.removeprefix("<code>").removesuffix("</code>").replace("&#8203;", "")
    assert not set("|`<>@\n[]()*:") & set(inside)
    assert inside.replace("&#", "").count("#") == 0


def test_the_json_of_a_run_over_the_ledger(bot: Inside) -> None:
    found = bot.json("policies", "backtest", "--since", SINCE)

    assert found["since"] == f"{SINCE}T00:00:00Z"
    assert found["against"] is None
    assert [rule["rule"] for rule in found["rules"]] == ["research-monthly", "each-key", "quiet-source"]
    fired = [one for rule in found["rules"] for one in rule["fired"]]
    assert len(fired) == found["total"]["alerts"] > 0
    assert fired[0].keys() >= {"id", "at", "by", "ids", "level", "severity", "period", "told", "noise"}


def test_the_same_data_and_policy_print_the_same_bytes(bot: Inside) -> None:
    until = f"{datetime.now(UTC):%Y-%m-%d}"
    asked = ("policies", "backtest", "--since", SINCE, "--until", until)

    assert bot.run(*asked) == bot.run(*asked) != ""


def test_more_alerts_than_allowed_exit_1_and_all_is_printed(bot: Inside) -> None:
    code, out, err = bot.call("policies", "backtest", "--since", SINCE, "--max-alerts", "0")

    assert code == 1
    assert "research-monthly" in out
    assert "more than --max-alerts 0" in err


def test_two_policies_are_compared(bot: Inside) -> None:
    found = bot.run("policies", "backtest", "policies", "--against", "policies", "--since", SINCE)

    assert "no alert changes" in found.splitlines()[0]


def test_an_empty_ledger_is_said_and_is_no_failure(new: Inside) -> None:
    assert "the ledger holds nothing" in new.run("policies", "backtest", "--since", SINCE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "2999-01-01"), "--since 2999-01-01 is not over yet; name a day in the past"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "--until must lie after --since"),
        (("--since", "yesterday"), "--since: 'yesterday' is not a time"),
        (("--since", "2026-01-01", "--json", "--markdown"), "--json and --markdown exclude each other"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(new: Inside, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = new.call("policies", "backtest", *arguments)

    assert code == 2
    assert err.startswith(words)
    assert err.count("\n") == 1
