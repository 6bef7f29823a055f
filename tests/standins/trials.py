"""A policy folder with tests of its own, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from budgetbot.errors import PolicyError
from budgetbot.policy.load import load_policy, shown_path
from budgetbot.policy.trial.read import read_trials
from budgetbot.policy.trial.run import run
from budgetbot.policy.trial.trial import Trial
from tests.policy.registries import REGISTRIES

POLICY = """
version: 1
labels: [{match: {project: "research*"}, set: {team: research}}]
budgets:
  - name: b
    match: {team: research}
    amount: 1000
    period: month
    thresholds: [{at: 50%, severity: info}, {at: 80%, severity: warning}]
  - {name: each-key, match: {project: ci}, each: [api_key], amount: 50, period: day,
     thresholds: [{at: 100%, severity: warning}]}
usage_budgets:
  - {name: images, metric: images, amount: 100, period: day, thresholds: [{at: 100%, severity: warning}]}
  - {name: tokens, metric: tokens, amount: 100, period: day, thresholds: [{at: 100%, severity: warning}]}
freshness: [{name: quiet, stale_after: 6h, severity: warning}]
receivers: [{name: screen, console: {}}, {name: other, console: {}}]
routes: [{match: {severity: info}, to: [other]}, {to: [screen]}]
"""


class Folder:
    """Policies in `policies/`, tests in `policies/tests/`."""

    def __init__(self, folder: Path, policy: str = POLICY) -> None:
        self.policies = folder / "policies"
        self.file = self.policies / "tests" / "b.yaml"
        self.file.parent.mkdir(parents=True)
        (self.policies / "policy.yaml").write_text(policy)

    def write(self, test: str) -> Path:
        """One test, whatever it is called: its fields, but for name and start."""
        head = "version: 1\ntests:\n  - name: it\n    start: 2026-11-01\n"
        self.file.write_text(head + indent(dedent(test), "    "))
        return self.file

    def trials(self) -> list[Trial]:
        """The tests. Raises PolicyError."""
        return read_trials(self.file, self.policies, lambda path: load_policy(path, REGISTRIES))

    def run(self, test: str) -> list[str]:
        """What is not as expected, as it is shown, without the way to the file."""
        self.write(test)
        (trial,) = self.trials()
        return [
            line.replace(shown_path(self.file), "b.yaml")
            for failure in run(trial)
            for line in str(failure).splitlines()
        ]

    def mistakes(self, test: str) -> list[str]:
        """What is wrong with it, without the way to the file."""
        self.write(test)
        try:
            self.trials()
        except PolicyError as error:
            return [mistake.removeprefix(f"{shown_path(self.file)}:") for mistake in error.mistakes]
        return []
