"""How far escalations must have come: by the time that nothing held them up, counted from look to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from budgetbot.core.model import Alert
from budgetbot.core.notification import Reason
from tests.core.engine.moment import Moment, about
from tests.core.engine.plan import ESCALATIONS

NO_TIME = timedelta(0)


@dataclass
class _Way:
    """One alert on one escalation: for how long it climbed, when it was looked at last, and whether it rested then."""

    looked: datetime
    climbed: timedelta = NO_TIME
    rests: bool = False
    taken: set[int] = field(default_factory=set)


class Climbs:
    """Each step is taken once, when its time has come and never before; nothing else is escalated."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], _Way] = {}

    def check(self, moment: Moment) -> None:
        """What this look had to take, and no more."""
        rules = {rule.name for rule in moment.policy.rules}
        due = {key for alert in moment.firing if alert.rule in rules for key in self._due(alert, moment)}
        told = {n.key for n in moment.new if n.reason is Reason.ESCALATED}
        assert told == due
        assert all(moment.after[about(n).id].state == "firing" for n in moment.new if n.key in told)

    def _due(self, alert: Alert, moment: Moment) -> Iterable[str]:
        waiting = {climb.escalation.name for one in moment.above(alert) for climb in one.climbs}
        for climb in alert.climbs:
            name = climb.escalation.name
            way = self._ways.setdefault((alert.id, name), _Way(moment.now))
            if not way.rests:
                way.climbed += moment.now - way.looked
            way.looked, way.rests = moment.now, moment.held(alert) or name in waiting
            if way.rests:
                continue
            for number, step in enumerate(ESCALATIONS[name].steps):
                if NO_TIME < step.after <= way.climbed and number not in way.taken:
                    way.taken.add(number)
                    yield from (f"{alert.id}:{name}.{number}:0:{receiver}" for receiver in step.to)
