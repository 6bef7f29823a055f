"""spend and budgets: the commands that answer."""

from __future__ import annotations

import typer

from budgetbot.app import Queries, clock, parts_of
from budgetbot.chat.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.reply import budgets_text, spend_text
from budgetbot.cli.console import JSON_OPTION, print_json, settings
from budgetbot.errors import UsageError

TOP = 10  # rows that a person is shown where none are asked for

_QUERY = typer.Argument(None, metavar="[QUERY ...]", help="The words of /spend; `spend help` lists them.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(context_settings={"ignore_unknown_options": True})(spend)
    app.command()(budgets)


def spend(
    query: list[str] = _QUERY,
    as_json: bool = JSON_OPTION,
) -> None:
    """What was spent: `spend research by model last 7 days`."""
    words = " ".join(query or [])
    with parts_of(settings()) as parts:
        queries = Queries(parts, clock())
        try:
            asked = queries.query(words, None if as_json else TOP)
        except HelpAsked as help:
            typer.echo(str(help))
            return
        except NotUnderstood as error:
            raise UsageError(str(error)) from None
        answer = queries.spend(asked)
    if as_json:
        print_json(answer)
    else:
        typer.echo(spend_text(answer, asked))


def budgets(as_json: bool = JSON_OPTION) -> None:
    """Every budget now: spent, limit, state."""
    with parts_of(settings()) as parts:
        rows = Queries(parts, clock()).budgets()
    if as_json:
        print_json(list(rows))
    else:
        typer.echo(budgets_text(rows, clock()()))
