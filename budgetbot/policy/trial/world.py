"""What is known while a test runs: spend so far, the policy as it stands, alerts and messages. Pure."""

from __future__ import annotations

from datetime import datetime

from budgetbot.core.history import History
from budgetbot.core.notification import Notification
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.step import context, needed, step, usage_needed
from budgetbot.policy.trial.happen import policy_at
from budgetbot.policy.trial.past import directory_of, past_of
from budgetbot.policy.trial.trial import Trial
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import GRACE
from budgetbot.rules.status import BudgetStatus


class World:
    """One test, evaluated step by step."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.recorder = Recorder()
        past = past_of(trial)
        self._replay = Replay(Ledger.of(past, directory_of(trial)), past.marks)
        self._now: datetime = trial.start
        self._policy: Policy = trial.policy
        self._history: History | None = None

    def evaluate(self, now: datetime) -> None:
        """The real step, with what is known at that moment."""
        self._now, self._policy = now, policy_at(self.trial, now)
        self._replay.advance(now)
        self._history = self._replay.history(needed(self._policy, now), now, usage=usage_needed(self._policy, now))
        outcome = step(self._policy, self._history, self.recorder.state(now - GRACE), now)
        self.recorder.record(outcome.decision, outcome.seen)

    def sent(self) -> list[Notification]:
        """All messages so far of the rules that the test is about, in the order in which they were decided."""
        rows = (told for told in self.recorder.rows.values() if told.status == "pending")
        return [told for told in rows if told.alert is not None and self.trial.is_about(told.alert.rule)]

    def held_back(self) -> list[Notification]:
        """What was decided and not sent, as a higher level speaks for it."""
        return [told for told in self.recorder.rows.values() if told.status != "pending"]

    def budget(self, name: str) -> Limit | None:
        """The budget or usage budget as it stands."""
        return next((rule for rule in self._policy.rules if rule.name == name and isinstance(rule, Limit)), None)

    def statuses(self, budget: Limit) -> list[BudgetStatus]:
        """What it counted when it was last evaluated, scope by scope, in its current period."""
        if self._history is None:
            return []
        state = self.recorder.state(self._now - GRACE)
        return budget.statuses(context(self._policy, budget, self._history, state, self._now), self._now)
