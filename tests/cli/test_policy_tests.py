"""`policies test`: what it prints, how it ends, and the XML for CI."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.standins.inside import Inside

RIGHT = """
version: 1
tests:
  - name: all is well
    start: 2026-11-01
    spend: [{of: {project: research}, values: 10}]
    expect: [{at: 1h, alerts: [], spent: {research-monthly: 10}}]
"""
FAILING = RIGHT.replace("all is well", '"a <b> & \\"c\\""').replace("values: 10", "values: 26")


@pytest.fixture
def tests(new: Inside) -> Path:
    new.write(
        """
version: 1
budgets:
  - {name: research-monthly, amount: 50, period: month, thresholds: [{at: 50%, severity: info}]}
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""
    )
    folder = new.folder / "policies" / "tests"
    folder.mkdir()
    (folder / "right.yaml").write_text(RIGHT)
    return folder


def test_tests_that_pass_are_a_line_each_and_a_summary(new: Inside, tests: Path) -> None:
    assert new.run("policies", "test") == "ok   policies/tests/right.yaml: all is well\n1 test, all ok\n"


def test_a_test_that_fails_says_what_was_expected_and_what_there_was(new: Inside, tests: Path) -> None:
    (tests / "wrong.yaml").write_text(FAILING)

    assert new.run("policies", "test", exits=1).splitlines() == [
        "ok   policies/tests/right.yaml: all is well",
        'FAIL policies/tests/wrong.yaml: a <b> & "c"',
        "    policies/tests/wrong.yaml:7: open alerts at 1h (2026-11-01 01:00 UTC) are not as expected",
        "      + research-monthly 50% firing, info",
        "    policies/tests/wrong.yaml:7: what research-monthly counts at 1h (2026-11-01 01:00 UTC) is not as expected",
        "      - 10",
        "      + 26.00",
        "2 tests, 1 failed",
    ]


def test_a_file_with_mistakes_is_a_bad_answer_and_the_others_are_run(new: Inside, tests: Path) -> None:
    (tests / "wrong.yaml").write_text(RIGHT.replace("spend", "spent", 1))

    said = new.call("policies", "test")

    assert (said.code, said.out) == (
        1,
        "ok   policies/tests/right.yaml: all is well\n1 test, 0 failed, 1 file not run\n",
    )
    assert said.err == "policies/tests/wrong.yaml:6:5: tests[0].spent: unknown key `spent`, did you mean `spend`?\n"


def test_a_wrong_policy_is_told_once(new: Inside, tests: Path) -> None:
    (tests / "other.yaml").write_text(RIGHT)
    new.write("version: 2\n")

    said = new.call("policies", "test")

    assert said.code == 1
    assert said.err.count("2 is not a known version; write version: 1") == 1


def test_one_file_is_run_alone(new: Inside, tests: Path) -> None:
    (tests / "wrong.yaml").write_text(FAILING)

    assert "1 test, all ok" in new.run("policies", "test", "policies/tests/right.yaml")


def test_no_tests_are_wrong_usage_with_where_to_write_one(new: Inside) -> None:
    said = new.run("policies", "test", exits=2)

    assert said.startswith("no tests in policies/tests; write one in policies/tests/budgets.yaml")


def test_a_path_that_is_not_there_is_wrong_usage(new: Inside) -> None:
    assert new.run("policies", "test", "nowhere", exits=2).startswith("nowhere does not exist; ")


def test_ci_reads_what_became_of_them(new: Inside, tests: Path) -> None:
    (tests / "wrong.yaml").write_text(FAILING)
    (tests / "worse.yaml").write_text("version: 1\n")

    new.run("policies", "test", "--junit", "found.xml", exits=1)

    root = ElementTree.parse(new.folder / "found.xml").getroot()  # noqa: S314 - we wrote it
    counts = [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root]
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "3", "1", "1")
    assert counts == [
        ("policies/tests/right.yaml", "1", "0", "0"),
        ("policies/tests/worse.yaml", "1", "0", "1"),
        ("policies/tests/wrong.yaml", "1", "1", "0"),
    ]
    (case,) = root.findall("testsuite[@name='policies/tests/wrong.yaml']/testcase")
    assert case.get("name") == 'a <b> & "c"'
    assert float(case.get("time", "")) >= 0
    assert "+ research-monthly 50% firing, info" in (case.findall("failure")[0].text or "")
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert "tests: missing" in (error.text or "")


def test_a_place_for_the_xml_that_cannot_be_written_is_wrong_usage(new: Inside, tests: Path) -> None:
    said = new.call("policies", "test", "--junit", "nowhere/found.xml")

    assert said.code == 2
    assert "--junit: nowhere/found.xml cannot be written (No such file or directory)" in said.err


def test_the_schema_of_test_files_is_printed(new: Inside) -> None:
    assert json.loads(new.run("policies", "schema", "--tests"))["title"] == "TrialFile"
