"""drill: whether an alert would arrive."""

from __future__ import annotations

import typer

from budgetbot.app import clock, parts_of
from budgetbot.cli.console import length, settings
from budgetbot.core.instant import length_text
from budgetbot.drilling import Drilled, try_out
from budgetbot.errors import UsageError

_RECEIVER = typer.Argument(None, metavar="[RECEIVER]", help="Which receiver; every one of the policy by default.")
_WITHIN = typer.Option("60s", "--within", metavar="DURATION", help="How soon it must be confirmed: 60s, 5m.")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(drill)


def drill(receiver: str | None = _RECEIVER, within: str = _WITHIN) -> None:
    """Send an alert that says it is none ("DRILL: nothing is wrong") the whole way, and wait for its confirmation.

    A receiver that wakes people (PagerDuty, Opsgenie) is woken, and its incident is resolved by the same command.
    It ends with 1 where something is not confirmed in time; what is still queued is tried again later.
    """
    limit = length(within)
    with parts_of(settings()) as parts:
        known = list(parts.policy.receivers)
        if receiver is not None and receiver not in known:
            raise UsageError(f"unknown receiver {receiver}; the policy has {', '.join(known) or 'none'}")
        if not known:
            raise UsageError("the policy has no receivers; declare one: receivers: [{name: screen, console: {}}]")
        told = try_out(parts, known if receiver is None else [receiver], clock(), limit)
    for one in told:
        typer.echo(_line(one, length_text(limit)))
    if any(one.took is None for one in told):
        raise typer.Exit(1)


def _line(one: Drilled, within: str) -> str:
    if one.took is not None:
        resolved = ", and its incident resolved" if one.pages else ""
        return f"{one.receiver}: confirmed in {one.took.total_seconds():.1f} s{resolved}"
    return f"{one.receiver}: {'given up' if one.dead else f'not confirmed within {within}'}: {one.error}"
