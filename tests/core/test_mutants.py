"""Mistakes made on purpose: the scenario tests must notice every one of them.

Each is one exact replacement in a copy of the package, on which the quick scenario files run in a process of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("core", "rules", "policy")
SCENARIOS = {
    "core": (
        "tests/core/test_bundle.py",
        "tests/core/test_escalate.py",
        "tests/core/test_lifecycle.py",
        "tests/core/test_lifecycle_endless.py",
        "tests/core/test_lifecycle_periods.py",
        "tests/core/test_lifecycle_rules.py",
        "tests/core/test_telling.py",
        "tests/core/test_telling_quiet.py",
        "tests/core/test_telling_repeats.py",
    ),
    "rules": ("tests/rules/test_budget.py", "tests/rules/test_budget_periods.py"),
    "policy": ("tests/policy/test_step.py",),
}
STANDINS = ("__init__", "budgets", "spend", "story", "recorder", "patience")
LEFT_OUT = ("cacheprovider", "hypothesispytest", "xdist", "anyio")
QUICK = ("-x", "-q", "-p", "tests.standins.patience", *(f"-pno:{name}" for name in LEFT_OUT))


class Mutant(NamedTuple):
    """One mistake: in which file, what stands there, what stands there instead."""

    file: str
    old: str
    new: str


MUTANTS = {
    "reached only beyond the line": Mutant("rules/verdict.py", "active = spent >= line", "active = spent > line"),
    "no hysteresis": Mutant(
        "rules/verdict.py", "spent < line - min(status.effective // _BAND, line // 2)", "spent < line"
    ),
    "stale data ends what fires": Mutant("rules/verdict.py", "clear=not stale and ", "clear="),
    "closed periods are not looked at": Mutant("rules/limit.py", "yield before, True", "return"),
    "missing data ends what fires": Mutant("core/lifecycle.py", "if finding.clear:", "if not finding.active:"),
    "the end of the period closes nothing": Mutant(
        "core/lifecycle.py", "if alert.end is not None and self.now >= alert.end:", "if False:"
    ),
    "what fires again is taken for the same": Mutant(
        "core/lifecycle.py", "in self.alerts:\n            episode += 1", "in ():\n            episode += 1"
    ),
    "what was resolved by hand fires again": Mutant(
        "core/lifecycle.py", 'frozenset({"corrected",', 'frozenset({"manual", "corrected",'
    ),
    "a closed period fires again and again": Mutant(
        "core/lifecycle.py", 'finding.period is None and alert.reason ==', "alert.reason =="
    ),
    "lower levels are sent too": Mutant("core/telling.py", "if alert is not top or _come_true(alert):", "if False:"),
    "told at every evaluation": Mutant(
        "core/telling.py", 'f"{alert.id}:{what}:{seq}:{receiver}"', 'f"{alert.id}:{what}:{now}:{receiver}"'
    ),
    "the end is not told": Mutant("core/telling.py", "for alert in ending:", "for alert in ending[:0]:"),
    "the end is told to who never heard": Mutant(
        "core/telling.py",
        'if any(row.status != "inhibited" for row in self._rows(a, receiver, FIRES))',
        "if self._rows(a, receiver, FIRES)",
    ),
    "a level that nobody hears of speaks for the lower ones": Mutant(
        "core/telling.py", "if top in untold and (top.silenced or top.snoozed(self.now)):", "if False:"
    ),
    "a message of many outlives its own alert": Mutant(
        "core/telling.py", 'return leader is not None and leader.state == "firing"', "return True"
    ),
    "an acknowledgement holds nothing up": Mutant("core/telling.py", " or alert.acknowledged(now) or ", " or "),
    "a snooze holds nothing up": Mutant(
        "core/telling.py", "alert.acknowledged(now) or alert.snoozed(now)", "alert.acknowledged(now)"
    ),
    "nobody is reminded": Mutant("core/telling.py", "if again or (", "if ("),
    "reminded at every evaluation": Mutant(
        "core/telling.py", "is not None and last < alert.acknowledged_until", "is not None"
    ),
    "nobody looks after what is critical": Mutant(
        "core/lifecycle.py", "_LOOKED_AFTER = timedelta(hours=24)", "_LOOKED_AFTER = timedelta(hours=1)"
    ),
    "a new amount judges the period that is over": Mutant(
        "policy/step.py", 'f"terms:{rule.name}": terms', 'f"terms:{rule.name}": ""'
    ),
}  # fmt: skip


def harmed(folder: Path, mutant: Mutant | None) -> Path:
    """A copy of the package, with the mistake in it."""
    copy = folder / "copy"
    for part in PARTS:
        shutil.copytree(ROOT / "budgetbot" / part, copy / "budgetbot" / part)  # with what is compiled already
    shutil.copy(ROOT / "budgetbot/__init__.py", copy / "budgetbot")
    if mutant is not None:
        target = copy / "budgetbot" / mutant.file
        source = target.read_text()
        assert source.count(mutant.old) == 1, f"{mutant.file} has no longer exactly one {mutant.old!r}"
        target.write_text(source.replace(mutant.old, mutant.new))
    return copy


def run_in(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=60)


def scenarios(folder: Path, mutant: Mutant | None) -> subprocess.CompletedProcess[str]:
    """The scenario files run on a copy of the package, with the mistake in it."""
    copy = harmed(folder, mutant)
    names = ("__init__.py", *(f"standins/{name}.py" for name in STANDINS))
    files = [f"tests/{part}/__init__.py" for part in PARTS] + [f for files in SCENARIOS.values() for f in files]
    for name in (*files, *(f"tests/{name}" for name in names)):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    chosen = [file for files in SCENARIOS.values() for file in files]
    if mutant is not None:
        chosen = list(SCENARIOS[mutant.file.partition("/")[0]])
    return run_in(copy, "-m", "pytest", *QUICK, *chosen)


def test_the_scenarios_pass_on_an_unharmed_copy(tmp_path: Path) -> None:
    done = scenarios(tmp_path, None)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_noticed(name: str, tmp_path: Path) -> None:
    done = scenarios(tmp_path, MUTANTS[name])

    assert done.returncode == 1, f"nobody noticed: {name}\n{done.stdout}{done.stderr}"
    assert " failed" in done.stdout
