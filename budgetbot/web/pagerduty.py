"""What people do in PagerDuty comes back: acknowledged, released, resolved. Webhooks of version 3, signed.

https://developer.pagerduty.com/docs/webhooks-overview. PagerDuty delivers at least once, in order for each incident,
and tries again for 48 hours what is not answered within 5 seconds or answered 429 or 5xx; any other 4xx it forgets.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import structlog
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from budgetbot.core.text import clean
from budgetbot.errors import UsageError
from budgetbot.logs import fault
from budgetbot.notifiers.pager import alert_of
from budgetbot.store import Alerts
from budgetbot.web.body import body_of
from budgetbot.web.http import PlainJson

PATH = "/pagerduty/webhook"
_READ_SECONDS = 4.0
_DOES: dict[str, Literal["acknowledge", "unacknowledge", "resolve"]] = {
    "incident.acknowledged": "acknowledge",
    "incident.unacknowledged": "unacknowledge",
    "incident.resolved": "resolve",
}
_log = structlog.get_logger(__name__)


class Event(NamedTuple):
    """One event. `does`: what becomes of the alert, None for nothing. `alert`: its id, None for what is not ours.

    `by`: who did it, foreign text that was cleaned.
    """

    id: str
    kind: str
    does: Literal["acknowledge", "unacknowledge", "resolve"] | None = None
    alert: str | None = None
    by: str = "PagerDuty"


def parsed(body: bytes, install: str = "budgetbot") -> Event:
    """The event of a body. Raises ValueError where it is none of version 3."""
    try:
        event = json.loads(body)["event"]
        id, kind = event["id"], event["event_type"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError("not an event of a webhook of version 3") from None
    if not (isinstance(id, str) and id and isinstance(kind, str)):
        raise ValueError("not an event of a webhook of version 3")
    agent, incident = _mapping(event.get("agent")), _mapping(event.get("data"))
    does = _DOES.get(kind)
    if does == "resolve" and not _by_hand(agent, incident):
        does = None
    who = clean(str(agent.get("summary") or agent.get("id") or ""), 80)
    key = incident.get("incident_key")
    alert = alert_of(key, install) if isinstance(key, str) else None
    return Event(clean(id, 100), clean(kind, 60), does, alert, f"PagerDuty: {who}" if who else "PagerDuty")


def _by_hand(agent: Mapping[str, Any], incident: Mapping[str, Any]) -> bool:
    """Whether a person ended it: our own resolve event has an integration as its agent, a time limit has none, and what
    was merged goes on in another incident.
    """
    merged = _mapping(incident.get("resolve_reason")).get("type") == "merge_resolve_reason"
    return agent.get("type") in ("user_reference", "user") and not merged


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def signed(secrets: Sequence[str], body: bytes, header: str) -> bool:
    """Whether any signature of the header is that of one of our secrets; all are compared, each in constant time."""
    given = [part.strip().encode("utf-8", "replace") for part in header.split(",")]
    ours = [b"v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets]
    return sum(hmac.compare_digest(mine, one) for mine in ours for one in given) > 0


def apply(alerts: Alerts, event: Event, now: datetime) -> bool:
    """Whether the alert is open and was told of it; a second delivery of the same event changes nothing."""
    if event.does is None or event.alert is None:
        return False
    does = {"acknowledge": alerts.acknowledge, "unacknowledge": alerts.unacknowledge, "resolve": alerts.resolve}
    try:
        if alerts.get(event.alert).id != event.alert:
            return False
        does[event.does](event.alert, event.by, now, event=event.id)
    except UsageError:  # another installation's, or over already
        return False
    return True


def routes(
    secret: SecretStr | None, alerts: Alerts, clock: Callable[[], datetime], install: str = "budgetbot"
) -> list[Route]:
    """Where PagerDuty posts; nothing without a secret. It may hold several, one for each subscription.

    `install`: whose incidents are ours.
    """
    secrets = re.split(r"[\s,]+", secret.get_secret_value().strip(" \t\r\n,")) if secret else []
    secrets = [one for one in secrets if one]

    async def hook(request: Request) -> Response:
        body = await body_of(request, _READ_SECONDS)
        if isinstance(body, Response):
            return body
        if not signed(secrets, body, ",".join(request.headers.getlist("x-pagerduty-signature"))):
            return PlainJson({"error": "no signature fits; check PAGERDUTY_WEBHOOK_SECRET"}, 401)
        try:
            event = parsed(body, install)
        except ValueError as error:
            return PlainJson({"error": str(error)}, 400)
        return await run_in_threadpool(_answer, alerts, event, clock())

    return [Route(PATH, hook, methods=["POST"])] if secrets else []


def _answer(alerts: Alerts, event: Event, now: datetime) -> Response:
    try:
        done = apply(alerts, event, now)
    except Exception as error:  # the database, say: PagerDuty comes again
        _log.error("an event of PagerDuty could not be kept", kind=event.kind, error=fault(error))
        return PlainJson({"error": "try again later"}, 503)
    said = event.does if done and event.does else "nothing"
    _log.info("PagerDuty", kind=event.kind, id=event.id, alert=event.alert, by=event.by, does=said)
    return PlainJson({"does": said})
