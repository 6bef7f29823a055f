"""What a failing test says: what is missing, what is extra, and what comes nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.policy.trial.diff import matched
from tests.standins.trials import Folder

RESEARCH = "spend: [{of: {project: research}, values: %s}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_an_alert_that_should_be_open_and_is_not_is_missing_with_what_its_budget_counts(folder: Folder) -> None:
    assert folder.run(RESEARCH % "400" + "expect: [{at: 1h, alerts: [{rule: b, level: 50%, severity: info}]}]") == [
        "b.yaml:6: open alerts at 1h (2026-11-01 01:00 UTC) are not as expected",
        "  - b 50% firing, info",
        "      hint: b counts 400.00 of 1000.00, 40 %",
    ]


def test_an_alert_that_is_over_says_when_and_why(folder: Folder) -> None:
    event = "events: [{at: 2h, limit: {budget: b, amount: 9000}}]\n"
    said = folder.run(RESEARCH % "600 0 0" + event + "expect: [{at: 3h, alerts: [{rule: b, level: 50%}]}]")

    assert said[-1] == "      hint: b 50% was resolved at 2h (2026-11-01 02:00 UTC): limit_changed"


def test_an_alert_that_nobody_expects_is_extra(folder: Folder) -> None:
    assert folder.run(RESEARCH % "600" + "expect: [{at: 1h, alerts: []}]")[1:] == ["  + b 50% firing, info"]


def test_the_nearest_alert_says_what_is_not_as_expected(folder: Folder) -> None:
    look = "expect: [{at: 1h, alerts: [{rule: b, level: 50%}, {rule: b, level: 80%, severity: critical, episode: 2}]}]"

    assert folder.run(RESEARCH % "900" + look)[1:] == [
        "    b 50% firing",
        "  - b 80% firing, critical, episode 2",
        "      hint: nearest is b 80% firing, warning: severity is warning; episode is 1",
        "  + b 80% firing, warning",
    ]


def test_a_message_at_another_time_or_to_somebody_else_says_so(folder: Folder) -> None:
    look = "expect: [{until: 3h, notifications: [{at: 2h, to: screen, rule: b, level: 50%, reason: first}]}]"

    assert folder.run(RESEARCH % "600 0 0" + look) == [
        "b.yaml:6: messages until 3h (2026-11-01 03:00 UTC) are not as expected",
        "  - 2h (2026-11-01 02:00 UTC) to screen: b 50% first",
        "      hint: nearest is 1h (2026-11-01 01:00 UTC) to other: b 50% first, info: receiver is other; "
        "sent at 1h (2026-11-01 01:00 UTC)",
        "  + 1h (2026-11-01 01:00 UTC) to other: b 50% first, info",
    ]


def test_a_message_that_a_higher_level_spoke_for_says_so(folder: Folder) -> None:
    folder.policies.joinpath("policy.yaml").write_text(
        folder.policies.joinpath("policy.yaml").read_text().replace("{match: {severity: info}, to: [other]}, ", "")
    )
    told = "{at: 1h, to: screen, rule: b, level: 80%, reason: first}"
    look = f"expect: [{{until: 1h, notifications: [{told}, {told.replace('80%', '50%')}]}}]"

    assert folder.run(RESEARCH % "900" + look)[1:] == [
        "    1h (2026-11-01 01:00 UTC) to screen: b 80% first",
        "  - 1h (2026-11-01 01:00 UTC) to screen: b 50% first",
        "      hint: it was held back, as a higher level speaks for it",
    ]


def test_a_message_of_an_alert_that_never_was_says_what_its_budget_counts(folder: Folder) -> None:
    look = "expect: [{until: 1h, notifications: [{at: 1h, to: screen, rule: b, level: 80%, reason: first}]}]"

    assert folder.run(RESEARCH % "10" + look)[-1] == (
        "      hint: there was no such alert; b counts 10.00 of 1000.00, 1 %"
    )


def test_a_figure_says_what_it_is(folder: Folder) -> None:
    assert folder.run(RESEARCH % "10" + "expect: [{at: 1h, spent: {b: 11.5}}]") == [
        "b.yaml:6: what b counts at 1h (2026-11-01 01:00 UTC) is not as expected",
        "  - 11.5",
        "  + 10.00",
    ]


def test_the_figure_of_a_scope_that_is_not_there_lists_those_that_are(folder: Folder) -> None:
    spend = "spend: [{of: {project: ci, api_key: k}, values: 5}]\n"
    said = folder.run(spend + "expect: [{at: 1h, spent: {each-key: {j: 5}}}]")

    assert said[1:] == ["  - 5 {j}", "  + 5.00 {api_key: k}"]


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=5))
def test_no_two_rows_have_one_column_and_no_row_one_that_does_not_fit(fits: list[list[bool]]) -> None:
    pairs = matched(fits)

    assert len(set(pairs.values())) == len(pairs)
    assert all(fits[row][column] for row, column in pairs.items())


def test_a_row_gives_way_where_it_has_another_column() -> None:
    assert matched([[True, True], [True, False]]) == {0: 1, 1: 0}
