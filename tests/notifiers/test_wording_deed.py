"""What people did, in words, and a raise as the lines of a policy."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.app import REGISTRIES
from budgetbot.core.instant import iso
from budgetbot.core.model import Json, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.notifiers.wording_deed import deed_lines, deed_words
from budgetbot.policy.load import load_policy
from tests.notifiers.samples import LEAD, deed, lent

FINANCE = "Slack: finance (U0FIN)"
KEY = Scope((Part("api_key", "key_1", "openai", "ci-nightly"),))
POLICY = """
version: 1
budgets:
  - name: research-monthly
    amount: 5000
    each: [api_key]
    period: month
    thresholds: [{at: 80%, severity: warning}]
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""
USAGE = POLICY.replace("budgets:", "usage_budgets:").replace("amount:", "metric: images\n    amount:")


def words(what: str, **fields: Json) -> str:
    told = lent(what).deed if what.startswith(("grant", "planned")) else deed(what).deed
    assert told is not None
    return deed_words({**told, **fields})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words("acknowledged", until="2026-12-01T00:00:00Z"), f"Acknowledged by {LEAD} until 1 Dec."),
        (words("acknowledged", until=None), f"Acknowledged by {LEAD}."),
        (words("unacknowledged"), f"Not acknowledged any more: {LEAD} has let go of it."),
        (
            words("snoozed", until="2026-11-22T09:00:00Z", reason="at lunch."),
            f"Snoozed until 22 Nov 09:00 UTC by {LEAD}: at lunch.",
        ),
        (words("snoozed", until="2026-11-22T09:00:00Z", by=None), "Snoozed until 22 Nov 09:00 UTC."),
        (words("not_mine", to=["pager", "finance"]), f"Not theirs: {LEAD}; told pager, finance now."),
        (words("not_mine", to=[]), f"Not theirs: {LEAD}; there is nobody else to tell."),
        (
            words("grant_asked"),
            f"{LEAD} asks to raise research-monthly by $500 until 28 Nov: launch; a second person has to agree.",
        ),
        (words("grant_granted"), f"{LEAD} has raised research-monthly by $500 until 28 Nov: launch."),
        (
            words("grant_granted", by=FINANCE),
            f"{FINANCE} agrees with {LEAD}: research-monthly is raised by $500 until 28 Nov: launch.",
        ),
        (
            words("grant_refused", by=FINANCE),
            f"{FINANCE} refuses to raise research-monthly by $500, which {LEAD} asked for: launch.",
        ),
        (words("grant_ended"), f"{LEAD} has ended the raise of research-monthly by $500."),
        (
            words("grant_granted", amount="8400", currency="images"),
            f"{LEAD} has raised research-monthly by 8,400 images until 28 Nov: launch.",
        ),
        (
            words("planned_granted"),
            f"{LEAD} plans $500 of research-monthly until 28 Nov: launch. "
            "Until then no forecast, anomaly or burn rate speaks of it; budgets still fire.",
        ),
        (words("planned_ended"), f"{LEAD} has ended the planned spend of research-monthly."),
        (words("something_new"), f"{LEAD}: something new."),
    ],
)
def test_each_deed_has_its_words(said: str, expected: str) -> None:
    assert said == expected


NASTY = ["1e3", "08:30", "no", "`rm`", "a: b # c", "```", "\u202e", "😀"]
TEXTS = st.text(min_size=1, max_size=40) | st.sampled_from(NASTY)


@settings(max_examples=80, deadline=None)
@given(reason=TEXTS, by=TEXTS, id=TEXTS)
def test_what_is_to_be_committed_reads_back_as_it_was(reason: str, by: str, id: str) -> None:
    told = lent("grant_granted", reason=reason, by=by).deed or {}

    lines = deed_lines(told, Scope((Part("api_key", id, "openai", "name"),)))

    assert "`" not in lines
    assert all(char == "\n" or char.isprintable() for char in lines)
    (entry,) = yaml.safe_load(lines)["grants"]
    assert (entry["reason"], entry["approved_by"], entry["match"]) == (reason, by, {"api_key": id})


@pytest.mark.parametrize(
    ("policy", "amount", "currency", "add"),
    [(POLICY, "500250000000", "USD", 500_250_000_000), (USAGE, "8400", "images", 8_400)],
    ids=["money", "counts"],
)
def test_a_policy_takes_the_lines_as_the_same_raise(
    tmp_path: Path, policy: str, amount: str, currency: str, add: int
) -> None:
    told = lent("grant_granted", amount=amount, currency=currency).deed or {}
    file = tmp_path / "policy.yaml"
    file.write_text(policy + deed_lines(told, KEY) + "\n")

    (grant,) = load_policy(file, REGISTRIES).grants

    assert (grant.budget, grant.add, grant.approved_by, grant.reason) == ("research-monthly", add, LEAD, "launch")
    assert (iso(grant.since), iso(grant.until)) == (told["since"], told["until"])
    assert grant.match.meets({"api_key": ("key_1", "ci-nightly")})
    assert not grant.match.meets({"api_key": ("key_2", "ci-nightly-2")})


def test_a_raise_of_everything_needs_no_match() -> None:
    told = lent("grant_granted", amount=str(NANO)).deed or {}

    assert "match" not in deed_lines(told, Scope())
    assert 'api_key: "none"' in deed_lines(told, Scope((Part("api_key", None),)))
