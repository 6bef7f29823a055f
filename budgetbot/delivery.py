"""From the outbox to the receivers. Sent means that the receiver confirmed; an unknown outcome is asked about first."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from budgetbot.core.model import Json
from budgetbot.core.notification import Reason
from budgetbot.errors import DeliveryError
from budgetbot.logs import fault, redact
from budgetbot.notifiers import Notifier
from budgetbot.process import is_dead
from budgetbot.store import Delivery, Outbox
from budgetbot.store.backlog import of

GIVE_UP = timedelta(hours=24)
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 900.0  # seconds
HOLD = 15.0  # seconds after which a claim is held on to, well before it runs out
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did. `errors`: a line for each delivery that a receiver did not confirm."""

    sent: int = 0
    errors: tuple[str, ...] = ()


def deliver(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    sender: str,
    clock: Callable[[], datetime],
    patience: timedelta = timedelta(0),
    sleep: Callable[[float], None] = time.sleep,
    *,
    leads: bool = True,
    go_on: Callable[[], bool] = lambda: True,
) -> Delivered:
    """Send everything that is due, in order per receiver and incident. Others may do the same at the same time.

    A receiver that does not answer is left alone for the rest of the round: it must not keep others waiting, nor those
    who evaluate.

    `sender` is this process: rows that another one claimed and never finished are asked about.
    `patience`: how long to wait for rows that failed to fall due again (a process that runs once has no later).
    `leads`: what is for nobody in the policy is given up; who stands by may have an older one, and leaves it.
    """
    outbox.abandoned(lambda name: name != sender and is_dead(name))
    sent, errors, silent = 0, dict[int, str](), set[str]()
    until = clock() + patience
    while go_on():
        moved = False
        for row in outbox.due(clock(), but=silent):
            receiver = of(row.notification.receiver)
            notifier = notifiers.get(receiver)
            if not go_on() or receiver in silent or (notifier is None and not leads):
                continue
            if not outbox.claim(row.id, sender, clock()):
                continue
            moved = True
            try:
                with holding(outbox, row):
                    sent += _one(outbox, notifier, row, clock)
                errors.pop(row.id, None)
            except DeliveryError as error:
                errors[row.id] = f"{row.notification.receiver}: {error}"
                if error.fault == "timeout":
                    silent.add(receiver)
        if moved:
            continue
        next_due = outbox.next_due()
        if next_due is None or next_due > until or clock() >= until:
            break
        silent.clear()
        sleep(max(0.05, (next_due - clock()).total_seconds()))
    return Delivered(sent, tuple(errors.values()))


@contextmanager
def holding(outbox: Outbox, row: Delivery, every: float = HOLD) -> Iterator[None]:
    """However long the block takes, the row stays claimed."""
    over = threading.Event()
    keeper = threading.Thread(target=_hold, args=(outbox, row, every, over), name="claim", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _hold(outbox: Outbox, row: Delivery, every: float, over: threading.Event) -> None:
    while not over.wait(every):
        try:
            outbox.hold(row.id)
        except Exception as error:  # a busy database must not end it; the claim outlives two failures
            _log.warning("a claim could not be held on to", delivery=row.id, error=fault(error))


def _one(outbox: Outbox, notifier: Notifier | None, row: Delivery, clock: Callable[[], datetime]) -> int:
    """One claimed row: 1 where the receiver confirmed it now, 0 where nothing was to be done. Raises DeliveryError."""
    if notifier is None:
        outbox.dead(row.id, "the receiver is no longer in the policy", clock(), tried=False)
        return 0
    parent = outbox.parent(row.notification.thread, row.notification.receiver)
    if row.notification.reason in (Reason.RESOLVED, Reason.EXPIRED, Reason.CHANGED) and parent is None:
        outbox.noop(row.id, "the receiver was never told that it fired")
        return 0
    if row.notification.reason is Reason.CHANGED and not notifier.shows_deeds:
        outbox.noop(row.id, "this kind of receiver does not show what people did")
        return 0
    try:
        ref = _found(notifier, row, parent) if row.status == "unknown" else None
        if ref is None and not outbox.hold(row.id):
            return 0  # this process stood still for so long that another has taken the row; asked as late as can be
        arrived, found = (ref, True) if ref is not None else _sent(notifier, row, parent)
        outbox.sent(row.id, arrived, clock(), found=found)
    except DeliveryError as error:
        _failed(outbox, row, error, clock())
        raise
    return 1


def _sent(notifier: Notifier, row: Delivery, parent: Mapping[str, Json] | None) -> tuple[Mapping[str, Json], bool]:
    """Send; where the outcome is unknown, ask at once: most often the answer alone was lost. Whether it was asked."""
    try:
        return notifier.send(row.notification, parent), False
    except DeliveryError as error:
        if not error.unknown:
            raise
        lost = error
    except Exception as error:  # a fault of ours must not hold up the others
        lost = DeliveryError(fault(error), unknown=True)
    found = _found(notifier, row, parent)
    if found is None:
        raise DeliveryError(str(lost), retry_after=lost.retry_after, fault=lost.fault)
    return found, True


def _found(notifier: Notifier, row: Delivery, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
    """Where the notification arrived; None where it did not, or where the receiver cannot be asked: it is sent again.

    A receiver without a memory may then show it twice; losing it would be worse.
    """
    try:
        return notifier.find(row.notification, parent)
    except DeliveryError as error:
        if error.unknown:
            _log.warning("the receiver is asked later", receiver=notifier.name, delivery=row.id, error=str(error))
            raise
        why = str(error)
    except Exception as error:
        why = fault(error)
    _log.warning("the outcome stays unknown; it is sent again", receiver=notifier.name, delivery=row.id, error=why)
    return None


def _failed(outbox: Outbox, row: Delivery, error: DeliveryError, now: datetime) -> None:
    why, told = redact(str(error)), {"receiver": row.notification.receiver, "delivery": row.id}
    if error.permanent or now - row.notification.created_at >= GIVE_UP:
        _log.error("given up", error=why, **told)
        outbox.dead(row.id, why, now, error.fault)
        return
    _log.warning("not delivered", error=why, **told)
    next_at = now + wait(row.attempts, error.retry_after)
    outbox.retry(row.id, next_at, why, unknown=error.unknown, fault=error.fault)
    if error.fault == "rate_limited" and error.retry_after:  # who takes no more for now takes nothing else either
        outbox.postpone(row.notification.receiver, now + timedelta(seconds=min(error.retry_after, _LONGEST_WAIT)))


def wait(attempts: int, retry_after: float | None) -> timedelta:
    """Exponential backoff with jitter, at least what the receiver asked for, but never beyond giving up."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempts, 10))
    return timedelta(seconds=max(min(retry_after or 0.0, GIVE_UP.total_seconds()), longest * random.uniform(0.5, 1.0)))
