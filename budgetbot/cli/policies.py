"""policies: check them before they page anybody."""

from __future__ import annotations

from pathlib import Path

import typer

from budgetbot.app import REGISTRIES, policy_of
from budgetbot.cli.console import print_json, settings

app = typer.Typer(help="Validate policies; print their JSON schema.", no_args_is_help=True)
_PATH = typer.Argument(None, metavar="[PATH]", help="A folder or a file; BUDGETBOT_POLICIES by default.")


@app.command()
def validate(path: Path | None = _PATH) -> None:
    """Check every file; one line a mistake: FILE:LINE:COLUMN: field: what is wrong; what to write."""
    from budgetbot.policy.summary import validate_summary

    for line in validate_summary(policy_of(settings(), path)):
        typer.echo(line)


@app.command()
def schema() -> None:
    """Print the JSON schema, for editors."""
    from budgetbot.policy.json_schema import json_schema

    print_json(json_schema(REGISTRIES))
