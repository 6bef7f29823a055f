"""The other alerts that a message speaks of, as a table: the dearest first, what does not fit is counted."""

from __future__ import annotations

from dataclasses import dataclass

from budgetbot.core.bundle import causes
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification
from budgetbot.core.summary import compared, spent_of, state_of
from budgetbot.core.text import clean
from budgetbot.notifiers.many import Many, many_of

SHOWN = 10


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

    def lines(self, most: int = SHOWN) -> tuple[str, ...]:
        """The first rows: "ci-nightly: $51 of $50 (102 %), owner ml-lead@example.com"."""
        return tuple(self._line(row) for row in self.rows[:most])

    def listed(self) -> tuple[str, ...]:
        """The lines of a message, the last of them with what is not among them."""
        rest = self.rest(len(self.shown))
        return (*self.lines(), *([": ".join(rest)] if rest else []))

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


def together_of(notification: Notification) -> Together | None:
    """The table of what else a message speaks of; None where it speaks of one alert alone."""
    if notification.alert is None or not notification.together:
        return None
    many = many_of(notification)
    return _scopes(many) if many is not None else _rules(notification, notification.alert)


def _scopes(many: Many) -> Together:
    """Many alerts of one rule: who, how much of what, and of level, end and owner what is not the same for all."""
    rows = [_scope_row(alert) for alert in sorted(many.alerts, key=lambda alert: -spent_of(alert))]
    numbers = any(compared(alert.evidence) for alert in many.alerts)
    columns = (many.noun or "alert", "spent of limit" if numbers else "state", "level", "end", "owner")
    telling = [i for i in range(2, len(columns)) if len({row[i] for row in rows}) > 1]
    head = "All of them" if many.count <= SHOWN else "Some of them" if many.more else "The dearest of them"
    chosen = (0, 1, *telling)
    cells = tuple(tuple(row[i] for i in chosen) for row in rows)
    return Together(head, tuple(columns[i] for i in chosen), cells, many.count, many.over)


def _scope_row(alert: Alert) -> tuple[str, ...]:
    name, state = state_of(alert)
    end = (alert.reason or "").replace("_", " ")
    return clean(name, 60) or "(blank)", state, clean(alert.level, 40), end, clean(alert.labels.get("owner", ""), 60)


def _rules(notification: Notification, leader: Alert) -> Together:
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
