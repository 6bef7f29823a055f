"""doctor, db, sim, demo: setting up and looking after it."""

from __future__ import annotations

import typer

from budgetbot.cli.console import settings

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


def doctor() -> None:
    """Check settings, database, policies, credentials and receivers; say the fix."""
    from budgetbot.doctor import examine

    findings = examine(settings())
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
    from budgetbot.sim.server import run_forever

    typer.echo(f"listening on http://127.0.0.1:{port}/v1 with the admin key sk-admin-sim; Ctrl-C ends it", err=True)
    run_forever(port, Organisation(seed=seed))


def demo(
    serve: bool = typer.Option(False, "--serve", help="Keep running, with the web app, until interrupted."),
) -> None:
    """Show a budget breach reach a person, with no credentials: a simulated organisation, SQLite, the console."""
    from budgetbot.demo import show

    show(serve=serve)
