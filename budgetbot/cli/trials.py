"""policies test: the unit tests of policies."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from budgetbot.app import policy_of
from budgetbot.cli.console import settings
from budgetbot.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from budgetbot.policy.trial.junit import FileResult, Result
    from budgetbot.policy.trial.read import Load
    from budgetbot.policy.trial.trial import Trial

_PATH = typer.Argument(
    None, metavar="[PATH]", help="A policy folder, or a test file in its tests/; BUDGETBOT_POLICIES by default."
)
_JUNIT = typer.Option(None, "--junit", metavar="FILE", help="Write the results as JUnit XML, too.")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("test")(run_tests)


def run_tests(path: Path | None = _PATH, junit: Path | None = _JUNIT) -> None:
    """Run the unit tests in tests/ of the policy folder: spend and events, and the alerts and messages expected.

    A line each; what failed says what was expected (-) and what there was (+). Exit 1 where a test fails or is wrong.
    """
    from budgetbot.policy.trial.read import trial_files

    found = settings()
    policy, files = trial_files(path or found.budgetbot_policies)
    load = cache(lambda where: policy_of(found, where))
    results = [_file(file, policy, load) for file in files]
    for line in dict.fromkeys(mistake for one in results for mistake in one.mistakes):
        typer.echo(line, err=True)
    if junit is not None:
        _write(junit, results)
    typer.echo(_summary(results))
    if any(one.failed or one.mistakes for one in results):
        raise typer.Exit(1)


def _file(file: Path, policy: Path, load: Load) -> FileResult:
    from budgetbot.policy.load import shown_path
    from budgetbot.policy.trial.junit import FileResult
    from budgetbot.policy.trial.read import read_trials

    name = shown_path(file)
    try:
        trials = read_trials(file, policy, load)
    except PolicyError as error:
        return FileResult(name, mistakes=tuple(error.mistakes))
    return FileResult(name, tuple(_result(name, trial) for trial in trials))


def _result(file: str, trial: Trial) -> Result:
    from budgetbot.policy.trial.junit import Result
    from budgetbot.policy.trial.run import run

    began = time.monotonic()
    failures = tuple(run(trial))
    typer.echo(f"{'FAIL' if failures else 'ok  '} {file}: {trial.name}")
    for failure in failures:
        typer.echo("\n".join(f"    {line}" for line in str(failure).splitlines()))
    return Result(trial.name, failures, time.monotonic() - began)


def _summary(results: list[FileResult]) -> str:
    tests = sum(len(one.results) for one in results)
    failed, wrong = sum(one.failed for one in results), sum(1 for one in results if one.mistakes)
    parts = [f"{tests} test{'' if tests == 1 else 's'}", f"{failed} failed" if failed else "all ok"]
    if wrong:
        parts = [parts[0], f"{failed} failed", f"{wrong} file{'' if wrong == 1 else 's'} not run"]
    return ", ".join(parts)


def _write(path: Path, results: list[FileResult]) -> None:
    from budgetbot.policy.trial.junit import junit

    try:
        path.write_bytes(junit(results))
    except OSError as error:
        raise UsageError(f"--junit: {path} cannot be written ({error.strerror}); name another file") from None
