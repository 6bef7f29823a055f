"""The commands: parsing and printing only. One file for each group of them."""

from __future__ import annotations

import sys
import traceback

import typer

from budgetbot import __version__
from budgetbot.cli import alerts, books, drill, files, operations, policies, reading, running, slack
from budgetbot.errors import BudgetbotError
from budgetbot.secrecy import without

_Refused: type[Exception] = typer.BadParameter.__mro__[2]  # click's ClickException, wherever this typer keeps it

app = typer.Typer(
    name="budgetbot",
    help="Watches what an organisation spends on LLM APIs and tells people before it hurts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (running, reading, books, files, operations, drill):
    group.add_to(app)
app.add_typer(alerts.app, name="alerts")
app.add_typer(policies.app, name="policies")
app.add_typer(operations.db, name="db")
app.add_typer(slack.app, name="slack")


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
        code = app(arguments, prog_name="budgetbot", standalone_mode=False)
    except _Refused as error:
        _fail(_usage(error), 2, debug)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _fail("interrupted; nothing is lost, the next run goes on from here", 130, False)
    except BudgetbotError as error:
        _fail(str(error), error.exit_code, debug)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # the last net: a person sees one line, --debug the rest
        from budgetbot.logs import redact

        _fail(
            f"unexpected {type(error).__name__}: {redact(str(error))}; run again with --debug and report it", 1, debug
        )
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: Exception) -> str:
    """What was wrong with the command line, in one line; the whole help where no command was named."""
    said: str = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return said
    return f"{said.rstrip('.')}; see {context.command_path if context else 'budgetbot'} --help"


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        print(without(traceback.format_exc()), file=sys.stderr)
    sys.stdout.flush()
    print(message, file=sys.stderr)
    sys.exit(code)
