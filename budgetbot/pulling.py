"""From a provider's API into the ledger: what to ask for again, walked whole, bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from budgetbot.core.model import Bucket, Watermark
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report, Source
from budgetbot.store import Ledger

HISTORY = timedelta(days=90)  # what a new source is asked for
HOURS = timedelta(days=14)  # of which this much by the hour
TRAILING = {"cost": timedelta(days=3), "usage": timedelta(hours=3)}  # what may still change without notice
DEEP = {"cost": timedelta(days=7), "usage": timedelta(days=2)}  # the same, once a day
MONTH_END = 5  # until this day of a month the whole month before is read once a day
USUAL_LAG = timedelta(hours=24)  # how late a bill usually is: when backfilled history is taken to have been known
_BATCH = 24  # buckets a transaction

_log = structlog.get_logger(__name__)
Progress = Callable[[str, str, float], None]
"""Called with source, report and the finished share of its walk; may raise Stopped."""


class Stopped(Exception):
    """Somebody asked to stop while history was being read; the next pull goes on from there."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One stretch of one report at one grain."""

    report: Report
    span: Span
    grain: Grain


def day(moment: datetime) -> datetime:
    """The UTC midnight before."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def hour(moment: datetime) -> datetime:
    """The full hour before."""
    return moment.replace(minute=0, second=0, microsecond=0)


def hourly(report: Report) -> bool:
    """Whether the recent past is read by the hour."""
    return report.kind == "usage" and report.finest == "hour"


def plan(report: Report, mark: Watermark | None, now: datetime, needed: datetime | None = None) -> list[Walk]:
    """What to read: all history for a new report, else only what can have changed since. Edges are bucket edges.

    `needed`: how far back the policy looks; a new report is read from there where that is earlier than usual.
    """
    tomorrow, next_hour = day(now) + timedelta(days=1), hour(now) + timedelta(hours=1)
    if mark is None or mark.complete_to is None:
        return initial(report, min(day(now) - HISTORY, day(needed or now)), now)
    deep = mark.pulled_at is None or day(mark.pulled_at) < day(now)
    back = (DEEP if deep else TRAILING)["usage" if hourly(report) else "cost"]
    if hourly(report):
        return [Walk(report, Span(hour(mark.complete_to - back), next_hour), "hour")]
    start = day(mark.complete_to) - back
    if deep and now.day <= MONTH_END:
        start = min(start, day(day(now).replace(day=1) - timedelta(days=1)).replace(day=1))
    return [Walk(report, Span(start, tomorrow), "day")]


def initial(report: Report, since: datetime, now: datetime) -> list[Walk]:
    """History from `since` on: costs by the day; usage by the day, and the last two weeks by the hour."""
    tomorrow, next_hour = day(now) + timedelta(days=1), hour(now) + timedelta(hours=1)
    if not hourly(report):
        return [Walk(report, Span(since, tomorrow), "day")]
    hours = max(since, day(now) - HOURS)
    days = [Walk(report, Span(since, hours), "day")] if since < hours else []
    return [*days, Walk(report, Span(hours, next_hour), "hour")]


def pull(
    source: Source,
    ledger: Ledger,
    now: datetime,
    progress: Progress | None = None,
    needed: datetime | None = None,
) -> list[str]:
    """Read everything of one source that can have changed. What went wrong, a line each; the rest is kept."""
    marks = {mark.report: mark for mark in ledger.watermarks() if mark.source == source.name}
    errors, read = [], False
    for report in source.reports():
        try:
            walk(source, ledger, plan(report, marks.get(report.name), now, needed), now, progress)
        except SourceError as error:
            ledger.walk_failed(source.name, report.name, str(error), now)
            errors.append(_told(source, report, error))
            if error.refused and len(errors) == 1 and report == source.reports()[0]:
                break  # the credential is the same for every report: asking on only makes noise
        else:
            read = True
            ledger.walk_done(source.name, report.name, _complete_to(report, now), now)
    if read:
        name_everything(source, ledger, now)
    return errors


def _told(source: Source, report: Report, error: SourceError) -> str:
    return f"{source.name}: {report.name}: {str(error).removeprefix(f'{source.name}: ')}"


def _complete_to(report: Report, now: datetime) -> datetime:
    return hour(now) if hourly(report) else now


def backfill(
    source: Source,
    ledger: Ledger,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    progress: Progress | None = None,
) -> list[str]:
    """Read history between midnights (None: 90 days ago, now), resuming where an earlier try stopped.

    Watermarks only move where that leaves no gap behind them.
    """
    since = since or day(now) - HISTORY
    marks = {mark.report: mark for mark in ledger.watermarks() if mark.source == source.name}
    errors = []
    for report in source.reports():
        walks = initial(report, since, now)
        if until is not None:
            cut = (Walk(w.report, Span(w.span.start, min(w.span.end, until)), w.grain) for w in walks)
            walks = [w for w in cut if w.span.start < w.span.end]
        try:
            walk(source, ledger, walks, now, progress)
        except SourceError as error:
            ledger.walk_failed(source.name, report.name, str(error), now)
            errors.append(_told(source, report, error))
            if error.refused and len(errors) == 1 and report == source.reports()[0]:
                break
        else:
            mark = marks.get(report.name)
            known = mark.complete_to if mark else None
            if (until is None or until > now) and since <= (known or day(now) - HISTORY):
                ledger.walk_done(source.name, report.name, _complete_to(report, now), now)
    return errors


def walk(source: Source, ledger: Ledger, walks: Sequence[Walk], now: datetime, progress: Progress | None) -> None:
    """Read and save every bucket. A long walk notes how far it came, so that the next try goes on from there."""
    memory = ledger.memory(source.name)
    total = sum((w.span.length for w in walks), timedelta()) or timedelta(1)
    done = timedelta()
    for one in walks:
        note = f"walk.{one.report.name}.{one.grain}"
        start = _resume(memory.get(note), one.span)
        last = start
        for batch in _batches(source.pull(one.report, Span(start, one.span.end), one.grain, now)):
            ledger.save(source.name, batch, now, USUAL_LAG)
            last = batch[-1].end
            if one.span.length > DEEP["cost"]:
                memory[note] = f"{one.span.start.isoformat()} {last.isoformat()}"
            if progress:
                progress(source.name, one.report.name, (done + (last - one.span.start)) / total)
        memory.pop(note, None)
        done += one.span.length
    if progress and walks:
        progress(source.name, walks[0].report.name, 1.0)


def _resume(note: str | None, span: Span) -> datetime:
    if not note:
        return span.start
    began, reached = (datetime.fromisoformat(text) for text in note.split(" "))
    return reached if began <= span.start < reached < span.end else span.start


def _batches(buckets: Iterator[Bucket]) -> Iterator[list[Bucket]]:
    batch: list[Bucket] = []
    try:
        for bucket in buckets:
            batch.append(bucket)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except SourceError:
        if batch:
            yield batch  # what came whole is kept; the watermark does not move
        raise
    if batch:
        yield batch


def name_everything(source: Source, ledger: Ledger, now: datetime) -> None:
    """Fetch names once a day, and when an id turns up that was not there at the last look.

    A key that may read usage but no names is enough for every figure, so it is a warning and no failure.
    """
    memory = ledger.memory(source.name)
    today = day(now).date().isoformat()
    if memory.get("names.day") == today and memory.get("names.missing") == ledger.unnamed(source.name):
        return
    try:
        ledger.save_entities(source.name, list(source.entities()), now)
    except SourceError as error:
        _log.warning("names could not be read; ids stand in for them", source=source.name, error=str(error))
        if not error.permanent:
            return  # tried again with the next pull
    memory["names.day"] = today
    memory["names.missing"] = ledger.unnamed(source.name)
