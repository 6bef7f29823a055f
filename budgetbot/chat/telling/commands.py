"""`/spend` and `/budget`: words in, a message out. Words that are not understood get an answer too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from budgetbot.chat.acting.access import Members, may_see_users, only_who_may_see_users
from budgetbot.chat.answer import Answer
from budgetbot.chat.asking.me import Me
from budgetbot.chat.asking.misunderstood import misunderstood
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.of_users import for_each_user, speaks_of_users, without_users
from budgetbot.chat.asking.words import tokens
from budgetbot.chat.telling.budget_answer import budget_answer
from budgetbot.chat.telling.spend_answer import spend_answer
from budgetbot.chat.who import Who
from budgetbot.core.model import Json
from budgetbot.core.spend import SpendQuery
from budgetbot.errors import UsageError
from budgetbot.logs import fault
from budgetbot.notifiers.slack_pieces import context
from budgetbot.notifiers.slack_text import fallback
from budgetbot.policy.policy import Policy

TOP = 10
UNANSWERED = "The ledger cannot be read just now. Nothing is lost; ask again in a minute."
_log = structlog.get_logger(__name__)


class Books(Protocol):
    """What is known of spend and budgets at this moment."""

    def query(self, words: str, top: int | None = None, me: Me | None = None) -> SpendQuery:
        """The words as a query. Raises NotUnderstood."""
        ...

    def spend(self, query: SpendQuery) -> dict[str, Json]:
        """The answer in the shape of the contract."""
        ...

    def budgets(self) -> list[dict[str, Json]]:
        """Every budget now."""
        ...


class Known(Members, Protocol):
    """Knows the people of the workspace."""

    def email(self, user_id: str) -> str | None:
        """The e-mail address, where Slack tells it."""
        ...


class Commands:
    """`books` and `policy` give what is in force when somebody asks."""

    def __init__(
        self,
        books: Callable[[], Books],
        policy: Callable[[], Policy],
        people: Known,
        clock: Callable[[], datetime],
    ) -> None:
        self._books = books
        self._policy = policy
        self._people = people
        self._clock = clock

    def answer(self, command: str, words: str, who: Who) -> Answer:
        """The answer, for the person alone unless `share` was said. Never raises for the words."""
        budget = command.strip().casefold().removeprefix("/").startswith("budget")
        try:
            return self._budget(words, who) if budget else self._spend(words, who)
        except NotUnderstood as wrong:
            return misunderstood(wrong, "/budget" if budget else "/spend")
        except (SQLAlchemyError, UsageError) as error:
            _log.error("a command could not be answered", error=fault(error))
            return Answer(UNANSWERED)

    def _spend(self, words: str, who: Who) -> Answer:
        books = self._books()
        me = self._me(words, who)
        query = books.query(words, TOP, me)
        if speaks_of_users(query) and not self._own(books, query, me) and not self._allowed(who):
            return Answer(fallback(self._refusal(), 1_000))
        said = books.spend(query)
        open_to_all = without_users(said)
        if open_to_all == said or self._allowed(who):
            return spend_answer(said, query, self._clock())
        told = spend_answer(open_to_all, query, self._clock())
        return _noting(told, f"What users changed is in the rest. {self._refusal()}")

    def _budget(self, words: str, who: Who) -> Answer:
        rows: Sequence[Mapping[str, Json]] = self._books().budgets()
        told = budget_answer(rows, words, self._clock())
        open_to_all = [row for row in rows if not for_each_user(row)]
        if len(open_to_all) == len(rows) or self._allowed(who):
            return told
        fewer = budget_answer(open_to_all, words, self._clock())
        return fewer if fewer == told else _noting(fewer, f"Budgets of single users are left out. {self._refusal()}")

    def _me(self, words: str, who: Who) -> Me | None:
        """Who asks, by the address: a name in Slack is whatever people write. Looked up only where asked."""
        if all(token.word != "me" for token in tokens(words)):
            return None
        email = self._people.email(who.id)
        return Me((email,)) if email else None

    def _own(self, books: Books, query: SpendQuery, me: Me | None) -> bool:
        """Whether it asks of no user but the one who asks."""
        if not query.me or me is None or "user" in query.by:
            return False
        mine = dict(books.query("me", TOP, me).match.fields).get("user")
        return mine is not None and dict(query.match.fields).get("user") == mine

    def _allowed(self, who: Who) -> bool:
        """Asked only where it matters: Slack has to tell who is in a group."""
        return may_see_users(self._policy(), who, self._people)

    def _refusal(self) -> str:
        return only_who_may_see_users(self._policy())


def _noting(answer: Answer, words: str) -> Answer:
    """The same with small print before the last block, which says how fresh the data is."""
    return replace(answer, blocks=[*answer.blocks[:-1], context([words]), *answer.blocks[-1:]])
