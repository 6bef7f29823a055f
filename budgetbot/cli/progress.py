"""A progress bar on a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from budgetbot.pulling import Progress


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """One line a report, while it is read."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<36}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    tasks: dict[tuple[str, str], TaskID] = {}
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def show(source: str, report: str, share: float) -> None:
            task = tasks.get((source, report))
            if task is None:
                task = tasks[source, report] = bars.add_task(f"{source} {report}", total=1.0)
            bars.update(task, completed=share)

        yield show
