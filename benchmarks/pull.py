"""The first pull and estimate of a large organisation: 90 days, 20 projects x 10 keys, days and two weeks of hours.

Printed beside the floor: the same buckets read and parsed, and thrown away. The server is a process of its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import SecretStr

from budgetbot.estimating import estimate
from budgetbot.prices import price_book
from budgetbot.pulling import plan, pull
from budgetbot.sim.api import ADMIN_KEY
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store, open_store


def main() -> None:
    """Print seconds, rows and the ratio."""
    with _server() as url, tempfile.TemporaryDirectory() as folder:
        now = datetime.now(UTC)
        _read(url, now)  # the simulation computes its history once
        floor, buckets, rows = _read(url, now)
        path = Path(folder) / "bench.db"
        with closing(open_store(f"sqlite:///{path}")) as store, closing(_source(url)) as source:
            first = _timed(lambda: pull(source, store.ledger, now))
            days, all_days = _estimated(source, store, now)
            again = _timed(lambda: pull(source, store.ledger, now))
            open_days, one_cycle = _estimated(source, store, now + timedelta(minutes=5))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = path.stat().st_size // 2**20
    print("first pull: 90 days, 20 projects x 10 keys, days and two weeks of hours, SQLite")
    print(f"  read and parsed only (the floor)   {floor:6.2f} s   {buckets} buckets, {rows} rows")
    print(f"  pulled and stored                  {first:6.2f} s   {first / floor:.2f} x the floor; {size} MiB on disk")
    print(
        f"  estimated, {days:2d} days                 {all_days:6.2f} s   {first + all_days:.2f} s in total (goal 30 s)"
    )
    print(f"  pulled again, nothing new          {again:6.2f} s   {again / first:.2f} x the first pull")
    print(f"  one cycle's estimate, {open_days} open day    {one_cycle:6.2f} s   (goal 2 s a day)")
    print(f"  peak memory                        {peak:6d} MiB")


def _source(url: str) -> OpenAISource:
    return OpenAISource("openai", SecretStr(ADMIN_KEY), url)


def _read(url: str, now: datetime) -> tuple[float, int, int]:
    began, buckets, rows = time.monotonic(), 0, 0
    with closing(_source(url)) as source:
        for report in source.reports():
            for walk in plan(report, None, now):
                for bucket in source.pull(report, walk.span, walk.grain, now):
                    buckets += 1
                    rows += len(bucket.costs) + len(bucket.usage)
    return time.monotonic() - began, buckets, rows


def _timed(action: object) -> float:
    began = time.monotonic()
    errors = action()  # type: ignore[operator]
    if errors:
        raise RuntimeError(errors)
    return time.monotonic() - began


def _estimated(source: OpenAISource, store: Store, now: datetime) -> tuple[int, float]:
    began = time.monotonic()
    days = estimate(source, store.days, price_book(), now)
    return days, time.monotonic() - began


@contextmanager
def _server() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(10)


def _serve(pipe: Connection) -> None:
    with serve(Organisation(seed=7, projects=20, keys_per_project=10, history_days=90)) as served:
        pipe.send(served.base_url)
        pipe.recv()
