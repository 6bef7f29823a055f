"""Builds settings, policy, store, sources and notifiers, and what commands and the web ask of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from budgetbot import notifiers, sources
from budgetbot.chat.grammar import parse
from budgetbot.chat.vocabulary import Vocabulary
from budgetbot.core.alert_row import alert_row
from budgetbot.core.directory import Directory
from budgetbot.core.model import Alert, Json
from budgetbot.core.spend import SpendQuery, answer
from budgetbot.cycle import Parts, history, whole
from budgetbot.errors import UsageError
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.load import Registries, load_policy
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, needed
from budgetbot.prices import price_book
from budgetbot.settings import Settings
from budgetbot.sources import Source
from budgetbot.store import Store, open_store

if TYPE_CHECKING:
    from budgetbot.web import Api

REGISTRIES = Registries(notifiers=notifiers.KINDS, sources=frozenset(sources.KINDS))


def clock(at: datetime | None = None) -> Callable[[], datetime]:
    """The time as an argument: UTC, or going on from `at`."""
    if at is None:
        return lambda: datetime.now(UTC)
    began = time.monotonic()
    return lambda: at + timedelta(seconds=time.monotonic() - began)


def policy_of(settings: Settings, path: Path | None = None) -> Policy:
    """The policy. Raises PolicyError or UsageError."""
    return load_policy(path or settings.budgetbot_policies, REGISTRIES)


@contextmanager
def store_of(settings: Settings, *, scratch: bool = False) -> Iterator[Store]:
    """The store; as a scratch copy whose writes vanish where asked for."""
    with closing(open_store(settings.budgetbot_database_url)) as store:
        if not scratch:
            yield store
            return
        with store.scratch() as copy:
            yield copy


@contextmanager
def parts_of(settings: Settings, *, scratch: bool = False, policy: Policy | None = None) -> Iterator[Parts]:
    """Everything a cycle works with, closed afterwards."""
    policy = policy or policy_of(settings)
    with ExitStack() as stack:
        store = stack.enter_context(store_of(settings, scratch=scratch))
        read = [stack.enter_context(closing(s)) for s in sources_of(settings, policy, store)]
        told = {name: notifiers.build(r.name, r.kind, r.options, settings) for name, r in policy.receivers.items()}
        for notifier in told.values():
            stack.enter_context(closing(notifier))
        prices = price_book(policy.prices)
        yield Parts(store, policy, read, told, prices, uncounted=sources.uncounted(policy.sources, settings))


def sources_of(settings: Settings, policy: Policy, store: Store) -> list[Source]:
    """The sources that the policy declares, and those whose variable alone is set."""
    return sources.build(policy.sources, settings, store.ledger.memory)


class Queries:
    """What commands, the web and chat ask. It reads, and evaluates nothing."""

    def __init__(self, parts: Parts, clock: Callable[[], datetime]) -> None:
        self.parts = parts
        self.clock = clock

    def query(self, words: str, top: int | None = None) -> SpendQuery:
        """The words of /spend as a query. Raises chat.grammar.NotUnderstood."""
        parts = self.parts
        ledger = parts.store.ledger
        directory = Directory(ledger.entities(), parts.policy.labels)
        vocabulary = Vocabulary.of(directory, ledger.series())
        defaults = parts.policy.defaults
        return parse(words, vocabulary, self.clock(), defaults.timezone, currency=defaults.currency, default_top=top)

    def spend(self, query: SpendQuery) -> dict[str, Json]:
        """The answer, in the shape of the contract."""
        policy = self.parts.policy
        return answer(query, history(self.parts, query.needs), policy.defaults.currency, self.clock(), policy.fx)

    def budgets(self) -> list[dict[str, Json]]:
        """Every budget now."""
        now = self.clock()
        store = self.parts.store
        state = State(store.alerts.open(), seen=store.alerts.rules())
        return budget_rows(self.parts.policy, whole(self.parts, needed(self.parts.policy, now), now), state, now)

    def alerts(self, *, everything: bool = False) -> list[dict[str, Json]]:
        """Open alerts, or all there ever were; the newest first."""
        found: list[Alert] = self.parts.store.alerts.all() if everything else self.parts.store.alerts.open()
        found.sort(key=lambda alert: (alert.fired_at or alert.active_since, alert.rank), reverse=True)
        return [alert_row(alert, self.clock()) for alert in found]

    def deliveries(self) -> list[dict[str, Json]]:
        """What was sent or is waiting, the newest first."""
        return self.parts.store.outbox.deliveries()

    def wrong(self) -> list[str]:
        """What keeps budgetbot from being ready: sources that are not read."""
        now = self.clock()
        late = timedelta(hours=6)
        return [
            f"{mark.source}: {mark.report} was last read {mark.pulled_at or 'never'}"
            for mark in self.parts.store.ledger.watermarks()
            if mark.source in self.parts.source_names and now - (mark.pulled_at or mark.since) > late
        ]


def api_of(queries: Queries) -> Api:
    """The JSON API over the queries."""
    from budgetbot.web import Api  # only `run` serves it: other commands need not wait for a web framework

    def spend(q: Mapping[str, str]) -> Json:
        return queries.spend(queries.query(q.get("q", "")))

    def alerts(q: Mapping[str, str]) -> Json:
        return list(queries.alerts(everything=q.get("all", "") not in ("", "0", "false")))

    def budgets(_: Mapping[str, str]) -> Json:
        return list(queries.budgets())

    def deliveries(_: Mapping[str, str]) -> Json:
        return list(queries.deliveries())

    reads = {"spend": spend, "budgets": budgets, "alerts": alerts, "deliveries": deliveries}
    return Api(reads, queries.wrong)


def refuse_open_web(settings: Settings) -> None:
    """Raises UsageError where the web app would be open to others without a token."""
    loopback = settings.budgetbot_http_host in ("127.0.0.1", "::1", "localhost")
    if not loopback and settings.budgetbot_web_token is None:
        raise UsageError("BUDGETBOT_HTTP_HOST is not loopback; set BUDGETBOT_WEB_TOKEN to a long random text")
