"""The fault campaign: `python -m benchmarks faults [--kills N] [--seed S] [--replicas R | --sqlite]`.

The product's own scheduler, store and receivers in processes that are killed, frozen, cut off from a PostgreSQL that
crashes, and answered by receivers that fail, over a history of hours in seconds. Exits 1 where a promise is broken.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from benchmarks.faults.campaign import LOG, Plan, Stuck, run
from benchmarks.faults.report import report


def main(arguments: Sequence[str]) -> None:
    """One and three processes on PostgreSQL, and one on SQLite, which takes a fifth of the kills; or what is named."""
    parser = ArgumentParser(prog="python -m benchmarks faults")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--replicas", type=int, help="so many processes on PostgreSQL, and nothing else")
    which.add_argument("--sqlite", action="store_true", help="one process on SQLite, and nothing else")
    asked = parser.parse_args(arguments)
    if asked.sqlite:
        plans = [Plan(asked.seed, asked.kills, sqlite=True)]
    elif asked.replicas:
        plans = [Plan(asked.seed, asked.kills, asked.replicas)]
    else:
        small = Plan(asked.seed, asked.kills // 5, sqlite=True)
        plans = [Plan(asked.seed, asked.kills), Plan(asked.seed, asked.kills, 3), small]
    kept = [_kept(plan) for plan in plans]
    sys.exit(0 if all(kept) else 1)


def _kept(plan: Plan) -> bool:
    try:
        outcome = run(plan)
    except Stuck as error:
        print(f"seed {plan.seed}, {plan.replicas} replicas: BROKEN: {error}; the log of the processes is {LOG}")
        return False
    for line in report(outcome):
        print(line, flush=True)
    return outcome.verdict.kept
