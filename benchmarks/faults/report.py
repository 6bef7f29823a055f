"""The outcome in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.faults.campaign import LOG, Outcome
from benchmarks.faults.hunt import ACCEPTED
from benchmarks.faults.verdict import PAGER

_SHOWN = 5
_RECEIVERS = {"team": "Slack", "hook": "webhook", "post": "e-mail"}


def report(outcome: Outcome) -> Iterator[str]:
    """What was done, how it fell, and each promise."""
    plan, count, verdict = outcome.plan, outcome.count, outcome.verdict
    where = "SQLite" if plan.sqlite else "PostgreSQL"
    who = f"{plan.replicas} processes" if plan.replicas > 1 else "one process"
    yield f"fault campaign: seed {plan.seed}, {who} on {where}, {plan.slots // 3} hours in {outcome.seconds:.0f} s"
    yield f"  {count.kills} kills, {count.leaders} of them of the leader"
    for what, times in count.fell.most_common():
        yield f"    {times:5d}  {what}"
    crashes = f"{plan.crashes} {'crash' if plan.crashes == 1 else 'crashes'}"
    yield f"  {crashes} of the database; {count.deaths} processes ended by themselves and were replaced"
    if plan.replicas > 1:
        yield f"  the leader was frozen {count.frozen} times, and cut off from the database {count.cut} times"
    if count.takeovers:
        slowest, usual = max(count.takeovers), sorted(count.takeovers)[len(count.takeovers) // 2]
        yield f"  {len(count.takeovers)} takeovers, the median after {usual:.2f} s, the slowest after {slowest:.1f} s"
    yield f"  receivers: {', '.join(f'{times} {what}' for what, times in sorted(outcome.troubles.items()))}"
    arrived = Counter(one.receiver for one in outcome.found.arrivals)
    told = ", ".join(f"{name} {arrived[id]}" for id, name in {**_RECEIVERS, PAGER: "PagerDuty"}.items())
    about = sum(alert.kind == "delivery" for alert in outcome.found.alerts.values())
    yield f"  accepted: {told}; {len(outcome.expected.arrivals)} without faults"
    yield f"  {len(outcome.found.alerts)} alerts, {about} of them about receivers that failed"
    for promise, broken in verdict.broken.items():
        yield f"    {len(broken):5d}  {promise}"
        yield from (f"             {one}" for one in broken[:_SHOWN])
    twice = ", ".join(f"{name} {verdict.duplicates[id]}" for id, name in _RECEIVERS.items())
    yield f"  residual, told twice: {twice}; {count.fell[ACCEPTED]} kills fell {ACCEPTED}"
    yield f"  {'every promise was kept' if verdict.kept else f'BROKEN; the log of the processes is {LOG}'}"
