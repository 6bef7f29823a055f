"""reconcile and explain: the ledger beside an invoice, and the story of an alert."""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby

import typer

from budgetbot.app import Queries, clock, parts_of
from budgetbot.cli.console import JSON_OPTION, print_json, settings
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano, show
from budgetbot.core.reconcile import Open, Reconciliation
from budgetbot.core.text import clean
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
_AMOUNT = re.compile(
    r"(?P<minus>-?)(?P<sign>[$€£]?)(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,9})?|[0-9]{1,15}(?:\.[0-9]{1,9})?)"
    r"(?: ?(?P<code>[A-Z]{3}))?"
)
_MONTH = typer.Argument(metavar="MONTH", help="The month of the bill (UTC), such as 2026-10.")
_INVOICE = typer.Option(..., "--invoice", metavar="AMOUNT", help='What the invoice asks: 1234.50, or "1234.50 EUR".')
_SOURCE = typer.Option(None, "--source", metavar="NAME", help="One source; all whose dollars count by default.")
_WHAT = typer.Argument(
    metavar="ALERT_ID | PROJECT | KEY", help="An alert's id or its first letters; or a name, an id, dimension:value."
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(reconcile)
    app.command()(explain)


def reconcile(
    month: str = _MONTH,
    invoice: str = _INVOICE,
    source: str | None = _SOURCE,
    as_json: bool = JSON_OPTION,
) -> None:
    """The ledger against an invoice, line by line; exit code 1 where they differ by more than a cent."""
    from budgetbot.books import month_span, reconciliation

    span, (amount, currency) = month_span(_month(month)), _amount(invoice)
    with parts_of(settings()) as parts:
        found = reconciliation(parts, span, amount, currency, source, clock()())
    if as_json:
        print_json(found.row())
    else:
        typer.echo(reconciliation_text(found))
    if not found.matches:
        raise typer.Exit(1)


def explain(what: str = _WHAT, as_json: bool = JSON_OPTION) -> None:
    """The evidence of an alert and whether it still holds; or which rules and routes speak of a project or key."""
    with parts_of(settings()) as parts:
        if parts.store.alerts.has(what):
            said, text = _alert_story(parts, what)
        else:
            said, text = _who_speaks(parts, what)
    if as_json:
        print_json(said)
    else:
        typer.echo(text)


def _alert_story(parts: Parts, id: str) -> tuple[dict[str, Json], str]:
    from budgetbot.chat.telling.explanation import explanation_text
    from budgetbot.explaining import explanation

    said = explanation(parts, id, clock()())
    return said, explanation_text(said)


def _who_speaks(parts: Parts, words: str) -> tuple[dict[str, Json], str]:
    from budgetbot.chat.asking.not_understood import NotUnderstood
    from budgetbot.chat.telling.applied import applied_text
    from budgetbot.explaining_spend import spend_explanation

    try:
        said = spend_explanation(Queries(parts, clock()), words, clock()())
    except NotUnderstood as error:
        listed = "`budgetbot alerts --all` lists them"
        raise UsageError(f"there is no alert {words[:20]!a} ({listed}), and {error}") from None
    return said, applied_text(said)


def _month(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) and text >= "1000":
        return date.fromisoformat(f"{text}-01")
    raise UsageError(f"{clean(text, 40)!r} is not a month; write it like 2026-10")


def _amount(text: str) -> tuple[Nano, str | None]:
    """Nano-units, and a currency where one is named. Raises UsageError."""
    found = _AMOUNT.fullmatch(text.strip())
    if not found or (found["sign"] and found["code"] and _SIGNS[found["sign"]] != found["code"]):
        raise UsageError(f'--invoice: {clean(text, 40)!r} is not an amount; write 1234.50 or "1234.50 EUR"')
    amount = nano(exact(found["number"].replace(",", "")))
    return (-amount if found["minus"] else amount), found["code"] or _SIGNS.get(found["sign"])


def reconciliation_text(found: Reconciliation) -> str:
    """The month as a table: line items, the sums, the invoice, the rest, and what may still change."""
    from budgetbot.notifiers.table import columns

    def money(amount: Nano) -> str:
        return show(amount, found.currency)

    items = [(clean(item.line_item or "", 60) or "(no line item)", money(item.amount)) for item in found.items]
    sums = [
        ("charges", money(found.sum("charge"))),
        ("credits", money(found.sum("credit"))),
        ("tax", money(found.sum("tax"))),
        ("ledger", money(found.ledger)),
        ("invoice", money(found.invoice)),
        ("unexplained", money(found.unexplained)),
    ]
    table = columns(["line item", "amount"], [*items, ("", ""), *sums])
    sources = ", ".join(clean(name, 40) for name in found.sources) or "nothing billed"
    lines = [f"{found.span.start:%B %Y} (UTC), {sources}, in {found.currency}", "", *table, ""]
    for code, amount in sorted((found.others or {}).items()):
        lines.append(f"not in it: {show(amount, code)}, billed in {code}")
    return "\n".join([*lines, *_unsettled(found), _verdict(found)])


def _verdict(found: Reconciliation) -> str:
    if found.matches:
        return "the ledger and the invoice agree within a cent"
    which = "more" if found.unexplained > 0 else "less"
    return f"the invoice is {show(abs(found.unexplained), found.currency)} {which} than the ledger"


def _unsettled(found: Reconciliation) -> list[str]:
    lines = []
    for source, days in groupby(found.unsettled, lambda one: one.source):
        lines.append(f"not settled, so the bill may still change: {clean(source, 40)}, {_stretches(list(days))}")
    return lines


def _stretches(days: list[Open]) -> str:
    """ "2 October, 29 to 31 October"."""
    stretches: list[list[date]] = []
    for one in days:
        if stretches and (one.day - stretches[-1][-1]).days == 1:
            stretches[-1].append(one.day)
        else:
            stretches.append([one.day])
    return ", ".join(
        f"{s[0].day} {s[0]:%B}" if len(s) == 1 else f"{s[0].day} to {s[-1].day} {s[0]:%B}" for s in stretches
    )
