"""export and import: the ledger as a file, and a bill from a file."""

from __future__ import annotations

from pathlib import Path

import typer

from budgetbot.app import clock, store_of
from budgetbot.cli.console import day, settings

imports = typer.Typer(help="Read a bill from a file.", no_args_is_help=True)
_FILE = typer.Argument(metavar="FILE")
_OUT = typer.Option(None, "--out", metavar="FILE", help="Where to; standard output by default.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(export)
    app.add_typer(imports, name="import")


def export(
    format: str = typer.Option("csv", "--format", help="csv, focus-csv or parquet."),
    since: str | None = typer.Option(None, metavar="DATE", help="The first day."),
    until: str | None = typer.Option(None, metavar="DATE", help="The day after the last."),
    out: Path | None = _OUT,
) -> None:
    """Write the billed lines out."""
    from budgetbot.export import export_span, run_export

    with store_of(settings()) as store:
        span = export_span(store.ledger, day(since, "--since"), day(until, "--until"), clock()())
        count = run_export(store.ledger, format, span, out)
    typer.echo(f"{count} lines exported", err=True)


@imports.callback()
def _group() -> None:
    """Read a bill from a file."""


@imports.command()
def focus(file: Path = _FILE) -> None:
    """Import a FOCUS 1.0 to 1.2 file, CSV or Parquet; it replaces its billing periods."""
    from budgetbot.sources.focus_import import import_focus

    with store_of(settings()) as store:
        done = import_focus(file, store.ledger, clock()())
    for total in done.totals:
        typer.echo(f"{total.provider}: {total.amount} {total.currency} (source {total.source})")
        if total.beside:
            others = ", ".join(total.beside)
            typer.echo(f"{total.provider} is also read by {others}: the same money may now count twice", err=True)
    typer.echo(
        f"{done.rows} rows, {done.days} days, {done.replaced} of {done.periods} billing periods replaced, "
        f"{done.changed} lines changed"
    )
