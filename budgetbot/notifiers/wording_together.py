"""The other alerts that a message speaks of, as a table: the dearest first, what does not fit is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from budgetbot.core.bundle import causes
from budgetbot.core.model import Alert, Notification, Reason
from budgetbot.core.summary import spent_of, state_of
from budgetbot.core.text import clean

SHOWN = 10
_OVER = {Reason.RESOLVED, Reason.EXPIRED}


@dataclass(frozen=True, slots=True)
class Together:
    """`rows` are cells under `columns`, the first a name; `total`: how many there are, known here or not."""

    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    over: bool = False

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows of a message; where more than these are known, a receiver may tell them elsewhere."""
        return self.rows[:SHOWN]

    def lines(self, rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """ "ci-nightly: $51 of $50 (102 %), owner ml-lead@example.com" for each row."""
        return tuple(self._line(row) for row in rows)

    def _line(self, row: tuple[str, ...]) -> str:
        cells = [_labelled(name, cell) for name, cell in zip(self.columns[1:], row[1:], strict=True) if cell]
        return f"{row[0]}: {', '.join(cells)}" if cells else row[0]

    def rest(self, told: int) -> tuple[str, str] | None:
        """What is said of those beyond the first `told`, and the command that lists them; None where all are told."""
        if self.total <= told:
            return None
        return f"and {self.total - told} more", "budgetbot alerts --all" if self.over else "budgetbot alerts"


def _labelled(column: str, cell: str) -> str:
    return f"owner {cell}" if column == "owner" else cell


def scopes_of(notification: Notification, alerts: Sequence[Alert], noun: str) -> Together:
    """Many alerts of one rule: who, how much of what, and of level, end and owner what is not the same for all."""
    rows = [_scope_row(alert) for alert in sorted(alerts, key=lambda alert: -spent_of(alert))]
    columns = (noun, "spent of limit" if any(spent_of(alert) for alert in alerts) else "state", "level", "end", "owner")
    wanted = [0, 1, *(i for i in (2, 3) if len({row[i] for row in rows}) > 1), *([4] if any(r[4] for r in rows) else [])]
    total = len(alerts) + notification.more
    over = notification.reason in _OVER
    known = "All of them" if total <= SHOWN else "Some of them" if notification.more else "The dearest of them"
    return Together(
        known, tuple(columns[i] for i in wanted), tuple(tuple(row[i] for i in wanted) for row in rows), total, over
    )


def _scope_row(alert: Alert) -> tuple[str, ...]:
    name, state = state_of(alert)
    end = (alert.reason or "").replace("_", " ")
    return clean(name, 60) or "(blank)", state, clean(alert.level, 40), end, clean(alert.labels.get("owner", ""), 60)


def rules_of(notification: Notification, leader: Alert) -> Together:
    """Alerts of several rules, beside the one that speaks: which rule, which level, how much of what."""
    key = common_key(notification, leader)
    head = f"Also reached by the same key, {key}" if key else "Reached at the same time"
    rows = tuple(_rule_row(alert) for alert in notification.together)
    return Together(head, ("rule", "level", "spent of limit"), rows, len(rows) + notification.more)


def _rule_row(alert: Alert) -> tuple[str, ...]:
    name, state = state_of(alert)
    rule = clean(alert.rule, 60)
    who = f"{clean(name, 60)} ({rule})" if alert.scope.parts else rule
    return who, clean(alert.level, 40), state


def common_key(notification: Notification, leader: Alert) -> str | None:
    """The name of the one key behind all of them; None where it is not one and the same."""
    shared = causes(leader)
    for alert in notification.together:
        shared &= causes(alert)
    if len(shared) != 1:
        return None
    (id,) = shared
    named = [(part.id, part.name) for alert in (leader, *notification.together) for part in alert.scope.parts]
    named += [(driver.id, driver.name) for alert in (leader, *notification.together) for driver in alert.drivers]
    return clean(next((name for known, name in named if known == id and name), id), 60) or None
