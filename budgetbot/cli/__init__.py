"""The commands: parsing and printing only. One file for each group of them."""

from __future__ import annotations

import sys
import traceback

import click
import typer

from budgetbot import __version__
from budgetbot.cli import alerts, operations, policies, reading, running
from budgetbot.errors import BudgetbotError

app = typer.Typer(
    name="budgetbot",
    help="Watches what an organisation spends on LLM APIs and tells people before it hurts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (running, reading, operations):
    group.add_to(app)
app.add_typer(alerts.app, name="alerts")
app.add_typer(policies.app, name="policies")
app.add_typer(operations.db, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"budgetbot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Errors name the fix in one line; --debug, anywhere, adds the traceback."""


def main() -> None:
    """Run a command and end with its exit code: 0 fine, 1 the answer is bad, 2 wrong usage or configuration."""
    debug = "--debug" in sys.argv
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    try:
        code = app(arguments, standalone_mode=False)
    except click.ClickException as error:
        hint = f"; see {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        _fail(f"{error.format_message().rstrip('.')}{hint}", 2, debug)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted; nothing is lost, the next run goes on from here", 130, False)
    except BudgetbotError as error:
        _fail(str(error), error.exit_code, debug)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # the last net: a person sees one line, --debug the rest
        _fail(f"unexpected {type(error).__name__}: {error}; run again with --debug and report it", 1, debug)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    sys.stdout.flush()
    print(message, file=sys.stderr)
    sys.exit(code)
