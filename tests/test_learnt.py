"""What is kept between questions never shows: an answer is always what it would be if nothing were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.app import REGISTRIES, Queries
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.core.estimate import Spent
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Bucket, CostLine, Entity, Json, Series
from budgetbot.cycle import Parts
from budgetbot.learnt import Learnt
from budgetbot.policy.load import load_policy
from budgetbot.store import KeptSpend, Store
from tests.standins.clock import Clock
from tests.store.samples import DAY, HOUR, LAG, NOW, TODAY

POLICY = "version: 1\nreceivers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]\n"
QUESTIONS = (
    "last 30 days by project by source",
    "last 7 days by team in EUR",
    "by day by model last 7 days",
    "this month vs last month",
    "why last 7 days",
    "team:research today",
    "research last 7 days",
    "alpha last 7 days by hour",
)
SOURCES = ("one", "two")
PROJECTS = ("alpha", "beta", None)

day = st.integers(min_value=0, max_value=12)
amount = st.decimals(min_value=-100, max_value=100, places=4, allow_nan=False)
line = st.tuples(
    st.sampled_from(PROJECTS), st.sampled_from(["gpt-5", None]), amount, st.sampled_from(["USD", "USD", "EUR"])
)
source = st.sampled_from(SOURCES)
saved = st.tuples(st.just("saved"), source, day, st.sampled_from([DAY, HOUR]), st.lists(line, max_size=4))
derived = st.tuples(st.just("derived"), source, day, st.lists(line, max_size=4), st.booleans())
named = st.tuples(st.just("named"), source, st.sampled_from(["alpha", "beta"]), st.sampled_from(["research", "web"]))
labelled = st.tuples(
    st.just("labelled"), st.sampled_from(["alpha", "research", "*"]), st.sampled_from(["research", "x"])
)
asked = st.tuples(st.just("asked"), st.sampled_from(QUESTIONS))
Step: TypeAlias = tuple[object, ...]
steps = st.lists(st.one_of(saved, saved, derived, named, labelled, asked), min_size=2, max_size=10)
on_one_store = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Office:
    """One process that keeps what it learns, however little room there is, and what is done meanwhile."""

    def __init__(self, store: Store, folder: Path, most: int) -> None:
        (folder / "policy.yaml").write_text(POLICY)
        self.parts = Parts(store, load_policy(folder / "policy.yaml", REGISTRIES), (), {})
        self.learnt = Learnt(KeptSpend(most))
        self.clock = Clock(NOW)

    def do(self, step: Step) -> None:
        kind, *what = step
        self.clock.now += timedelta(seconds=1)
        if kind != "asked":
            getattr(self, f"_{kind}")(*what)

    def _saved(self, source: str, day: int, width: timedelta, lines: list[tuple[str, str, Decimal, str]]) -> None:
        costs = tuple(CostLine(Series("openai", source, p, model=m), a, c) for p, m, a, c in lines)
        bucket = Bucket("costs", TODAY - day * DAY, TODAY - day * DAY + width, costs)
        self.parts.store.ledger.save(source, bucket, self.clock(), LAG)

    def _derived(self, source: str, day: int, lines: list[tuple[str, str, Decimal, str]], settled: bool) -> None:
        start = TODAY - day * DAY
        rows = [
            Spent(Series("openai", source, p, f"key-{i}", model=m), start, start + HOUR, c, 7, int(a * 9), 3, 10**12)
            for i, (p, m, a, c) in enumerate(lines)
        ]
        self.parts.store.days.put(source, start, rows, [], self.clock(), settled=settled)

    def _named(self, source: str, id: str, name: str) -> None:
        self.parts.store.ledger.save_entities(source, [Entity(source, "project", id, name)], NOW)

    def _labelled(self, project: str, team: str) -> None:
        rule = LabelRule(Match((("project", Patterns((project,))),)), (("team", team),))
        self.parts = replace(self.parts, policy=replace(self.parts.policy, labels=(rule,)))

    def answer(self, words: str, learnt: Learnt | None) -> dict[str, Json] | str:
        queries = Queries(self.parts, self.clock, learnt)
        try:
            return queries.spend(queries.query(words))
        except NotUnderstood as asked_back:
            return str(asked_back)


@pytest.mark.parametrize("most", [0, 5, 1_000_000])
@given(steps=steps)
@on_one_store
def test_an_answer_is_the_same_as_if_nothing_were_kept(
    store: Store, tmp_path: Path, most: int, steps: list[Step]
) -> None:
    office = Office(store, tmp_path, most)
    for step in steps:
        office.do(step)
        for words in [str(step[1])] if step[0] == "asked" else QUESTIONS[:3]:
            assert office.answer(words, office.learnt) == office.answer(words, None)
    for words in QUESTIONS:
        assert office.answer(words, office.learnt) == office.answer(words, None)
