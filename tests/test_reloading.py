"""Changed policy files: taken when they are right and at rest, told of when they are wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import current_of
from budgetbot.current import Current
from budgetbot.reloading import EVERY, SETTLING, Reloader
from budgetbot.settings import Settings, load_settings

GOOD = """
version: 1
receivers: [{name: screen, console: {}}, {name: other, console: {}}]
routes: [{to: [screen, other]}]
"""
BUDGET = "budgets: [{name: b, amount: AMOUNT, period: month, thresholds: [{at: 80%, severity: warning}]}]\n"
SLACK = GOOD.replace("console: {}}]", "slack: {channel: '#ops'}}]")
OWNER = GOOD.replace("routes: [", "routes: [{match: {severity: critical}, to: [owner]}, ")
EU = "sources: [{name: eu, type: openai, key_env: EU_KEY}]\n"
WRONG = GOOD + "budgets: nonsense\n"


class House:
    """A folder of policies, and a process that has read it."""

    def __init__(self, settings: Settings, current: Current) -> None:
        self.file = settings.budgetbot_policies / "policy.yaml"
        self.current = current
        self.turns = 0
        self.reloader = Reloader(settings, current, self.turn)

    def turn(self) -> None:
        self.turns += 1

    def write(self, policy: str) -> None:
        self.file.write_text(policy)

    def looks(self, times: int = 2) -> None:
        for _ in range(times):
            self.reloader.look()

    def offered(self) -> str | None:
        """The hash of what was offered since the last time."""
        offered = self.current.offered
        self.current.adopt()
        return None if offered is None else offered.policy.hash

    def mistakes(self) -> tuple[str, ...]:
        """What is wrong from now on."""
        self.current.adopt()
        return self.current.parts.mistakes


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[House]:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "policy.yaml").write_text(GOOD)
    (tmp_path / "budgetbot.db").write_bytes(migrated_file.read_bytes())
    settings = load_settings(
        budgetbot_database_url=f"sqlite:///{tmp_path / 'budgetbot.db'}",
        budgetbot_policies=folder,
        openai_admin_key=SecretStr("sk-admin-x"),
    )
    with current_of(settings) as current:
        yield House(settings, current)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_files_that_do_not_change_offer_nothing(house: House) -> None:
    house.looks(5)

    assert house.offered() is None


def test_a_change_counts_when_two_looks_in_a_row_see_the_same(house: House) -> None:
    house.looks()
    before = house.current.parts.policy.hash

    for amount in ("7", "8", "9"):
        house.write(GOOD + BUDGET.replace("AMOUNT", amount))
        house.looks(1)
        assert house.offered() is None
    house.looks(1)

    assert house.offered() not in (None, before)
    (rule, *_) = house.current.parts.policy.rules
    assert "9" in str(rule)


def test_a_change_before_the_first_look_is_not_missed(house: House) -> None:
    house.write(GOOD + BUDGET.replace("AMOUNT", "7"))

    house.looks()

    assert house.offered() is not None


def test_the_next_look_is_soon_while_files_change_and_later_when_they_are_at_rest(house: House) -> None:
    assert house.reloader.pause == SETTLING
    house.looks()
    assert house.reloader.pause == EVERY

    house.write(WRONG)
    house.looks(1)
    assert house.reloader.pause == SETTLING
    house.looks(1)
    assert house.reloader.pause == EVERY


def test_a_file_that_is_half_written_makes_no_noise(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.looks()

    house.write(GOOD[:30])
    house.looks(1)
    house.file.unlink()
    house.looks(1)
    house.write(GOOD)
    house.looks(3)

    assert house.offered() is None
    assert capsys.readouterr().out == ""


def test_wrong_files_leave_the_last_good_ones_in_force_and_are_told_of_once(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.looks()
    before = house.current.parts

    house.write(WRONG)
    house.looks(6)
    house.write(WRONG + "# the same mistakes")
    house.looks(6)

    (mistake,) = house.mistakes()
    assert "policy.yaml:5:10: budgets: " in mistake
    said = capsys.readouterr().out
    assert said.count("policy refused") == 1
    assert f"in_force={before.policy.hash}" in said
    after = house.current.parts
    assert (after.policy, after.sources, after.notifiers) == (before.policy, before.sources, before.notifiers)


@pytest.mark.parametrize("good", [GOOD, GOOD + BUDGET.replace("AMOUNT", "7")], ids=["as-before", "other"])
def test_mended_files_take_effect(house: House, good: str) -> None:
    house.looks()
    house.write(WRONG)
    house.looks()
    assert house.mistakes()

    house.write(good)
    house.looks()

    assert house.offered() == house.current.parts.policy.hash
    assert house.mistakes() == ()


def test_all_mistakes_are_told(house: House) -> None:
    house.write(WRONG + "digests: nonsense")
    house.looks()

    assert len(house.mistakes()) == 2


@pytest.mark.parametrize(
    ("policy", "mistake"),
    [
        (SLACK, "receiver other: SLACK_BOT_TOKEN is not set"),
        (OWNER, "receiver owner: neither SMTP_URL nor SLACK_BOT_TOKEN is set; set it and restart"),
        (GOOD + EU, "source eu: EU_KEY is not set"),
        (None, "no *.yaml in "),
    ],
    ids=["receiver", "owner", "source", "empty-folder"],
)
def test_what_is_missing_is_a_mistake(house: House, policy: str | None, mistake: str) -> None:
    house.looks()
    if policy is None:
        house.file.unlink()
    else:
        house.write(policy)
    house.looks()

    (told,) = house.mistakes()
    assert told.startswith(mistake)


def test_a_credential_in_a_mistake_is_not_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.write(GOOD + BUDGET.replace("AMOUNT", "sk-admin-0123456789abcdef"))
    house.looks()

    assert "[redacted]" in str(house.mistakes())
    assert "0123456789abcdef" not in capsys.readouterr().out


def test_what_is_unchanged_is_kept_and_what_is_new_is_built(house: House) -> None:
    house.looks()
    before = house.current.parts

    house.write(GOOD.replace("other", "new") + BUDGET.replace("AMOUNT", "7"))
    house.looks()
    house.offered()

    after = house.current.parts
    assert {"screen", "new"} <= set(after.notifiers)
    assert "other" not in after.notifiers
    assert after.notifiers["screen"] is before.notifiers["screen"]
    assert list(map(id, after.sources)) == list(map(id, before.sources))
    assert after.prices is before.prices


def test_sources_and_prices_of_the_policy_are_taken_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EU_KEY", "sk-admin-eu")
    house.looks()
    (before,) = house.current.parts.sources

    house.write(GOOD + EU + "prices: [{model: gpt-9, input: 1}]\n")
    house.looks()
    house.offered()

    parts = house.current.parts
    assert [source.name for source in parts.sources] == ["eu", "openai"]
    assert parts.sources[1] is before
    assert parts.policy.prices

    house.write(GOOD)
    house.looks()
    house.offered()
    assert [source.name for source in house.current.parts.sources] == ["openai"]


def test_added_and_removed_files_count(house: House) -> None:
    house.looks()
    before = house.current.parts.policy.hash
    more = house.file.with_name("more.yml")

    more.write_text(BUDGET.replace("AMOUNT", "7"))
    house.looks()
    assert house.offered() not in (None, before)

    more.unlink()
    house.looks()
    assert house.offered() == before


def test_who_asks_waits_for_no_second_look(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.reloader.look(asked=True)
    assert house.offered() is None
    assert "policy unchanged" in capsys.readouterr().out

    house.write(GOOD + BUDGET.replace("AMOUNT", "7"))
    house.reloader.look(asked=True)
    assert house.offered() == house.current.parts.policy.hash

    house.write(WRONG)
    house.reloader.look(asked=True)
    assert house.mistakes()
    capsys.readouterr()
    house.reloader.look(asked=True)
    assert house.offered() is None
    assert "policy refused" in capsys.readouterr().out


def test_a_variable_that_is_set_later_is_found_by_who_asks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write(GOOD + EU)
    house.looks()
    assert house.mistakes()

    monkeypatch.setenv("EU_KEY", "sk-admin-eu")
    house.looks()
    assert house.offered() is None
    house.reloader.look(asked=True)

    assert house.offered() == house.current.parts.policy.hash


def test_each_offer_starts_a_turn_but_for_those_that_one_waits_for(house: House) -> None:
    house.looks()
    for amount in ("7", "8"):
        house.write(GOOD + BUDGET.replace("AMOUNT", amount))
        house.looks()
    assert house.turns == 1

    house.offered()
    house.write(GOOD)
    house.looks()
    assert house.turns == 2


def test_it_looks_by_itself_until_it_is_stopped(house: House) -> None:
    house.reloader.start()
    house.write(GOOD + BUDGET.replace("AMOUNT", "7"))
    until(lambda: house.current.offered is not None)
    house.offered()

    house.write(GOOD)
    house.reloader.reread()
    until(lambda: house.current.offered is not None)

    house.reloader.stop()
    house.offered()
    house.write(WRONG)
    house.reloader.reread()
    assert house.current.offered is None
