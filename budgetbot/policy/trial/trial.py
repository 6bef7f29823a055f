"""One test as it is run: what its file says, the policy it is about, and what its times mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from budgetbot.core.instant import length_text
from budgetbot.core.model import DIMENSIONS, Series
from budgetbot.policy.mistakes import Mistake
from budgetbot.policy.policy import Policy
from budgetbot.policy.trial.fields import When
from budgetbot.policy.trial.schema import SeriesEntry, SpendEntry, TrialEntry, UsageEntry
from budgetbot.policy.yaml_node import Tree
from budgetbot.rules.wrong import Way

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a start is no duration
PER = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}


@dataclass(frozen=True)
class Trial:
    """`way` leads to it in its file."""

    tree: Tree
    way: Way
    entry: TrialEntry
    policy: Policy

    @property
    def name(self) -> str:
        """What it shows."""
        return self.entry.name

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose clock its times are read in."""
        return self.entry.timezone or self.policy.defaults.timezone

    @cached_property
    def start(self) -> datetime:
        """When it begins, UTC."""
        return self.entry.start.at(_NEVER, self.zone)

    @cached_property
    def end(self) -> datetime:
        """The last time at which something is expected."""
        return max(self.moment(one.when) for one in self.entry.expect)

    def is_about(self, rule: str) -> bool:
        """Whether alerts and messages of this rule are compared."""
        return not self.entry.rules or rule in self.entry.rules

    def moment(self, when: When) -> datetime:
        """The instant, UTC."""
        return when.at(self.start, self.zone)

    def evaluations(self) -> Iterator[datetime]:
        """When rules are evaluated."""
        now = self.start
        while now <= self.end:
            yield now
            now += self.entry.every

    def series(self) -> Iterator[tuple[Way, SpendEntry | UsageEntry]]:
        """All of spend and usage, each with the way to it."""
        yield from ((("spend", i), one) for i, one in enumerate(self.entry.spend))
        yield from ((("usage", i), one) for i, one in enumerate(self.entry.usage))

    def sources(self) -> list[str]:
        """The sources that are read."""
        named = [series_of(one.of).source for _, one in self.series()]
        stale = [event.stale.source for event in self.entry.events if event.stale]
        return list(dict.fromkeys([*named, *stale]))

    def buckets(self, one: SeriesEntry) -> list[datetime]:
        """When the buckets of a series begin."""
        return [self.start + i * PER[one.per] for i in range(len(one.values))]

    def shown(self, now: datetime) -> str:
        """ "40h (2026-11-02 17:00 CET)" """
        return f"{length(now - self.start)} ({now.astimezone(self.zone):%Y-%m-%d %H:%M %Z})"

    def mistake(self, way: Way, words: str, *, at_key: bool = False) -> Mistake:
        """A mistake inside this test."""
        return self.tree.mistake((*self.way, *way), words, at_key=at_key)

    def place(self, *way: str | int) -> str:
        """ "file:line" """
        found = self.mistake(way, "")
        return f"{found.file}:{found.line}"


def series_of(of: dict[str, str]) -> Series:
    """The series with these dimensions, of OpenAI unless they name another provider or source."""
    provider = of.get("provider", of.get("source", "openai"))
    known = {"provider": provider, "source": of.get("source", provider), **of}
    return Series(**{name: known[name] for name in DIMENSIONS if name in known})


def length(elapsed: timedelta) -> str:
    """So long after the start, as a test writes it: 40h, 3d, 2d 6h."""
    days, rest = divmod(elapsed, timedelta(days=1))
    if days < 3 or not rest:
        return length_text(elapsed)
    return f"{days}d {length_text(rest)}"
