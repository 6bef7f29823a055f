"""Mistakes in test files, each with its place and what to write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from budgetbot.errors import PolicyError, UsageError
from budgetbot.policy.json_schema import trial_schema
from budgetbot.policy.trial.read import trial_files
from tests.standins.trials import Folder

EXPECT = "expect: [{at: 9h, alerts: []}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("test", "mistake"),
    [
        ("expcet: []", "5:5: tests[0].expcet: unknown key `expcet`, did you mean `expect`?"),
        ("events: []", "3:5: tests[0].expect: missing; add expect: ..."),
        ("expect: []", "5:13: tests[0].expect: an empty list; write at least one item"),
        ("every: 0h\n" + EXPECT, "5:12: tests[0].every: rules are evaluated now and then; write 1h"),
        ("timezone: Berlin\n" + EXPECT, "5:15: tests[0].timezone: 'Berlin' is not a time zone; write Europe/Berlin"),
        (
            "policies: nowhere\n" + EXPECT,
            "5:15: tests[0].policies: policies/tests/nowhere does not exist; "
            "give the path of a policy file or of a folder of them",
        ),
        (
            "spend: [{of: {projct: x}, values: 5}]\n" + EXPECT,
            "5:19: tests[0].spend[0].of.projct: unknown dimension `projct`, did you mean `project`?",
        ),
        (
            "spend: [{names: {model: x}, values: 5}]\n" + EXPECT,
            "5:22: tests[0].spend[0].names.model: unknown dimension `model`; "
            "write one of project, api_key, user; labels follow from the policy",
        ),
        (
            "spend: [{names: {project: x}, values: 5}]\n" + EXPECT,
            "5:22: tests[0].spend[0].names.project: of names no project; write its id there",
        ),
        (
            "spend: [{values: [5, 5y]}]\n" + EXPECT,
            "5:26: tests[0].spend[0].values[1]: '5y' is not understood; write 5 (one bucket), 5x30 (30 buckets of 5), "
            "0+2x10 (10 buckets: 0, 2, 4 ... 18), _x5 (5 buckets of which nothing is known) or stalex4 (4 buckets in "
            "which the source is not read)",
        ),
        (
            "spend: [{values: 1000000000}]\n" + EXPECT,
            "5:22: tests[0].spend[0].values: together more than can be kept exactly; write at most 900000000",
        ),
        (
            "usage: [{metric: images, values: 1.5}]\n" + EXPECT,
            "5:38: tests[0].usage[0].values: 1.5 is no count; write whole numbers such as 500",
        ),
        (
            "spend: [{values: 5}, {of: {provider: openai}, values: 5}]\n" + EXPECT,
            "5:26: tests[0].spend[1]: the series stands at policies/tests/b.yaml:5 already; write its values as one",
        ),
        (
            "events: [{at: 1h}]\n" + EXPECT,
            "5:14: tests[0].events[0]: an event is one deed; write at and one of acknowledge, snooze, resolve, "
            "silence, limit, restate, stale",
        ),
        (
            "events: [{at: soon, stale: {for: 1h}}]\n" + EXPECT,
            "5:19: tests[0].events[0].at: 'soon' is not a time; "
            "write it like 31h, 2d 6h, 2026-11-20 or 2026-11-20T08:00",
        ),
        (
            "events: [{at: 10h, stale: {for: 1h}}]\n" + EXPECT,
            "5:19: tests[0].events[0].at: nothing is expected at 10h or later; add an expectation, or remove it",
        ),
        (
            "events: [{at: 3h, stale: {for: 1h}}, {at: 2h, stale: {for: 1h}}]\n" + EXPECT,
            "5:47: tests[0].events[1].at: 2h lies before 3h above it; write what happens in order",
        ),
        (
            "events: [{at: 2026-10-31, stale: {for: 1h}}]\n" + EXPECT,
            "5:19: tests[0].events[0].at: 2026-10-31 lies before 2026-11-01 above it; write what happens in order",
        ),
        (
            "expect: [{at: 2h, alerts: []}, {until: 1h, notifications: []}]",
            "5:44: tests[0].expect[1].until: 1h lies before 2h above it; write what happens in order",
        ),
        (
            "every: 1s\nexpect: [{at: 1d, alerts: []}]",
            "5:12: tests[0].every: more than 20000 evaluations; write a longer every:, or end the test earlier",
        ),
        (
            "events: [{at: 1h, snooze: {rule: bb, for: 1h}}]\n" + EXPECT,
            "5:38: tests[0].events[0].snooze.rule: unknown rule `bb`, did you mean `b`?",
        ),
        (
            "events: [{at: 1h, silence: {match: {teem: x}, for: 1h}}]\n" + EXPECT,
            "5:41: tests[0].events[0].silence.match.teem: unknown dimension or label `teem`, did you mean `team`?",
        ),
        (
            "events: [{at: 1h, silence: {match: {}, for: 1h}}]\n" + EXPECT,
            "5:40: tests[0].events[0].silence.match: silences everything; name a rule, a kind or whose alerts",
        ),
        (
            "events: [{at: 1h, limit: {budget: quiet, amount: 5}}]\n" + EXPECT,
            "5:39: tests[0].events[0].limit.budget: unknown budget `quiet`; write one of b, each-key, images, tokens",
        ),
        (
            "events: [{at: 1h, limit: {budget: b, amount: 5 EUR}}]\n" + EXPECT,
            "5:50: tests[0].events[0].limit.amount: not in the budget's currency; write 5 USD",
        ),
        (
            "events: [{at: 1h, limit: {budget: images, amount: 5.5}}]\n" + EXPECT,
            "5:55: tests[0].events[0].limit.amount: `images` counts images; write a whole number",
        ),
        (
            "events: [{at: 1h, restate: {bucket: 0h, value: 1}}]\n" + EXPECT,
            "5:32: tests[0].events[0].restate.of: no such series; write the dimensions as one stands under spend",
        ),
        (
            "spend: [{values: 5}]\nevents: [{at: 3h, restate: {bucket: 2h, value: 1}}]\n" + EXPECT,
            "6:41: tests[0].events[0].restate.bucket: no bucket of the series begins at 2h; "
            "they begin every 1h from the start",
        ),
        (
            "spend: [{values: 5x9}]\nevents: [{at: 3h, restate: {bucket: 4h, value: 1}}]\n" + EXPECT,
            "6:41: tests[0].events[0].restate.bucket: the bucket begins after it is restated; write a later at",
        ),
        (
            "spend: [{values: 5}]\nevents: [{at: 1h, stale: {source: opnai, for: 1h}}]\n" + EXPECT,
            "6:39: tests[0].events[0].stale.source: unknown source `opnai`, did you mean `openai`?",
        ),
        (
            "expect: [{at: 1h, notifications: []}]",
            "5:14: tests[0].expect[0]: write at with alerts or spent, or until with notifications",
        ),
        (
            "expect: [{until: 1h, alerts: []}]",
            "5:14: tests[0].expect[0]: write at with alerts or spent, or until with notifications",
        ),
        (
            "expect: [{at: 1h, alerts: [{rule: bb}]}]",
            "5:39: tests[0].expect[0].alerts[0].rule: unknown rule `bb`, did you mean `b`?",
        ),
        ("rules: [bb]\n" + EXPECT, "5:13: tests[0].rules[0]: unknown rule `bb`, did you mean `b`?"),
        (
            "rules: [quiet]\nexpect: [{at: 1h, alerts: [{rule: b}]}]",
            "6:39: tests[0].expect[0].alerts[0].rule: this test is not about `b`; add it to rules: above",
        ),
        (
            "expect: [{at: 1h, spent: {quiet: 5}}]",
            "5:31: tests[0].expect[0].spent.quiet: unknown budget `quiet`; write one of b, each-key, images, tokens",
        ),
        (
            "expect: [{at: 1h, spent: {each-key: 5}}]",
            "5:41: tests[0].expect[0].spent.each-key: `each-key` has an each; write one figure each: {SCOPE: 12.50}",
        ),
        (
            "expect: [{at: 1h, spent: {b: much}}]",
            "5:34: tests[0].expect[0].spent.b: 'much' is not a number; write one such as 4120.50",
        ),
        (
            "expect: [{until: 1h, notifications: [{at: 1h, to: scren, rule: b, reason: first}]}]",
            "5:55: tests[0].expect[0].notifications[0].to: unknown receiver `scren`, did you mean `screen`?",
        ),
        (
            "expect: [{until: 1h, notifications: [{at: 2h, to: screen, rule: b, reason: first}]}]",
            "5:47: tests[0].expect[0].notifications[0].at: 2h lies after the until of this check; move it to the next",
        ),
        (
            "expect: [{until: 1h, notifications: [{at: 30m, to: screen, rule: b, reason: first}]}]",
            "5:47: tests[0].expect[0].notifications[0].at: rules are not evaluated at 30m; see every: and start:",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(folder: Folder, test: str, mistake: str) -> None:
    assert folder.mistakes(test) == [mistake]


def test_a_test_begins_at_a_date(folder: Folder) -> None:
    folder.write(EXPECT)
    folder.file.write_text(folder.file.read_text().replace("2026-11-01", "3d"))
    with pytest.raises(PolicyError, match=r"4:12: tests\[0\].start: 3d is no date; write one such as 2026-11-01"):
        folder.trials()


def test_every_test_of_a_file_has_a_name_of_its_own(folder: Folder) -> None:
    folder.write(EXPECT)
    lines = folder.file.read_text().splitlines()
    folder.file.write_text("\n".join([*lines, *lines[2:]]))

    with pytest.raises(PolicyError, match=r"6:11: tests\[1\].name: another test of this file has that name"):
        folder.trials()


def test_a_test_may_be_about_another_policy(folder: Folder) -> None:
    other = folder.policies / "other" / "policy.yaml"
    other.parent.mkdir()
    folder.policies.joinpath("policy.yaml").rename(other)

    assert folder.run("policies: ../other\nspend: [{of: {project: research}, values: 5}]\n" + EXPECT) == []


def test_test_files_are_those_in_tests_of_the_folder_or_beside_the_file(folder: Folder) -> None:
    folder.write(EXPECT)
    beside = folder.policies / "policy.yaml"

    assert trial_files(folder.policies) == (folder.policies, [folder.file])
    assert trial_files(beside) == (beside, [folder.file])
    policy, files = trial_files(folder.file)
    assert (policy.resolve(), files) == (folder.policies.resolve(), [folder.file])
    policy, files = trial_files(folder.file.parent)
    assert (policy.resolve(), files) == (folder.policies.resolve(), [folder.file])


def test_where_there_is_no_test_it_says_where_to_write_one(folder: Folder) -> None:
    with pytest.raises(UsageError, match=r"no tests in .*policies/tests; write one in .*policies/tests/budgets.yaml"):
        trial_files(folder.policies)
    with pytest.raises(UsageError, match="does not exist"):
        trial_files(folder.policies / "nowhere")


def test_everything_in_the_schema_is_described() -> None:
    schema = trial_schema()
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(schema)))
    places: dict[str, dict[str, Any]] = {"file": schema, **schema["$defs"]}

    bare = [
        f"{place}.{name}"
        for place, part in places.items()
        for name, field in part.get("properties", {}).items()
        if "description" not in field
    ]
    assert bare == []
