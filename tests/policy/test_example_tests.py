"""The tests in policies/tests hold, fit the schema that editors use, and fail where the policy is not as they say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from budgetbot.policy.json_schema import trial_schema
from budgetbot.policy.load import load_policy, policy_files
from budgetbot.policy.policy import Policy
from budgetbot.policy.trial.diff import Failure
from budgetbot.policy.trial.read import read_trials
from budgetbot.policy.trial.run import run
from tests.policy.registries import REGISTRIES

POLICIES = Path(__file__).parents[2] / "policies"
EXAMPLES = sorted(path.name for path in (POLICIES / "tests").glob("*.yaml"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(POLICIES, REGISTRIES)


def failures(folder: Path, name: str, policy: Policy) -> dict[str, list[Failure]]:
    trials = read_trials(folder / "tests" / name, folder, lambda path: policy)
    return {trial.name: found for trial in trials if (found := run(trial))}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_they_say_of_the_examples_holds(name: str, policy: Policy) -> None:
    assert failures(POLICIES, name, policy) == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_names_its_schema_and_fits_it(name: str) -> None:
    text = (POLICIES / "tests" / name).read_text()

    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    content = json.loads(json.dumps(yaml.safe_load(text), default=str))  # editors read a date as text
    jsonschema.Draft202012Validator(trial_schema()).validate(content)


def test_the_schema_on_disk_is_current() -> None:
    """`budgetbot policies schema --tests > policies/tests/schema.json` writes it."""
    assert json.loads((POLICIES / "tests" / "schema.json").read_text()) == json.loads(json.dumps(trial_schema()))


def test_they_are_no_part_of_the_policy() -> None:
    assert [file for file in policy_files(POLICIES) if "tests" in file.parts[len(POLICIES.parts) :]] == []


@pytest.mark.parametrize(
    ("file", "before", "after", "name", "lines"),
    [
        (
            "budgets.yaml",
            "- {at: 80%, severity: warning}",
            "- {at: 90%, severity: warning}",
            "research is told once a level, and the highest level speaks for those passed with it",
            [
                "- research-monthly 50% firing, inhibited: true",
                "    hint: nearest is research-monthly 50% firing, info: inhibited is false",
                "- research-monthly 80% firing, warning, episode 1",
                "    hint: nearest is research-monthly 50% firing, info: level is 50%; severity is info",
                "+ research-monthly 50% firing, info",
            ],
        ),
        (
            "freshness.yaml",
            "stale_after: 6h",
            "stale_after: 8h",
            "six hours without a source are an alert, a day is a worse one, and both end when it is read again",
            ["- quiet-source firing {source: openai}, warning", "    hint: quiet-source has no such alert"],
        ),
        (
            "ownership.yaml",
            '"research*"',
            "research",
            "everything that begins with research belongs to research, by id or by name",
            ["- 30", "+ 0.00"],
        ),
    ],
)
def test_a_wrong_copy_fails_with_what_is_wrong(
    tmp_path: Path, file: str, before: str, after: str, name: str, lines: list[str]
) -> None:
    shutil.copytree(POLICIES, tmp_path / "policies")
    copy = tmp_path / "policies" / file
    assert copy.read_text().count(before) >= 1
    copy.write_text(copy.read_text().replace(before, after))

    found = failures(tmp_path / "policies", file, load_policy(tmp_path / "policies", REGISTRIES))

    assert list(found[name][0].lines) == lines
