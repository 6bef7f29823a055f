"""policies backtest: what a policy would have said over what the ledger remembers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import typer

from budgetbot import sources
from budgetbot.app import clock, policy_of, store_of
from budgetbot.cli.backtest_text import markdown, report_row, text
from budgetbot.cli.console import JSON_OPTION, moment, print_json, settings
from budgetbot.cli.progress import progress_bar
from budgetbot.core.directory import Directory
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.errors import UsageError
from budgetbot.policy.backtest import backtest, metrics, reach
from budgetbot.policy.backtest_difference import difference
from budgetbot.policy.backtest_report import report
from budgetbot.policy.policy import Policy
from budgetbot.policy.rehearsal import Watched
from budgetbot.settings import Settings

_PATH = typer.Argument(None, metavar="[PATH]", help="A folder or a file; BUDGETBOT_POLICIES by default.")
_AGAINST = typer.Option(None, "--against", metavar="PATH", help="The policies to compare with, such as those in force.")
_SINCE = typer.Option(..., "--since", metavar="DATE", help="The first day, UTC.")
_UNTIL = typer.Option(None, "--until", metavar="DATE", help="The day after the last; now by default.")
_MARKDOWN = typer.Option(False, "--markdown", help="Print Markdown, for a comment on a pull request.")
_MOST = typer.Option(None, "--max-alerts", metavar="N", min=0, help="Exit with 1 where more alerts fire.")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("backtest")(run)


def run(
    path: Path | None = _PATH,
    against: Path | None = _AGAINST,
    since: str = _SINCE,
    until: str | None = _UNTIL,
    as_json: bool = JSON_OPTION,
    as_markdown: bool = _MARKDOWN,
    max_alerts: int | None = _MOST,
) -> None:
    """What the policies would have told whom: replayed hour by hour over the ledger as it was known; nothing is sent.

    --json: {"since", "until", "policy", "data": {"start", "end"}, "assumed": {CURRENCY: share}, "total", "told":
    {RECEIVER: {REASON: messages}}, "rules": [{"rule", "kind", ..., "fired": [], "exceeded": []}], "against"}. Totals:
    alerts, periods, overruns, unwarned, noise, still_open, lead_hours. against is null, or what changes.
    """
    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other; give one of them")
    found = settings()
    span = _span(since, until, clock()())
    policies = [policy_of(found, path), *([policy_of(found, against)] if against else [])]
    past = past_of(found, policies, span)
    with _watched() as watched:
        results = [backtest(policy, past, span, watched) for policy in policies]
    changes = difference(results[1], results[0]) if against else None
    if as_json:
        print_json(report_row(report(results[0]), changes))
    else:
        typer.echo((markdown if as_markdown else text)(results[0], changes))
    if max_alerts is not None and results[0].fired > max_alerts:
        typer.echo(f"{results[0].fired} alerts fired, more than --max-alerts {max_alerts}", err=True)
        raise typer.Exit(1)


def _span(since: str, until: str | None, now: datetime) -> Span:
    """Whole hours, so that the same question has the same answer within one. Raises UsageError."""
    first, end = moment(since, "--since"), moment(until, "--until")
    assert first is not None  # noqa: S101
    if first > now:
        raise UsageError(f"--since {since} is not over yet; name a day in the past")
    if end is not None and end <= first:
        raise UsageError("--until must lie after --since")
    last = min(end or now, now).replace(minute=0, second=0, microsecond=0)
    if last <= first:
        raise UsageError(f"--since {since} leaves no whole hour that is over; name an earlier day")
    return Span(first, last)


def past_of(settings: Settings, policies: Sequence[Policy], span: Span) -> Past:
    """All that the policies look at, as it became known; of the sources that are configured, where any are."""
    policy = policies[0]
    spans = [reach(one, span) for one in policies]
    wide = Span(min(one.start for one in spans), max(one.end for one in spans))
    counted = sorted({metric for one in policies for metric in metrics(one, span.end)})
    names = {spec.name for spec in sources.configured(policy.sources, settings)}
    with store_of(settings) as store:
        directory = Directory(store.ledger.entities(), policy.labels)
        past = store.ledger.past(wide, directory, sources.uncounted(policy.sources, settings), counted)
    return replace(past, marks=[mark for mark in past.marks if not names or mark.source in names])


@contextmanager
def _watched() -> Iterator[Watched]:
    """The share that is done, as a bar; the one that begins takes the place of the one before."""
    with progress_bar() as show:
        yield lambda share: show("backtest", "", share) if show else None
