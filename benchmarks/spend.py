"""/spend over a ledger of a million rows: words -> query -> answer as JSON, as `run` answers, beside plain SQL.

Quiet, and while the same process saves a restated day every second, now and then with a new key. Beside it what a
command pays that keeps nothing, and the sums alone as SQL on the same file: not even names are looked up there.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np

from benchmarks.spend_ledger import DAY, LAG, NOW, POLICY, SOURCE, TODAY, bill, fill, series
from benchmarks.spend_plain import Plain
from budgetbot.app import REGISTRIES, Queries
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.cycle import Parts
from budgetbot.learnt import Learnt
from budgetbot.policy.load import load_policy
from budgetbot.store import KeptSpend, Store, open_store

GOAL = 0.150
EACH, FEW = 20, 2  # questions of a kind; those that are also asked without what is kept, and as SQL
TOP = 10
_WHOLE = ("since 2026-01-01 by month", "everything, 400 days", "400 days, by key and month")
_KINDS: Mapping[str, Callable[[random.Random], str]] = {
    "this month by project": lambda _: "",
    "project:x by model last 7 days": lambda r: f"project:{_project(r)} by model last 7 days",
    "by key yesterday top 5": lambda _: "by key yesterday top 5",
    "this month vs last month": lambda _: "this month vs last month",
    "last month vs previous": lambda _: "last month vs previous month",
    "by day last 30d": lambda _: "by day last 30d",
    "over $50": lambda r: f"by key over ${r.randint(1, 90)}",
    "by team, a label": lambda r: f"by team last {r.randint(2, 30)} days",
    "team:x by model": lambda r: f"team:{r.choice(['research', 'product', 'builds'])} by model",
    "globs": lambda r: f"{r.choice(['ci-0*', 'app-1*', 'product-*'])} last {r.randint(2, 30)} days",
    "names asked back": lambda r: f"{_project(r)} today",
    "why last 7 days": lambda _: "why last 7 days",
    "since 2026-01-01 by month": lambda _: "since 2026-01-01 by month",
    "everything, 400 days": lambda _: "2025-10-17..2026-11-20",
    "400 days, by key and month": lambda _: "by key by month 2025-10-17..2026-11-20",
}


def _project(draw: random.Random) -> str:
    p = draw.randrange(25)
    return f"{('research', 'product', 'web')[p % 3]}-{p:02}"


def main() -> None:
    """Print milliseconds per kind of question, beside those of SQL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spend.db"
        with closing(open_store(f"sqlite:///{path}")) as store:
            began = time.monotonic()
            lines = fill(store)
            print(f"/spend over {lines:,} rows, SQLite, {EACH} questions of {len(_KINDS)} kinds in random order")
            print(
                f"  the ledger is filled in {time.monotonic() - began:.0f} s, {path.stat().st_size >> 20} MiB on disk"
            )
            _measure(_parts(store, Path(folder)), path)


def _parts(store: Store, folder: Path) -> Parts:
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    return Parts(store, load_policy(policy, REGISTRIES), (), {})


def _measure(parts: Parts, path: Path) -> None:
    asked = [(kind, words(random.Random(n))) for kind, words in _KINDS.items() for n in range(EACH)]
    random.Random(7).shuffle(asked)
    gc.collect()
    before = _peak()
    staying = Queries(parts, lambda: NOW, Learnt(KeptSpend()))
    firsts = [_timed(staying, words) for words in ("", _KINDS["everything, 400 days"](random.Random(0)))]
    kept = _peak()
    processor = sorted(_timed(staying, words, time.thread_time) for kind, words in asked if kind not in _WHOLE)
    quiet = _asked(staying, asked)
    with _writing(parts.store):
        busy = _asked(staying, asked)
    peak = _peak()
    few = [one for kind in _KINDS for one in [one for one in asked if one[0] == kind][:FEW]]
    alone: dict[str, list[float]] = defaultdict(list)
    for kind, words in few:
        alone[kind].append(_timed(Queries(parts, lambda: NOW), words))
    with closing(Plain(path, staying)) as plain:
        sql = plain.timed(few)
    print(f"  first question after a start {firsts[0] * 1e3:.0f} ms, first over everything {firsts[1] * 1e3:.0f} ms")
    print(f"  memory: peak {before} MiB with the ledger filled, {kept} once all is kept, {peak} in the end")
    _print(quiet, busy, alone, sql)
    print(f"  processor time alone, up to two months {_figures(processor)}")


def _timed(queries: Queries, words: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds until the answer, or the question back, could be sent."""
    began = clock()
    with suppress(NotUnderstood):
        json.dumps(queries.spend(queries.query(words, TOP)))
    return clock() - began


def _asked(queries: Queries, asked: Sequence[tuple[str, str]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for kind, words in asked:
        found[kind].append(_timed(queries, words))
    return found


@contextmanager
def _writing(store: Store) -> Iterator[None]:
    over = threading.Event()
    writer = threading.Thread(target=_write, args=(store, over))
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _write(store: Store, over: threading.Event) -> None:
    draw, turn = np.random.default_rng(8), 0
    while not over.wait(1.0):
        every = series(keys=10 + turn // 10)
        one = bill(every, draw.lognormal(12, 1.0, len(every)), TODAY - turn % 3 * DAY)
        store.ledger.save(SOURCE, one, NOW, LAG)
        turn += 1


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _print(
    quiet: Mapping[str, list[float]],
    busy: Mapping[str, list[float]],
    alone: Mapping[str, list[float]],
    sql: Mapping[str, float],
) -> None:
    head = "p50    p95    p99    max"
    print(f"  {'milliseconds':32s} {head}   | a save a second: {head}   | one-shot  plain SQL    p50 / SQL")
    for kind in _KINDS:
        figures = f"{_figures(quiet[kind])}   |                  {_figures(busy[kind])}"
        once = _share(alone[kind], 50)
        ratio = f"{sql[kind] * 1e3:9.0f}  {_share(quiet[kind], 50) / sql[kind]:8.2f} x" if kind in sql else ""
        print(f"  {kind:32s}{figures}   |  {once * 1e3:6.0f}  {ratio}")
    usual = [kind for kind in _KINDS if kind not in _WHOLE and not kind.startswith("why")]
    short = [kind for kind in _KINDS if kind not in _WHOLE]
    groups = {"what was spent, two months": usual, "and why": short, "and a year or more": list(_KINDS)}
    for name, kinds in groups.items():
        both = [[one for kind in kinds for one in found[kind]] for found in (quiet, busy)]
        held = "" if all(_share(some, 99) < GOAL for some in both) else "  MISSED"
        print(f"  {name:32s}{_figures(both[0])}   |                  {_figures(both[1])}   | goal p99 150{held}")


def _figures(seconds: Sequence[float]) -> str:
    return "".join(f"{_share(seconds, percent) * 1e3:7.0f}" for percent in (50, 95, 99, 100))


def _share(seconds: Sequence[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)]
