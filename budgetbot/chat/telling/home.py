"""The Home tab: the budgets of whoever looks at it, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from budgetbot.chat.acting.access import may_see_users
from budgetbot.chat.asking.of_users import for_each_user
from budgetbot.chat.telling.commands import Known
from budgetbot.chat.telling.home_view import home_view
from budgetbot.chat.who import Who
from budgetbot.core.model import Json
from budgetbot.policy.board import Tile
from budgetbot.policy.policy import Policy


class Board(Protocol):
    """What is known of budgets at this moment."""

    def board(self, owner: str) -> Sequence[Tile]:
        """Every budget now, with its course, and whether it is of this owner, by the e-mail address."""
        ...

    def alerts(self) -> Sequence[Mapping[str, Json]]:
        """Open alerts, the newest first."""
        ...


class Home:
    """`board` and `policy` give what is in force when somebody looks."""

    def __init__(
        self,
        board: Callable[[], Board],
        policy: Callable[[], Policy],
        people: Known,
        clock: Callable[[], datetime],
    ) -> None:
        self._board = board
        self._policy = policy
        self._people = people
        self._clock = clock

    def view(self, who: Who) -> Mapping[str, Json]:
        """The view for views.publish; all budgets where none is known to be theirs."""
        board, email = self._board(), self._people.email(who.id) or ""
        tiles = board.board(email)
        open_to_all = [tile for tile in tiles if not for_each_user(tile.row)]
        if len(open_to_all) < len(tiles) and not may_see_users(self._policy(), who, self._people):
            tiles = open_to_all
        return home_view(tiles, board.alerts(), self._clock(), email)
