"""The answer "not an anomaly": a planned window over what the alert was about, so that it teaches nothing. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from budgetbot.core.allowance import Allowance
from budgetbot.core.foretold import amount, moment
from budgetbot.core.model import Alert
from budgetbot.core.money import NANO

_ROOM = 10  # times what was seen: a bill that comes later may be higher than the estimate


def answered(alert: Alert, currency: str, by: str, now: datetime) -> Allowance:
    """From when it began until now, or the end of its bucket; the same answer twice is one."""
    evidence = alert.evidence
    since = moment(evidence.get("since")) or alert.active_since
    bucket = evidence.get("bucket")
    ends = moment(bucket.get("end")) if isinstance(bucket, dict) else None
    seen = max(amount(evidence.get("observed")) or 0, NANO)
    return Allowance(
        id=hashlib.sha256(f"usual {alert.id}".encode()).hexdigest()[:12],
        kind="planned",
        rule=alert.rule,
        of=alert.scope,
        amount=seen * _ROOM,
        currency=str(evidence.get("currency") or currency),
        since=since.replace(microsecond=0),
        until=max(now, ends or now, since).replace(microsecond=0),
        reason="not an anomaly",
        asked_by=by,
        asked_at=now,
        alert_id=alert.id,
    )
