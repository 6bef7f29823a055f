"""The examples in policies/ load, mean what they say, and fit the schema that editors use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from budgetbot import app
from budgetbot.policy.json_schema import json_schema, schema_text
from budgetbot.policy.load import load_policy, validate_summary
from tests.policy.registries import REGISTRIES

POLICIES = Path(__file__).parents[2] / "policies"
EXAMPLES = sorted(path.name for path in POLICIES.glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema(REGISTRIES))
WRONG = Path(__file__).parents[1] / "policies" / "wrong"


def test_the_examples_are_one_good_policy() -> None:
    policy = load_policy(POLICIES, REGISTRIES)

    assert set(policy.receivers) == {"screen"}
    assert [route.to for route in policy.routes] == [("screen",)]
    assert "daily" in {digest.name for digest in policy.digests}
    assert validate_summary(policy)[1:3] == [
        "budget research-monthly: $5,000.00, per month, at 50% (info), 80% (warning), 100% (critical), "
        "forecast 110% (warning); 1 grant",
        "budget ci-key-daily: $50.00 each api_key, per day, at 100% (warning), 200% (critical); for some $200.00",
    ]


def test_every_rule_of_the_examples_says_what_it_is_for() -> None:
    policy = load_policy(POLICIES, REGISTRIES)

    assert [rule.name for rule in policy.rules if rule.kind == "budget" and not rule.description] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_names_its_schema_and_fits_it(name: str) -> None:
    text = (POLICIES / name).read_text()

    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    VALIDATOR.validate(json.loads(json.dumps(yaml.safe_load(text), default=str)))  # editors read a date as text


def test_the_schema_on_disk_is_current() -> None:
    """`budgetbot policies schema > policies/schema.json` writes it."""
    assert (POLICIES / "schema.json").read_text() == schema_text(app.REGISTRIES)


@pytest.mark.parametrize(
    "name",
    ["typo-in-a-key", "missing-amount", "unknown-severity", "no-levels", "receiver-of-two-kinds", "receiver-of-no-kind",
     "anomaly-without-an-impact", "burn-rate-of-nothing-known", "wrong-type", "to-is-not-a-list", "bad-period",
     "unknown-type-of-source", "wrong-version"],
)  # fmt: skip
def test_an_editor_marks_a_wrong_file_too(name: str) -> None:
    document = yaml.safe_load((WRONG / f"{name}.yaml").read_text())

    assert not VALIDATOR.is_valid(document)


def test_everything_in_the_schema_is_described() -> None:
    schema = json_schema(REGISTRIES)
    places: dict[str, dict[str, Any]] = {"file": schema, **schema["$defs"]}
    bare = [
        f"{place}.{name}"
        for place, part in places.items()
        for name, field in part.get("properties", {}).items()
        if "description" not in {**_target(schema, field), **field}
    ]

    assert bare == []
    assert {name for name, part in schema["$defs"].items() if not part.get("description")} <= {"Options"}


def _target(schema: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
    return found


def test_the_schema_is_itself_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(REGISTRIES)))
