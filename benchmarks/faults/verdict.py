"""What was promised against what the receivers hold. Pure: it judges records, whoever kept them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.faults.receivers import Arrival

PAGER = "pager"
OPEN = frozenset({"pending", "sending", "unknown"})


class Row(NamedTuple):
    """One row of the outbox. `tries`: how each ended, oldest first, and why."""

    id: int
    receiver: str
    thread: str
    status: str
    tries: tuple[str, ...] = ()

    @property
    def unknown(self) -> int:
        """How many tries ended without anybody knowing how."""
        return sum(one.startswith("unknown") for one in self.tries)


class Ended(NamedTuple):
    """How an alert stands at the end."""

    kind: str
    state: str
    reason: str | None


@dataclass(frozen=True)
class Records:
    """What receivers accepted, in order; the outbox by key; the alerts by id. `unanswered`: how often a receiver
    accepted something, and its answer was lost."""

    arrivals: Sequence[Arrival]
    rows: Mapping[str, Row]
    alerts: Mapping[str, Ended]
    unanswered: Mapping[Arrival, int] = field(default_factory=dict)


@dataclass
class Verdict:
    """What was found, by promise; what is broken stands in it. `duplicates` by receiver may be, where the answer was
    lost and the receiver cannot be asked: those beyond that are `unexplained`."""

    lost: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    paged_twice: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    duplicates: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> dict[str, list[str]]:
        """The promises by name, each with what breaks it."""
        return {
            "lost": self.lost,
            "told, and nothing to tell": self.invented,
            "PagerDuty incidents opened twice": self.paged_twice,
            "duplicates beyond the residual": self.unexplained,
            "out of order": self.out_of_order,
            "rows left undone": self.undone,
            "alerts that ended otherwise": self.different,
        }

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not any(self.broken.values())


def judge(expected: Records, found: Records) -> Verdict:
    """A run with faults against one without. Alerts about receivers come from the faults: they are not compared."""
    verdict = Verdict()
    aside = {id for records in (expected, found) for id, alert in records.alerts.items() if alert.kind == "delivery"}
    due, held = _heard(expected.arrivals, aside), _heard(found.arrivals, aside)
    verdict.lost = sorted(map(_words, due - held))
    verdict.invented = sorted(map(_words, held - due))
    verdict.different = sorted(_differing(expected.alerts, found.alerts, aside))
    verdict.undone = sorted(key for key, row in found.rows.items() if row.status in OPEN)
    _count_twice(verdict, found)
    _look_at_order(verdict, found)
    return verdict


def _heard(arrivals: Iterable[Arrival], aside: set[str]) -> set[Arrival]:
    """What receivers know, each thing once; pages by their number, for their words differ with the minute."""
    known: set[Arrival] = set()
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in arrivals:
        alert, *rest = one.key.split(":")
        if alert in aside:
            continue
        if one.receiver != PAGER:
            known.add(one)
            continue
        words = said[alert, rest[0]]
        words.add(rest[1])
        known.add(Arrival(PAGER, f"{alert}:{rest[0]}:{len(words)}"))
    return known


def _words(one: Arrival) -> str:
    return f"{one.receiver} {one.key}"


def _differing(expected: Mapping[str, Ended], found: Mapping[str, Ended], aside: set[str]) -> Iterable[str]:
    for id in (expected.keys() | found.keys()) - aside:
        if expected.get(id) != found.get(id):
            yield f"{id}: {found.get(id)} and not {expected.get(id)}"


def _count_twice(verdict: Verdict, found: Records) -> None:
    times = Counter(one for one in found.arrivals if one.receiver != PAGER)
    for one, count in times.items():
        verdict.duplicates[one.receiver] += count - 1
        row, unanswered = found.rows.get(one.key), found.unanswered.get(one, 0)
        if count - 1 > unanswered + (row.unknown if row else 0):
            tries = "; ".join(row.tries) if row else "not in the outbox"
            verdict.unexplained.append(f"{_words(one)}: {count} times, {unanswered} unanswered; {tries}")


def _look_at_order(verdict: Verdict, found: Records) -> None:
    """Within a thread a receiver hears things in the order in which they were decided. A page is opened once, then
    closed."""
    last: dict[tuple[str, str], int] = {}
    pages: dict[str, str] = {}
    for one in found.arrivals:
        if one.receiver == PAGER:
            _look_at_page(verdict, one, pages)
        elif row := found.rows.get(one.key):
            if row.id < last.get((row.thread, row.receiver), 0):
                verdict.out_of_order.append(_words(one))
            last[row.thread, row.receiver] = row.id


def _look_at_page(verdict: Verdict, one: Arrival, pages: dict[str, str]) -> None:
    alert, action, _ = one.key.split(":")
    if action == "trigger" and pages.get(alert) == "resolve":
        verdict.paged_twice.append(alert)
    if action == "resolve" and alert not in pages:
        verdict.out_of_order.append(_words(one))
    pages[alert] = action
