"""slack: setting the app up."""

from __future__ import annotations

import typer

app = typer.Typer(help="The Slack app.", no_args_is_help=True)


@app.callback()
def _slack() -> None:
    """The Slack app."""


@app.command()
def manifest(
    url: str | None = typer.Option(
        None, "--url", metavar="URL", help="Where Slack finds budgetbot; without it, Socket Mode: no inbound port."
    ),
) -> None:
    """Print the manifest from which Slack makes the app."""
    from budgetbot.chat.slack.manifest import manifest as text

    typer.echo(text(url), nl=False)
