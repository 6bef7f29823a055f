"""What a process that is asked again and again need not find out anew: who is who, the words for it, and spend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from budgetbot.chat.asking.vocabulary import Vocabulary
from budgetbot.core.directory import Directory
from budgetbot.core.history import History
from budgetbot.core.match import LabelRule
from budgetbot.core.model import Entity, Series
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, history
from budgetbot.store import KeptSpend


class _Named(NamedTuple):
    entities: Sequence[Entity]
    labels: Sequence[LabelRule]
    directory: Directory


class _Worded(NamedTuple):
    directory: Directory
    series: Sequence[Series]
    vocabulary: Vocabulary


class Learnt:
    """Each is compared with what is stored whenever it is asked for, so none is ever older. Safe between threads.

    `spend`: what is kept of it, for a process that stays; without, it is read for each question.
    """

    def __init__(self, spend: KeptSpend | None = None) -> None:
        self._spend = spend
        self._named: _Named | None = None
        self._worded: _Worded | None = None

    def directory(self, parts: Parts) -> Directory:
        """Names as they are stored, with the labels of the policy."""
        entities, labels, known = parts.store.ledger.entities(), parts.policy.labels, self._named
        if known is None or known.entities != entities or known.labels != labels:
            self._named = known = _Named(entities, labels, Directory(entities, labels))
        return known.directory

    def vocabulary(self, parts: Parts) -> Vocabulary:
        """The words for all that is stored."""
        directory, series, known = self.directory(parts), parts.store.ledger.series(), self._worded
        if known is None or known.directory is not directory or known.series != series:
            self._worded = known = _Worded(directory, series, Vocabulary.of(directory, series))
        return known.vocabulary

    def history(self, parts: Parts, span: Span) -> History:
        """Spend as `cycle.history` tells it."""
        return history(parts, span, self.directory(parts), self._spend)
