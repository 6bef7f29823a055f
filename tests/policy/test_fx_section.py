"""Exchange rates as they are written in a policy."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from budgetbot.errors import PolicyError
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from tests.policy.registries import REGISTRIES

REACH = "receivers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]\n"


def load(folder: Path, *entries: str) -> Policy:
    for i, entry in enumerate(entries):
        (folder / f"fx{i}.yaml").write_text(f"fx: [{entry}]\n")
    (folder / "reach.yaml").write_text(REACH)
    return load_policy(folder, REGISTRIES)


def rate(policy: Policy, day: str, frm: str = "USD", to: str = "EUR") -> Fraction | None:
    return policy.fx.rate(frm, to, date.fromisoformat(day))


def test_a_rate_is_read_exactly(tmp_path: Path) -> None:
    policy = load(tmp_path, "{from: USD, to: EUR, rate: 0.92170000000000000001, since: 2026-11-01}")

    assert rate(policy, "2026-11-01") == Fraction("0.92170000000000000001")


def test_rates_of_all_files_are_one_table(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        '{from: USD, to: EUR, rate: "0.92", since: "2026-11-01"}',
        "{from: EUR, to: USD, rate: 1.25, since: 2026-12-01}",
        "{from: GBP, to: USD, rate: 2, since: 2026-11-01}",
    )

    assert [rate(policy, day) for day in ("2026-10-31", "2026-11-30", "2026-12-01")] == [
        None,
        Fraction(92, 100),
        Fraction(4, 5),
    ]
    assert rate(policy, "2026-11-01", "USD", "GBP") == Fraction(1, 2)


def test_without_the_section_there_are_no_rates(tmp_path: Path) -> None:
    assert rate(load(tmp_path), "2026-11-01") is None


def test_a_changed_rate_is_another_policy(tmp_path: Path) -> None:
    one = load(tmp_path, "{from: USD, to: EUR, rate: 0.92, since: 2026-11-01}")
    other = load(tmp_path, "{from: USD, to: EUR, rate: 0.93, since: 2026-11-01}")

    assert one.hash != other.hash


@pytest.mark.parametrize("text", ["0.0", "1e3", "true", "92%", "1000000001", "''"])
def test_what_is_no_rate_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError, match=r"fx\[0\]\.rate: "):
        load(tmp_path, f"{{from: USD, to: EUR, rate: {text}, since: 2026-11-01}}")
