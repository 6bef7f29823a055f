"""Builds settings, policy, store, sources and notifiers, and what commands and the web ask of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from budgetbot import notifiers, sources
from budgetbot.assembly import assembled, owners_lack
from budgetbot.audit import audit, vitals
from budgetbot.chat.asking.grammar import parse
from budgetbot.chat.asking.me import Me
from budgetbot.core.alert_row import alert_row
from budgetbot.core.compared import NO_USE
from budgetbot.core.history import History
from budgetbot.core.model import Alert, Json
from budgetbot.core.same_part import compares_today, same_part
from budgetbot.core.spend import SpendQuery, answer
from budgetbot.current import Current
from budgetbot.cycle import Parts, whole, with_allowances
from budgetbot.errors import UsageError
from budgetbot.learnt import Learnt
from budgetbot.policy.board import Tile, board
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.lint import Report, lint, lint_span
from budgetbot.policy.load import Registries, load_policy
from budgetbot.policy.policy import OWNER, Policy
from budgetbot.policy.step import State, needed
from budgetbot.settings import Settings
from budgetbot.sources import Source
from budgetbot.store import KeptSpend, Store, opened

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
    """The store; as a scratch copy whose writes vanish where asked for. Raises UsageError where it goes away."""
    with opened(settings.budgetbot_database_url) as store:
        if not scratch:
            yield store
            return
        with store.scratch() as copy:
            yield copy


@contextmanager
def current_of(settings: Settings, *, scratch: bool = False, policy: Policy | None = None) -> Iterator[Current]:
    """Everything a process works with that may take up another policy, closed afterwards."""
    policy = policy or policy_of(settings)
    with (
        store_of(settings, scratch=scratch) as store,
        closing(Current(assembled(settings, policy, store))) as current,
    ):
        yield current


@contextmanager
def parts_of(settings: Settings, *, scratch: bool = False, policy: Policy | None = None) -> Iterator[Parts]:
    """Everything a cycle works with, closed afterwards."""
    with current_of(settings, scratch=scratch, policy=policy) as current:
        yield current.parts


def lint_of(settings: Settings, policy: Policy, now: datetime) -> Report:
    """A policy against the ledger as it stands; no provider is read, and nobody is told."""
    with store_of(settings) as store:
        parts = Parts(store, policy, (), {}, uncounted=sources.uncounted(policy.sources, settings))
        known = whole(parts, lint_span(policy, now), now)
    return lint(policy, known, now, unable(settings, policy))


def unable(settings: Settings, policy: Policy) -> dict[str, str]:
    """The receivers that cannot be told, by name, with what they lack. Nothing is connected to."""
    absent = {r.name: notifiers.missing(r.kind, settings, r.options) for r in policy.receivers.values()}
    found = {n: f"{' and '.join(v)} {'is' if len(v) == 1 else 'are'} not set" for n, v in absent.items() if v}
    lack = owners_lack(settings)
    return found | ({OWNER: lack} if lack else {})


def sources_of(settings: Settings, policy: Policy, store: Store) -> list[Source]:
    """The sources that the policy declares, and those whose variable alone is set."""
    return sources.build(policy.sources, settings, store.ledger.memory)


class Queries:
    """What commands, the web and chat ask. It reads, and evaluates nothing.

    `learnt`: what a process that stays knows from earlier questions.
    """

    def __init__(self, parts: Parts, clock: Callable[[], datetime], learnt: Learnt | None = None) -> None:
        self.parts = parts
        self.clock = clock
        self.learnt = learnt or Learnt()

    def query(self, words: str, top: int | None = None, me: Me | None = None) -> SpendQuery:
        """The words of /spend as a query, asked by `me` where that is known. Raises chat.grammar.NotUnderstood."""
        parts, now = self.parts, self.clock()
        vocabulary = self.learnt.vocabulary(parts)
        zone, currency = parts.policy.defaults.timezone, parts.policy.defaults.currency
        query = parse(words, vocabulary, now, zone, currency=currency, default_top=top, me=me)
        if not compares_today(query, now):
            return query
        return same_part(query, self.learnt.history(parts, query.needs), now)

    def spend(self, query: SpendQuery) -> dict[str, Json]:
        """The answer, in the shape of the contract."""
        policy, known = self.parts.policy, self.learnt.history(self.parts, query.needs)
        used = (NO_USE, NO_USE)
        if query.why and query.compare is not None:
            ledger, uncounted = self.parts.store.ledger, self.parts.uncounted
            used = (ledger.used(query.compare[0], uncounted), ledger.used(query.span, uncounted))
        return answer(query, known, policy.defaults.currency, self.clock(), policy.fx, used)

    def budgets(self) -> list[dict[str, Json]]:
        """Every budget now."""
        policy, known, state, now = self._now()
        return budget_rows(policy, known, state, now)

    def board(self, owner: str) -> list[Tile]:
        """The same with their course, and which are of this owner, as the label `owner` says it."""
        return board(*self._now(), owner)

    def _now(self) -> tuple[Policy, History, State, datetime]:
        now = self.clock()
        parts = with_allowances(self.parts)
        store, policy = parts.store, parts.policy
        state = State(store.alerts.open(), seen=store.alerts.rules())
        return policy, whole(parts, needed(policy, now, forecast=True), now, forecast=True), state, now

    def alerts(self, *, everything: bool = False) -> list[dict[str, Json]]:
        """Open alerts, or all there ever were; the newest first."""
        found: list[Alert] = self.parts.store.alerts.all() if everything else self.parts.store.alerts.open()
        found.sort(key=lambda alert: (alert.fired_at or alert.active_since, alert.rank), reverse=True)
        return [alert_row(alert, self.clock()) for alert in found]

    def deliveries(self, id: int | None = None, *, attempts: bool = False) -> list[dict[str, Json]]:
        """What was sent or is waiting, the newest first, or the one of an id; `attempts`: with every try."""
        store = self.parts.store
        rows = store.outbox.deliveries(id=id)
        if not attempts:
            return rows
        log = store.attempts.log([int(str(row["id"])) for row in rows])
        return [{**row, "attempts_log": list(log[int(str(row["id"]))])} for row in rows]

    def wrong(self) -> list[str]:
        """What keeps budgetbot from being ready; a line each."""
        now = self.clock()
        try:
            return audit(vitals(self.parts.store, self.parts.source_names, now), now)
        except Exception as error:  # that it cannot be asked is the answer
            return [f"the database does not answer ({type(error).__name__}); see to it that it runs"]


def api_of(queries: Queries) -> Api:
    """The JSON API over the queries."""
    from budgetbot.web import Api, exposition  # only `run` serves it: others need not wait for a web framework

    def spend(q: Mapping[str, str]) -> Json:
        return queries.spend(queries.query(q.get("q", "")))

    def alerts(q: Mapping[str, str]) -> Json:
        return list(queries.alerts(everything=q.get("all", "") not in ("", "0", "false")))

    def budgets(_: Mapping[str, str]) -> Json:
        return list(queries.budgets())

    def deliveries(_: Mapping[str, str]) -> Json:
        return list(queries.deliveries())

    reads = {"spend": spend, "budgets": budgets, "alerts": alerts, "deliveries": deliveries}
    return Api(
        reads,
        ready=queries.wrong,
        policy=lambda: queries.parts.policy.hash,
        metrics=lambda: exposition(queries.parts, queries.clock()),
    )


def queries_following(current: Current, clock: Callable[[], datetime]) -> Callable[[], Queries]:
    """What is in force when it is asked: one consistent set for each request; what is learnt is kept for all."""
    learnt = Learnt(KeptSpend())
    return lambda: Queries(current.parts, clock, learnt)


def api_following(queries: Callable[[], Queries]) -> Api:
    """The same over whatever is in force when it is asked."""
    from budgetbot.web import Api

    def now() -> Api:
        return api_of(queries())

    def read(what: str, words: Mapping[str, str]) -> Json:
        return now().reads[what](words)

    reads = {what: partial(read, what) for what in now().reads}
    return Api(reads, ready=lambda: now().ready(), policy=lambda: now().policy(), metrics=lambda: now().metrics())


def refuse_open_web(settings: Settings) -> None:
    """Raises UsageError where the web app would be open to others without a token."""
    loopback = settings.budgetbot_http_host in ("127.0.0.1", "::1", "localhost")
    if not loopback and settings.budgetbot_web_token is None:
        raise UsageError("BUDGETBOT_HTTP_HOST is not loopback; set BUDGETBOT_WEB_TOKEN to a long random text")
