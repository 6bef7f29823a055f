"""Amounts, lengths and the lines of a policy: what is pure about actions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from budgetbot.app import REGISTRIES
from budgetbot.chat.acting.grant_lines import yaml_lines
from budgetbot.chat.acting.inputs import Inputs
from budgetbot.chat.acting.others import others
from budgetbot.chat.acting.raising import Size, allowance_id, read
from budgetbot.chat.acting.snoozing import over_at
from budgetbot.chat.who import Who
from budgetbot.core.allowance import Allowance
from budgetbot.core.escalate import Climb, Escalation, Step
from budgetbot.core.model import Part, Scope
from budgetbot.core.money import NANO
from budgetbot.core.unit import Unit
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from tests.chat.office import ACCESS, ANA, BEN, POLICY, filled
from tests.store.samples import DAY, HOUR, NOW, alert

USD, IMAGES = Unit("USD"), Unit("images", counts=True)
RAISE = Allowance("r1", "grant", "monthly", Scope(), 50 * NANO, "USD", NOW, NOW + DAY, "launch", ANA.by, NOW)


@given(st.integers(min_value=1, max_value=900_000_000 * NANO))
def test_every_amount_that_can_be_written_is_read_exactly(amount: int) -> None:
    text = f"{amount // NANO}.{amount % NANO:09d}"
    assert read(text, USD) == read(f"${text}", USD) == read(f"{text} USD", USD) == Size(amount, "USD")


@given(st.text(), st.sampled_from([USD, IMAGES]))
def test_whatever_else_is_written_says_what_to_write(text: str, unit: Unit) -> None:
    assume(not re.fullmatch(r"[$]?[0-9.]+( USD)?", text.strip()))
    with pytest.raises(ValueError, match="; write "):
        read(text, unit)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_inputs_of_any_shape_are_read_without_an_error(value: object) -> None:
    names = ("reason", "until", "amount", "length")
    for state in (dict.fromkeys(names, value), {name: {"x": value} for name in names}):
        inputs = Inputs(state)  # type: ignore[arg-type]
        reason, until = inputs.reason(), inputs.until(NOW)
        assert (reason == "") == ("reason" in inputs.errors)
        assert (until is None) == ("until" in inputs.errors)
        assert len(inputs.text("amount")) <= 60
        assert isinstance(inputs.chosen("length"), str)


def test_a_moment_is_as_exact_as_it_was_picked_and_lies_within_a_year() -> None:
    assert Inputs(filled(until=NOW + timedelta(seconds=1))).until(NOW) == NOW + timedelta(seconds=1)
    assert Inputs(filled(until=NOW + timedelta(days=366))).until(NOW) == NOW + timedelta(days=366)
    for moment in (NOW, NOW - DAY, NOW + timedelta(days=366, seconds=1)):
        inputs = Inputs(filled(until=moment))
        assert inputs.until(NOW) is None
        assert list(inputs.errors) == ["until"]


def test_the_same_request_has_the_same_id_and_any_other_another() -> None:
    def id(who: Who = ANA, amount: int = 5, until: datetime = NOW, of: str = "a1", *known: Allowance) -> str:
        return allowance_id("grant", of, who, Size(amount, "USD"), until, known)

    first = id()
    assert first == id(replace(ANA, name="renamed"))
    assert len({first, id(BEN), id(amount=6), id(until=NOW + DAY), id(of="a2")}) == 5
    assert id(ANA, 5, NOW, "a1", replace(RAISE, id=first)) == first
    assert id(ANA, 5, NOW, "a1", replace(RAISE, id=first, standing="refused")) != first
    assert id(ANA, 5, NOW, "a1", replace(RAISE, id=first, ended_at=NOW)) != first


@pytest.mark.parametrize(
    ("length", "now", "zone", "end"),
    [
        ("1h", "2026-11-20T12:00:00", "UTC", "2026-11-20T13:00:00"),
        ("4h", "2026-11-20T12:00:01", "UTC", "2026-11-20T16:01:00"),
        ("tomorrow", "2026-11-20T12:00:00", "UTC", "2026-11-21T09:00:00"),
        ("tomorrow", "2026-11-20T23:30:00", "Europe/Berlin", "2026-11-22T08:00:00"),
        ("tomorrow", "2026-10-24T12:00:00", "Europe/Berlin", "2026-10-25T08:00:00"),
        ("period", "2026-11-20T12:00:00", "UTC", "2026-12-01T00:00:00"),
        ("period", "2026-12-01T00:00:00", "UTC", None),
        ("custom", "2026-11-20T12:00:00", "UTC", None),
        ("for ever", "2026-11-20T12:00:00", "UTC", None),
    ],
)
def test_a_length_ends_at_a_whole_minute_of_the_right_day(length: str, now: str, zone: str, end: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    wanted = None if end is None else datetime.fromisoformat(end).replace(tzinfo=UTC)
    assert over_at(length, alert(), moment, ZoneInfo(zone)) == wanted


def loaded(lines: str) -> Policy:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "policy.yaml"
        file.write_text(f"{POLICY}{ACCESS}{lines}", encoding="utf-8")
        return load_policy(file, REGISTRIES)


@given(
    amount=st.integers(min_value=1, max_value=10**17),
    seconds=st.integers(min_value=1, max_value=10**7),
    reason=st.text(min_size=1, max_size=700),
    name=st.text(max_size=60),
)
def test_the_lines_of_a_raise_are_the_raise_whatever_was_written(
    amount: int, seconds: int, reason: str, name: str
) -> None:
    why = Inputs(filled(reason=reason)).reason()
    if not why:
        return
    until = NOW + timedelta(seconds=seconds)
    one = replace(RAISE, amount=amount, until=until, reason=why, asked_by=Who("U0ANA", name).by)
    (grant,) = loaded(yaml_lines(one)).grants
    assert grant == one.grant()


@pytest.mark.parametrize("reason", ["1e3", "5,000", "0o17", "12:30", "no", "null", "- x", "a: b # c", '"', "\\", "é😀"])
def test_a_reason_that_readers_of_yaml_disagree_on_stays_as_it_is(reason: str) -> None:
    (grant,) = loaded(yaml_lines(replace(RAISE, reason=reason))).grants
    assert grant.reason == reason


def test_a_raise_of_one_scope_or_of_a_count_has_lines_that_mean_the_same() -> None:
    scope = Scope((Part("api_key", "key_1", "eu", "ci"),))
    (grant,) = loaded(yaml_lines(replace(RAISE, rule="per-key", of=scope))).grants
    assert grant.match.meets({"api_key": ("key_1", "ci")})
    assert not grant.match.meets({"api_key": ("key_2", "ci")})
    (absent,) = loaded(yaml_lines(replace(RAISE, rule="per-key", of=Scope((Part("api_key", None),))))).grants
    assert absent.match.meets({"api_key": ()})
    assert not absent.match.meets({"api_key": ("key_1",)})
    (counted,) = loaded(yaml_lines(replace(RAISE, rule="images", amount=7, currency="images"))).grants
    assert counted.add == 7


def test_a_raise_that_was_ended_has_the_lines_of_what_it_was() -> None:
    ended = replace(RAISE, ended_at=NOW + timedelta(hours=1, microseconds=5))
    (grant,) = loaded(yaml_lines(ended)).grants
    assert grant.until == NOW + HOUR
    assert yaml_lines(replace(RAISE, kind="planned")) == ""


def climb(taken: int) -> Climb:
    steps = (Step(timedelta(0), ("ml",)), Step(HOUR, ("ml", "ops")), Step(2 * HOUR, ("gone",)), Step(DAY, ("boss",)))
    return Climb(Escalation("up", steps), NOW, taken)


@pytest.mark.parametrize(("taken", "to"), [(0, ("ops",)), (1, ("ops",)), (2, ("boss",)), (3, ("boss",)), (4, ("ops",))])
def test_the_next_step_that_leads_to_somebody_hears_of_it_and_after_the_last_one_the_last_route(
    taken: int, to: tuple[str, ...]
) -> None:
    assert others(loaded(""), alert(climbs=(climb(taken),)), NOW) == to


def test_the_last_route_may_be_an_escalation_an_owner_or_absent() -> None:
    policy = loaded("")
    last = policy.routes[-1]
    upward = replace(policy, routes=(replace(last, to=(), escalation="up"),))
    assert others(upward, alert(), NOW) == ("ml",)
    owned = replace(policy, routes=(replace(last, to=("owner",)),))
    assert others(owned, alert(labels={"owner": "lead@example.com"}), NOW) == ("owner:lead@example.com",)
    assert others(replace(policy, routes=()), alert(), NOW) == ()
