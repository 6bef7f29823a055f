"""alerts: what is open, and what people do about it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping

import typer

from budgetbot.app import Queries, clock, parts_of, store_of
from budgetbot.chat.reply import alerts_text
from budgetbot.cli.console import JSON_OPTION, length, print_json, settings
from budgetbot.core.model import Json
from budgetbot.core.text import clean

app = typer.Typer(help="Open alerts; acknowledge, snooze or resolve one.", invoke_without_command=True)
_ID = typer.Argument(metavar="ID", help="The alert's id, or its first letters.")
_BY = typer.Option(None, "--by", metavar="NAME", help="Who says so; the login name by default.")


@app.callback()
def alerts(
    context: typer.Context,
    as_json: bool = JSON_OPTION,
    everything: bool = typer.Option(False, "--all", help="Resolved ones too."),
) -> None:
    """Open alerts; acknowledge, snooze or resolve one."""
    if context.invoked_subcommand is not None:
        return
    with parts_of(settings()) as parts:
        rows = Queries(parts, clock()).alerts(everything=everything)
    if as_json:
        print_json(list(rows))
    else:
        typer.echo(alerts_text(rows))


@app.command()
def ack(id: str = _ID, by: str | None = _BY) -> None:
    """Acknowledge: no repeats, no escalation."""
    with store_of(settings()) as store:
        alert = store.alerts.get(id)
        store.alerts.acknowledge(alert.id, by or _login(), clock()())
    typer.echo(f"{alert.id} acknowledged")


@app.command()
def snooze(id: str = _ID, duration: str = typer.Argument(metavar="DURATION", help="4h, 30m, 2d.")) -> None:
    """Say nothing more about it for a while."""
    until = clock()() + length(duration)
    with store_of(settings()) as store:
        alert = store.alerts.get(id)
        store.alerts.snooze(alert.id, until, clock()())
    typer.echo(f"{alert.id} snoozed until {until:%Y-%m-%d %H:%M} UTC")


@app.command()
def resolve(id: str = _ID, by: str | None = _BY) -> None:
    """Close it; it does not fire again in this period."""
    with store_of(settings()) as store:
        alert = store.alerts.get(id)
        store.alerts.resolve(alert.id, by or _login(), clock()())
    typer.echo(f"{alert.id} resolved")


@app.command()
def deliveries(as_json: bool = JSON_OPTION) -> None:
    """Everything that was sent or waits to be sent."""
    with parts_of(settings()) as parts:
        rows = Queries(parts, clock()).deliveries()
    if as_json:
        print_json(list(rows))
    else:
        for row in rows:
            typer.echo(_delivery(row))


def _delivery(row: Mapping[str, Json]) -> str:
    moment = row["sent_at"] or row["next_at"] or ""
    error = f"  {clean(str(row['last_error']), 200)}" if row["last_error"] else ""
    return (
        f"{row['id']:>6}  {row['status']:<9}  {row['receiver']}  {row['reason']}  {row['alert'] or ''}  {moment}{error}"
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
