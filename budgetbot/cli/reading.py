"""spend and budgets: the commands that answer."""

from __future__ import annotations

import typer

from budgetbot.app import Queries, clock, parts_of
from budgetbot.chat.asking.help import HELP
from budgetbot.chat.asking.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.telling.reply import budgets_text, spend_text
from budgetbot.cli.console import JSON_OPTION, moment, print_json, settings
from budgetbot.errors import UsageError

TOP = 10  # rows that a person is shown where none are asked for

_QUERY = typer.Argument(None, metavar="[QUERY ...]", help="The words of /spend; `spend help` lists them.")
_AS_OF = typer.Option(
    None, "--as-of", metavar="TIME", help="The bill alone as it was known then; today and the like mean that day."
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(context_settings={"ignore_unknown_options": True})(spend)
    app.command()(budgets)


def spend(
    query: list[str] = _QUERY,
    as_of: str | None = _AS_OF,
    as_json: bool = JSON_OPTION,
) -> None:
    """What was spent: `spend research by model last 7 days`."""
    from budgetbot.books import spend_as_of

    now = clock()
    known = moment(as_of, "--as-of")
    if known is not None and known > now():
        raise UsageError(f"--as-of: {as_of} is still to come; name a moment of the past")
    words = " ".join(query or [])
    if words.strip().lower() == "help":  # before there is anything to ask
        typer.echo(HELP)
        return
    with parts_of(settings()) as parts:
        queries = Queries(parts, now if known is None else clock(known))
        try:
            asked = queries.query(words, None if as_json else TOP)
        except HelpAsked as help:
            typer.echo(str(help))
            return
        except NotUnderstood as error:
            raise UsageError(str(error)) from None
        answer = queries.spend(asked) if known is None else spend_as_of(parts, asked, known)
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
