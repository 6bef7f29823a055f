"""Mistakes made on purpose in what waits, climbs and is told together: the random world must notice every one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.core.test_mutants import ROOT, STANDINS, Mutant, harmed, run_in

RUN = """
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.core.engine.machine import Engine
from tests.core.engine.memory import Plain
run_state_machine_as_test(lambda: Engine(Plain()), settings=settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True, database=None,
    phases=[Phase.generate], report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
))
"""
MUTANTS = {
    "a step is taken before its time": Mutant("core/escalate.py", "is not None and due <= now:", "is not None:"),
    "what holds a step up shifts nothing": Mutant(
        "core/escalate.py", "waited=self.waited + (now - self.held_since)", "waited=self.waited"
    ),
    "what is held up is so anew at every look": Mutant(
        "core/escalate.py", "self if self.held_since is not None else replace(self, held_since=now)",
        "replace(self, held_since=now)",
    ),
    "a lower level climbs beside a higher one": Mutant(
        "core/telling.py", "held=still or one.escalation.name in above", "held=still"
    ),
    "three of one rule are three messages": Mutant("core/bundle.py", "MANY = 3", "MANY = 4"),
    "what another message says is said again": Mutant(
        "core/bundle.py", 'status="grouped", leader=leader.alert.id', "leader=leader.alert.id"
    ),
    "one receiver hears for another": Mutant("core/bundle.py", "heaps[one.receiver, _", 'heaps["", _'),
    "a silence holds nothing up": Mutant(
        "core/telling.py", "return alert.silenced or alert.acknowledged", "return alert.acknowledged"
    ),
    "what is silenced is told": Mutant("core/lifecycle.py", "self.situation.silenced(alert)", "False"),
    "a silence has no end": Mutant("core/subject.py", "one.since <= now < one.until", "one.since <= now"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_noticed(name: str, tmp_path: Path) -> None:
    copy = harmed(tmp_path, MUTANTS[name])
    for part in ("tests/core/__init__.py", *(f"tests/{place}.py" for place in ("__init__", *_standins()))):
        (copy / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, copy / part)
    shutil.copytree(ROOT / "tests/core/engine", copy / "tests/core/engine")

    done = run_in(copy, "-c", RUN)

    assert done.returncode == 1, f"nobody noticed: {name}\n{done.stdout}{done.stderr}"
    assert "AssertionError" in done.stderr


def _standins() -> list[str]:
    return [f"standins/{name}" for name in STANDINS]
