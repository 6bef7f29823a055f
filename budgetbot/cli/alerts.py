"""alerts: what is open, and what people do about it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping

import typer

from budgetbot.app import Queries, clock, parts_of, store_of
from budgetbot.chat.telling.reply import alerts_text
from budgetbot.cli.console import JSON_OPTION, length, print_json, settings
from budgetbot.core.model import Json
from budgetbot.core.text import clean
from budgetbot.errors import UsageError
from budgetbot.store import Done

app = typer.Typer(help="Open alerts; acknowledge, snooze or resolve one.", invoke_without_command=True)
_ID = typer.Argument(metavar="ID", help="The alert's id, or its first letters.")
_BY = typer.Option(None, "--by", metavar="NAME", help="Who says so; the login name by default.")
_ONLY = typer.Option(False, "--only", help="This alert alone, not the others of its message.")


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
def ack(id: str = _ID, by: str | None = _BY, only: bool = _ONLY) -> None:
    """Acknowledge: no repeats, no escalation."""
    with store_of(settings()) as store:
        done = store.alerts.acknowledge(id, by or _login(), clock()(), only=only)
    typer.echo(_done(done, "acknowledged"))


@app.command()
def snooze(
    id: str = _ID, duration: str = typer.Argument(metavar="DURATION", help="4h, 30m, 2d."), only: bool = _ONLY
) -> None:
    """Say nothing more about it for a while."""
    until = clock()() + length(duration)
    with store_of(settings()) as store:
        done = store.alerts.snooze(id, until, clock()(), only=only)
    typer.echo(_done(done, f"snoozed until {until:%Y-%m-%d %H:%M} UTC"))


@app.command()
def resolve(id: str = _ID, by: str | None = _BY, only: bool = _ONLY) -> None:
    """Close it; it does not fire again in this period."""
    with store_of(settings()) as store:
        done = store.alerts.resolve(id, by or _login(), clock()(), only=only)
    typer.echo(_done(done, "resolved"))


@app.command()
def deliveries(
    id: int | None = typer.Argument(None, metavar="[ID]", help="A single delivery, by its number, with every try."),
    as_json: bool = JSON_OPTION,
    attempts: bool = typer.Option(False, "--attempts", help="With every try; in JSON as attempts_log."),
) -> None:
    """Everything that was sent or waits to be sent."""
    with parts_of(settings()) as parts:
        rows = Queries(parts, clock()).deliveries(id, attempts=attempts or id is not None)
    if id is not None and not rows:
        raise UsageError(f"there is no delivery {id}; `budgetbot alerts deliveries` lists the latest")
    if as_json:
        print_json(list(rows))
    else:
        for row in rows:
            typer.echo("\n".join([_delivery(row), *_tries(row)]))


def _delivery(row: Mapping[str, Json]) -> str:
    moment = row["sent_at"] or row["next_at"] or ""
    error = f"  {clean(str(row['last_error']), 200)}" if row["last_error"] else ""
    return (
        f"{row['id']:>6}  {row['status']:<9}  {row['receiver']}  {row['reason']}  {row['alert'] or ''}  {moment}{error}"
    )


def _done(done: Done, what: str) -> str:
    count = len(done.others)
    others = f", and {count} other{'' if count == 1 else 's'} of the same message" if count else ""
    return f"{done.alert.id} {what}{others}"


def _tries(row: Mapping[str, Json]) -> list[str]:
    log = row.get("attempts_log")
    tries = (one for one in (log if isinstance(log, list) else ()) if isinstance(one, dict))
    return [f"{'':>8}{one['at']}  {one['outcome']:<7}  {clean(str(one['error'] or ''), 200)}".rstrip() for one in tries]


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
