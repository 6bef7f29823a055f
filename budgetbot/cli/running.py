"""run, check, pull, digest: the commands that do the work."""

from __future__ import annotations

import os
import sys
from datetime import date as Date
from datetime import datetime, timedelta

import typer

from budgetbot import cycle
from budgetbot.app import clock, current_of, parts_of, policy_of, queries_following, refuse_open_web
from budgetbot.assembly import refuse_lacking
from budgetbot.cli.console import day, midnight, moment, settings
from budgetbot.cli.progress import progress_bar
from budgetbot.core.notification import Notification
from budgetbot.cycle import Parts
from budgetbot.delivery import deliver
from budgetbot.errors import UsageError
from budgetbot.estimating import estimate
from budgetbot.heartbeat import Heartbeat
from budgetbot.lead import LeaseHeld, leading, lease
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.policy import digests
from budgetbot.policy.policy import Digest
from budgetbot.policy.step import State, needed
from budgetbot.pulling import backfill
from budgetbot.pulling import pull as pull_source
from budgetbot.scheduler import Clock, unhealthy

PATIENCE = timedelta(seconds=30)  # a command that runs once waits this long for a receiver to recover

_SOURCES = typer.Argument(None, metavar="[SOURCE ...]", help="Which sources; all by default.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (run, check, pull, digest):
        app.command()(command)


def run() -> None:
    """Run the scheduler and the web app until SIGTERM. On PostgreSQL several may: one leads, all send and answer."""
    from budgetbot.answering import handlers_of
    from budgetbot.service import serve

    found = settings()
    refuse_open_web(found)
    policy = policy_of(found)
    refuse_lacking(found, policy)
    with current_of(found, policy=policy) as current, leading(current.parts.store) as lead:
        now = clock()
        queries = queries_following(current, now)
        over = serve(current, lead, found, now, queries, handlers=handlers_of(current, queries, now))
    if not over:
        sys.stdout.flush()
        os._exit(0)  # without waiting for a thread that waits for others: being cut off loses nothing


def check(
    dry_run: bool = typer.Option(False, "--dry-run", help="Write and send nothing; print what would be sent."),
    at: str | None = typer.Option(None, "--at", metavar="T", help="Take this moment for now, e.g. 2026-11-20T14:00Z."),
) -> None:
    """Do one full cycle (pull, evaluate, deliver everything that is due), then exit: for cron."""
    found = settings()
    now = clock(moment(at, "--at"))
    policy = policy_of(found)
    if not dry_run:
        refuse_lacking(found, policy)
    with parts_of(found, scratch=dry_run, policy=policy) as parts:
        last = parts.store.jobs.last().get("evaluate")
        if at is not None and not dry_run and last is not None and now() < last:
            raise UsageError(f"--at lies before the last cycle ({last:%Y-%m-%dT%H:%M:%SZ}); add --dry-run")
        if dry_run:
            errors = _rehearse(parts, now)
        else:
            heartbeat = Heartbeat(found.budgetbot_heartbeat_url if at is None else None)
            with lease(parts.store), progress_bar() as progress:
                done = cycle.turn(parts, now, PATIENCE, progress)
                heartbeat.tell([*done.errors, *unhealthy(parts, now())])
            heartbeat.wait()
            errors = done.errors or _held_up(parts.store.outbox.unsent(now()))
            typer.echo(f"checked {len(parts.sources)} sources: {done.sent} sent, {len(errors)} failed")
    _end(errors)


def _held_up(due: int) -> tuple[str, ...]:
    """What is due and was not sent, though nothing failed: it waits for an earlier message of its thread."""
    return (f"{due} due notifications wait behind one that failed; they stay queued",) if due else ()


def _rehearse(parts: Parts, now: Clock) -> tuple[str, ...]:
    failed = cycle.pull_all(parts, now())
    cycle.evaluate(parts, now())
    screens = {name: ConsoleNotifier(name) for name in parts.notifiers}
    shown = deliver(parts.store.outbox, screens, "rehearsal", now)
    typer.echo(f"dry run: {shown.sent} would be sent; nothing is written")
    return tuple(failed)


def _end(errors: tuple[str, ...] | list[str]) -> None:
    for error in errors:
        typer.echo(error, err=True)
    if errors:
        raise typer.Exit(1)


def pull(
    sources: list[str] = _SOURCES,
    since: str | None = typer.Option(None, metavar="DATE", help="First day, e.g. 2026-08-01; 90 days ago by default."),
    until: str | None = typer.Option(None, metavar="DATE", help="The day after the last; now by default."),
) -> None:
    """Read history from the providers, with progress; an interrupted pull goes on where it stopped."""
    found = settings()
    first, end = day(since, "--since"), day(until, "--until")
    if first and end and first >= end:
        raise UsageError("--until must lie after --since")
    now = clock()()
    with parts_of(found) as parts:
        known = {source.name: source for source in parts.sources}
        unknown = [name for name in sources or [] if name not in known]
        if unknown:
            raise UsageError(
                f"unknown source {unknown[0]}; configured: {', '.join(known) or 'none (set OPENAI_ADMIN_KEY)'}"
            )
        errors: list[str] = []
        with progress_bar() as progress:
            for source in (known[name] for name in sources or known):
                if first is None and end is None:
                    errors += pull_source(source, parts.store.ledger, now, progress, needed(parts.policy, now).start)
                    estimate(source, parts.store.days, parts.prices, now)
                    continue
                start = midnight(first) if first else None
                errors += backfill(source, parts.store.ledger, start, midnight(end) if end else None, now, progress)
                estimate(source, parts.store.days, parts.prices, now)
    _end(errors)


def digest(
    name: str | None = typer.Argument(None, metavar="[NAME]", help="Which digest; all by default."),
    date: str | None = typer.Option(None, "--date", metavar="DATE", help="As if it were due on this day."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print it, send nothing."),
) -> None:
    """Write a digest now and send it to its receivers, unless they have it already."""
    found = settings()
    now = clock()
    with parts_of(found, scratch=dry_run) as parts:
        known = {spec.name: spec for spec in parts.policy.digests}
        if name is not None and name not in known:
            raise UsageError(f"unknown digest {name}; the policy has {', '.join(known) or 'none'}")
        written: list[Notification] = []
        for spec in known.values() if name is None else [known[name]]:
            written += _written(parts, spec, day(date, "--date"), now())
        if dry_run:
            for content in {n.thread: n for n in written}.values():
                ConsoleNotifier("screen").send(content, None)
            return
        new = parts.store.alerts.record([], written, now())
        try:
            with lease(parts.store):
                delivered = cycle.send(parts, now, PATIENCE)
        except LeaseHeld:
            typer.echo(f"{new} queued; `budgetbot run` sends what is queued")
            return
        typer.echo(f"{new} queued, {delivered.sent} sent" if new else "already sent; --dry-run shows it")
    _end(delivered.errors)


def _written(parts: Parts, spec: Digest, date: Date | None, now: datetime) -> list[Notification]:
    """One digest as of a date, today by its own time zone where none is given."""
    chosen = date or now.astimezone(digests.zone_of(spec, parts.policy)).date()
    state = State(parts.store.alerts.open(), seen=parts.store.alerts.rules())
    slot = digests.on_date(spec, parts.policy, chosen)
    return cycle.write_digest(cycle.with_allowances(parts), spec, slot, state, now)
