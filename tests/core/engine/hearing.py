"""What everybody must have heard after a turn, and what nobody may have heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Reason
from tests.core.engine.moment import FIRED, HEARD, OVER, SPOKEN, Moment, about, incident
from tests.core.engine.plan import REPEATS

TOGETHER = 3  # so many scopes of one rule are one message


def check_what_was_said(moment: Moment) -> None:
    """After any turn: nothing twice, nothing that a higher level says, nothing while it is held."""
    for n in moment.new:
        alert = about(n)
        if n.reason in FIRED:
            assert moment.after[alert.id].state == "firing" or alert.late
            if n.status in SPOKEN:
                assert not [a for a in moment.above(alert) if n.receiver in moment.addressed(a)]
                assert alert.late or not moment.wishes.quiet(alert, moment.now)
            earlier = [row for row in moment.earlier if about(row).id == alert.id and row.receiver == n.receiver]
            assert n.reason is Reason.REPEAT or all(_no_longer_holds(row, moment) for row in earlier)
        if n.reason is Reason.REPEAT:
            assert not moment.held(alert)
            assert _is_due(alert, n.receiver, moment.earlier, moment)
    for reasons in (FIRED, OVER):
        heard = [(n.receiver, n.thread) for n in moment.new if n.status == "pending" and n.reason in reasons]
        assert len(heard) == len(set(heard))
    _check_bundles(moment)


def _no_longer_holds(row: Notification, moment: Moment) -> bool:
    """A message that spoke of others too, and whose own alert is over; or a word for another way of being told."""
    if row.reason not in FIRED:
        return True
    leader = moment.after.get(row.leader or "")
    return row.status == "grouped" and (leader is None or leader.state != "firing")


def _is_due(alert: Alert, receiver: str, rows: Sequence[Notification], moment: Moment) -> bool:
    """Whether it must be told again: so long after the last word, or after the end of an acknowledgement."""
    words: list[datetime] = list(moment.words(alert, receiver, rows))
    if not words:
        return False
    ends = [a.resolved_at for a in moment.after.values() if incident(a) == incident(alert) and a.resolved_at]
    last, every = max([*words, *ends]), REPEATS.get(alert.rule)
    until = moment.wishes.looked_after.get(alert.id)
    return (every is not None and moment.now - last >= every) or (until is not None and last < until <= moment.now)


def _check_bundles(moment: Moment) -> None:
    """What belongs together is one message, and its leader speaks to the same receiver in the same breath."""
    speaking = {(about(n).id, n.receiver, _what(n)) for n in moment.new if n.status == "pending"}
    for n in moment.new:
        if n.status == "grouped":
            assert (n.leader, n.receiver, _what(n)) in speaking
    alike = Counter((about(n).rule, about(n).period, n.receiver, _what(n)) for n in moment.new if n.status == "pending")
    assert all(count < TOGETHER for count in alike.values())
    led = {(n.leader, n.receiver, _what(n)) for n in moment.new if n.status == "grouped"}
    for n in moment.new:
        assert ((about(n).id, n.receiver, _what(n)) in led) == bool(n.status == "pending" and n.together)


def _what(n: Notification) -> str:
    if n.reason is Reason.ESCALATED:
        return n.key.split(":")[1]
    said = "over" if n.reason in OVER else "repeat" if n.reason is Reason.REPEAT else "fired"
    return f"late {said}" if about(n).late else said


def check_that_everybody_heard(moment: Moment) -> None:
    """After an evaluation: whoever is to hear of it has, or hears of it from a higher level."""
    rules = {rule.name for rule in moment.policy.rules}
    for alert in moment.after.values():
        told = moment.of(alert)
        sent = {n.receiver for n in told if n.reason in HEARD and n.status in SPOKEN}
        over = [n.receiver for n in told if n.reason in OVER]
        assert set(over) <= sent
        assert len(over) == len(set(over))
        if alert.late and alert.id not in moment.before:
            assert moment.addressed(alert) <= {n.receiver for n in told if n.reason in FIRED}
        if alert.state == "resolved" and not alert.late and alert.rule in rules:
            assert set(over) == sent
        if alert.state == "firing":
            assert over == []
            _check_one_that_fires(alert, moment)


def _check_one_that_fires(alert: Alert, moment: Moment) -> None:
    assert alert.inhibited == bool(moment.above(alert))
    assert alert.silenced == moment.wishes.silenced(alert, moment.now)
    assert alert.acknowledged(moment.now) == moment.wishes.attended(alert.id, moment.now)
    rows = [*moment.earlier, *moment.new]
    for receiver in moment.addressed(alert):
        if [a for a in moment.above(alert) if receiver in moment.addressed(a)]:
            continue  # it speaks, or is silent, for this one too
        if not moment.wishes.quiet(alert, moment.now):
            assert _word_since(alert, receiver, moment)
        if not moment.held(alert):
            assert not _is_due(alert, receiver, rows, moment)


def _word_since(alert: Alert, receiver: str, moment: Moment) -> bool:
    """Whether anything was said of the incident since the alert fired, if only that a higher level is over."""
    assert alert.fired_at is not None
    rows = [n for n in [*moment.earlier, *moment.new] if n.receiver == receiver and n.status in SPOKEN]
    return any(n.created_at >= alert.fired_at and incident(about(n)) == incident(alert) for n in rows)
