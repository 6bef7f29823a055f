"""A backtest for people: plain and aligned, or as Markdown for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from statistics import median_low

from budgetbot.core.model import Json
from budgetbot.core.text import clean, utc
from budgetbot.notifiers.table import columns
from budgetbot.policy.backtest import Backtest, Fired
from budgetbot.policy.backtest_difference import Difference
from budgetbot.policy.backtest_report import Figures, figures

_HEAD = ("rule", "alerts", "overruns", "unwarned", "warned before", "at least", "noise", "open")
_CHANGES = ("rule", "", "alerts", "overruns", "unwarned", "noise")
_MOST = 200  # of a list, more than anybody reads; --json has all
_NAME = 60


def text(found: Backtest, changes: Difference | None) -> str:
    """Plain lines."""
    lines = [headline(found, changes), "", *_facts(found), ""]
    if changes is not None:
        lines += [*columns(_CHANGES, _change_rows(changes, _plain)), *_untouched(changes), ""]
    lines += [*columns(_HEAD, _rows(found, _plain)), "", *_told(found, _plain)]
    for title, alerts in _lists(found, changes):
        lines += ["", f"{title}:", *_cut([f"  {_line(one, _plain)}" for one in alerts])]
    return "\n".join(line.rstrip() for line in lines)


def markdown(found: Backtest, changes: Difference | None) -> str:
    """A headline, tables, and the alerts folded away. Names are foreign: they are shown as they are, and do nothing."""
    lines = [f"**{headline(found, changes)}**", ""]
    if changes is not None:
        lines += [*_table(_CHANGES, _change_rows(changes, escaped)), ""]
        lines += [f"{line}\n" for line in _untouched(changes)]
    lines += [*_table(_HEAD, _rows(found, escaped)), "", *(f"- {line}" for line in _facts(found))]
    lines += [f"- {line}" for line in _told(found, escaped)]
    for title, alerts in _lists(found, changes):
        lines += ["", f"<details><summary>{title}</summary>", ""]
        lines += [*_cut([f"- {_line(one, escaped)}" for one in alerts]), "", "</details>"]
    return "\n".join(lines)


def headline(found: Backtest, changes: Difference | None) -> str:
    """ "3 -> 11 alerts in 90 days; 2 overruns caught 6 days earlier; 8 new alerts were noise".

    Several gains are told by the lower one of those in the middle.
    """
    days = (found.span.end - found.span.start) // timedelta(days=1)
    over = "in " + _count(days, "day") if days else "in " + length(found.span.end - found.span.start)
    total = figures(found.rules)
    if changes is None:
        said = [f"{_count(total.alerts, 'alert')} {over}", *_caught(total), *_noisy(total.noise, "alert")]
        return "; ".join(said)
    said = [f"{changes.before.fired} -> {_count(total.alerts, 'alert')} {over}"]
    for gains, word in ((changes.earlier, "earlier"), (changes.later, "later")):
        if gains:
            said.append(f"{_count(len(gains), 'overrun')} caught {length(median_low(gains))} {word}")
    for number, words in ((changes.caught, "caught that {} missed before"), (changes.missed, "missed that {} caught")):
        if number:
            said.append(f"{_count(number, 'overrun')} {words.format('was' if number == 1 else 'were')}")
    said += _noisy(sum(one.noise is True for one in changes.new), "new alert")
    if not changes.new and not changes.gone:
        said.append("no alert changes")
    return "; ".join(said)


def _noisy(number: int, noun: str) -> list[str]:
    return [f"{_count(number, noun)} {'was' if number == 1 else 'were'} noise"] if number else []


def _caught(total: Figures) -> list[str]:
    if not total.overruns:
        return ["no period ended over its amount"]
    said = [f"{_count(total.overruns, 'period')} ended over the amount, {total.unwarned} of them without a warning"]
    if total.median is not None:
        said.append(f"warned {length(total.median)} before")
    return said


def length(span: timedelta) -> str:
    """ "6 days", "1 day", "5 hours": the larger unit, cut."""
    days, hours = span // timedelta(days=1), span // timedelta(hours=1)
    return _count(days, "day") if days else _count(hours, "hour")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def escaped(name: str, limit: int = _NAME) -> str:
    """Foreign text in Markdown: one line in which nothing is markup, HTML, a link, a reference or a mention.

    In <code> nobody looks for references and mentions; an address would be made a link even there.
    """
    shown = re.sub(r"[!-,./:-@\[-`{-~]", lambda found: f"&#{ord(found[0])};", clean(name, limit))
    return f"<code>{shown.replace('&#64;', '&#64;&#8203;')}</code>" if shown else ""


def _plain(name: str) -> str:
    return clean(name, _NAME)


def _facts(found: Backtest) -> list[str]:
    lines = [
        f"from {utc(found.span.start)} until {utc(found.span.end)}, policy {found.policy.hash or 'without a hash'}"
    ]
    if found.data is None:
        return [*lines, "the ledger holds nothing of that time; `budgetbot pull` fills it"]
    lines.append(f"data from {utc(found.data.start)} until {utc(found.data.end)}")
    for currency, share in found.assumed.items():
        if share:
            lines.append(
                f"{share:.0%} of the {clean(currency, 8)} is history read late: when it became known is assumed"
            )
    return lines


def _rows(found: Backtest, say: Callable[[str], str]) -> list[list[str]]:
    rows = [[say(result.rule.name), *_cells(figures([result]))] for result in found.rules]
    return [*rows, ["total", *_cells(figures(found.rules))]]


def _cells(one: Figures) -> list[str]:
    over = f"{one.overruns} of {one.periods}"
    before, least = (length(lead) if lead is not None else "" for lead in (one.median, one.least))
    return [str(one.alerts), over, str(one.unwarned), before, least, str(one.noise), str(one.still_open)]


def _change_rows(changes: Difference, say: Callable[[str], str]) -> list[list[str]]:
    rows = []
    for one in changes.rules:
        if one.what != "same":
            before, after = (figures([result]) if result else None for result in (one.before, one.after))
            pairs = [(getattr(before, name, None), getattr(after, name, None)) for name in _CHANGES[2:]]
            rows.append([say(one.name), one.what, *(_arrow(*pair) for pair in pairs)])
    return rows


def _arrow(before: int | None, after: int | None) -> str:
    if before is None or after is None or before == after:
        return str(before if after is None else after)
    return f"{before} -> {after}"


def _untouched(changes: Difference) -> list[str]:
    same = sum(one.what == "same" for one in changes.rules)
    return [f"{_count(same, 'rule')} unchanged"] if same else []


def _told(found: Backtest, say: Callable[[str], str]) -> list[str]:
    return [
        f"{say(receiver)} gets {_count(sum(some.values()), 'message')}: "
        + ", ".join(f"{number} {reason}" for reason, number in some.items())
        for receiver, some in found.told.items()
    ]


def _lists(found: Backtest, changes: Difference | None) -> list[tuple[str, list[Fired]]]:
    if changes is not None:
        named = (("New alerts", changes.new), ("Alerts that are gone", changes.gone))
        return [(f"{title} ({len(some)})", _in_time(some)) for title, some in named if some]
    fired = _in_time(one for result in found.rules for one in result.fired)
    return [(f"Alerts ({len(fired)})", fired)] if fired else []


def _in_time(alerts: Iterable[Fired]) -> list[Fired]:
    return sorted(alerts, key=lambda one: (one.at, one.alert.rule, one.alert.rank, one.alert.id))


def _line(one: Fired, say: Callable[[str], str]) -> str:
    alert = one.alert
    scope = ", ".join(f"{say(name)} {say(value or 'none')}" for name, value in alert.scope.names.items())
    who = (
        "told with a higher level" if one.spoken_for else "told to " + (", ".join(map(say, one.receivers)) or "nobody")
    )
    words = [scope, "late" if alert.late else "", "noise" if one.noise else ""]
    said = ", ".join(word for word in words if word)
    head = f"{one.at:%Y-%m-%d %H:%M} {alert.severity.value:8} {say(alert.rule)} {say(alert.level)}"
    return f"{head}{': ' + said if said else ''}; {who}"


def _cut(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - _MOST
    return [*lines[:_MOST], f"  and {rest} more; --json lists them all"] if rest > 0 else list(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    rule = ["---", *["--:"] * (len(head) - 1)]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def report_row(row: dict[str, Json], changes: Difference | None) -> dict[str, Json]:
    """The JSON of both; `against` is null where nothing is compared."""
    return {**row, "against": changes.row() if changes is not None else None}
