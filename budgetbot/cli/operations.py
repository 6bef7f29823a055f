"""doctor, db, sim, demo: setting up and looking after it."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import typer

from budgetbot.app import clock
from budgetbot.cli.console import settings
from budgetbot.errors import UsageError

db = typer.Typer(help="The database.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (doctor, sim, demo):
        app.command()(command)


@db.command()
def upgrade() -> None:
    """Bring the database to this version's tables."""
    from budgetbot.store import open_store

    store = open_store(settings().budgetbot_database_url, upgrade=True)
    store.close()
    typer.echo("the database is up to date")


def doctor(
    post: str | None = typer.Option(
        None, "--post", metavar="RECEIVER", help="Send this receiver of the policy a message that says it is a test."
    ),
) -> None:
    """Check settings, database, policies, credentials and receivers; say the fix."""
    from budgetbot.doctor import examine, posted

    found, now = settings(), clock()()
    findings = examine(found, now)
    if post is not None:
        findings.append(posted(found, post, now))
    for line in findings:
        typer.echo(line.text)
    if any(line.wrong for line in findings):
        raise typer.Exit(1)


def sim(
    port: int = typer.Option(8090, "--port", help="Where to listen on loopback; 0 takes a free port."),
    seed: int = typer.Option(1, "--seed", help="Another seed, another organisation."),
) -> None:
    """Serve a simulated organisation's OpenAI usage and costs API, until interrupted."""
    from budgetbot.sim.organisation import Organisation
    from budgetbot.sim.server import serve

    with ExitStack() as stack:
        try:
            served = stack.enter_context(serve(Organisation(seed=seed), port))
        except OSError as error:
            raise UsageError(f"cannot listen on port {port} ({error.strerror}); give --port a free one, or 0") from None
        typer.echo(f"listening on {served.base_url} with the admin key {served.admin_key}; Ctrl-C ends it", err=True)
        threading.Event().wait()


def demo(
    serve: bool = typer.Option(False, "--serve", help="Keep running, with the web app, until interrupted."),
) -> None:
    """Show a budget breach reach a person, with no credentials: a simulated organisation, SQLite, the console."""
    from budgetbot.demo import show

    show(serve=serve)
