"""policies: check them before they page anybody."""

from __future__ import annotations

from pathlib import Path

import typer

from budgetbot.app import REGISTRIES, clock, lint_of, policy_of
from budgetbot.cli import backtest, trials
from budgetbot.cli.console import JSON_OPTION, print_json, settings

app = typer.Typer(help="Validate policies; print their JSON schema.", no_args_is_help=True)
_PATH = typer.Argument(None, metavar="[PATH]", help="A folder or a file; BUDGETBOT_POLICIES by default.")
trials.add_to(app)
backtest.add_to(app)


@app.command()
def validate(path: Path | None = _PATH) -> None:
    """Check every file; one line a mistake: FILE:LINE:COLUMN: field: what is wrong; what to write."""
    from budgetbot.policy.summary import validate_summary

    for line in validate_summary(policy_of(settings(), path)):
        typer.echo(line)


@app.command()
def lint(
    path: Path | None = _PATH,
    as_json: bool = JSON_OPTION,
    strict: bool = typer.Option(False, "--strict", help="Exit with 1 for warnings too."),
) -> None:
    """Compare the policies with what was spent: dead rules, spend that nobody watches, alerts that reach nobody.

    A line each, by file and line, the summary last; exit 1 where something is an error.

    --json: {"coverage": {"currency", "period": {"start", "end"}, "last_month", "total", "covered", "share",
    "uncovered": [{"project", "id", "amount"}]}, "findings": [{"code", "level", "where", "name", "message"}]}.
    coverage is null where the ledger is empty; level is error, warning or note.
    """
    found = settings()
    report = lint_of(found, policy_of(found, path), clock()())
    if as_json:
        print_json(report.row)
    else:
        typer.echo("\n".join(report.lines))
    if report.count("error") or (strict and report.count("warning")):
        raise typer.Exit(1)


@app.command()
def schema(tests: bool = typer.Option(False, "--tests", help="Of test files, in place of policy files.")) -> None:
    """Print the JSON schema, for editors."""
    from budgetbot.policy.json_schema import json_schema, trial_schema

    print_json(trial_schema() if tests else json_schema(REGISTRIES))
