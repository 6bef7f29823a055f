"""PagerDuty as receiver: an incident for each alert, closed when it is over. Needs an Events API v2 integration key.

https://developer.pagerduty.com/docs/events-api-v2-overview. Sending the same twice is one incident, as long as nobody
resolved it in between: then PagerDuty opens another. While one is acknowledged, repeats notify nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from budgetbot.core.model import Json
from budgetbot.core.notification import ENDS, Notification
from budgetbot.errors import DeliveryError
from budgetbot.http.address import address
from budgetbot.notifiers.options import PagerDutyOptions
from budgetbot.notifiers.pager import acknowledgement, compact, details, fit, group, incident, unpaged
from budgetbot.notifiers.post import Post, body
from budgetbot.notifiers.wording import message

EVENTS_URL = "https://events.pagerduty.com/v2/enqueue"
_SUMMARY, _BYTES = 1024, 500_000  # it takes 512 KB
_WAIT = 30.0  # PagerDuty asks for minutes rather than seconds


class PagerDutyNotifier:
    """One service of PagerDuty, by its integration key."""

    kind = "pagerduty"
    shows_deeds = True

    def __init__(
        self,
        name: str,
        key: SecretStr | None,
        options: PagerDutyOptions | None = None,
        url: str = EVENTS_URL,
        install: str = "budgetbot",
        timeout: float = 10,
    ) -> None:
        self.name = name
        self._options = options or PagerDutyOptions()
        self._url = url.strip()
        self._install = install
        self._key_env = self._options.key_env or "PAGERDUTY_ROUTING_KEY"
        self._key = key.get_secret_value().strip() if key else ""
        fix = f"check {self._key_env} and PAGERDUTY_EVENTS_URL"
        accepted = frozenset({202})
        self._post = Post(name, fix, [self._key], timeout=timeout, accepted=accepted, least_wait=_WAIT)

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Open the alert's incident, acknowledge or close it; {"dedup_key"}, or {"paged": False}: nobody is woken."""
        quiet = unpaged(self.name, notification)
        if quiet is not None:
            return quiet
        if acknowledgement(notification) == "":
            return {"paged": False, "why": "PagerDuty takes acknowledgements alone"}
        wrong = self._wrong()
        if wrong:
            raise DeliveryError(wrong[0], permanent=True)
        self._post.send(self._url, event(notification, self._key, self._options, self._install))
        return {"dedup_key": incident(notification, self._install)}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Nothing can be asked with this key, and nothing need be: the same event again is the same incident."""
        return None

    def check(self) -> list[str]:
        """Whether the key and the address can be ones; PagerDuty cannot be asked without waking somebody."""
        return self._wrong()

    def _wrong(self) -> list[str]:
        if not self._key:
            fix = "give the integration key of an Events API v2 integration"
            return [f"{self.name}: {self._key_env} is not set; {fix}"]
        if not re.fullmatch(r"[A-Za-z0-9]{32}", self._key):
            return [f"{self.name}: {self._key_env} is no integration key; it has 32 letters and digits"]
        if address(self._url) is None:
            return [f"{self.name}: PAGERDUTY_EVENTS_URL is not usable; write {EVENTS_URL}"]
        return []

    def close(self) -> None:
        """Let go of connections."""
        self._post.close()


def event(notification: Notification, key: str, options: PagerDutyOptions, install: str, limit: int = _BYTES) -> bytes:
    """The event as PagerDuty takes it, within its limits."""
    told: dict[str, Any] = {"routing_key": key, "dedup_key": incident(notification, install)}
    if notification.reason in ENDS:
        return body({**told, "event_action": "resolve"})
    if acknowledgement(notification):
        return body({**told, "event_action": "acknowledge"})
    spoken, alert, whose = message(notification), notification.alert, group(notification.alert)
    severity = alert.severity if alert else None
    payload: dict[str, Any] = {
        "summary": fit(spoken.summary, _SUMMARY),
        "source": install,
        "severity": options.severity.get(severity, severity.value) if severity else "info",
        "timestamp": (alert.fired_at if alert and alert.fired_at else notification.created_at).isoformat(),
        **({"group": whose} if whose else {}),
        "class": alert.kind if alert else "test",
    }
    told |= {"event_action": "trigger", "client": install}
    if options.client_url:
        told["client_url"] = options.client_url
    if spoken.runbook:
        told["links"] = [{"href": spoken.runbook, "text": "Runbook"}]
    brief: dict[str, Any] = {**details(notification, spoken)}
    whole = {**brief, "together": compact(spoken.together)} if spoken.together else brief
    for shown in (whole, brief):
        sent = body({**told, "payload": {**payload, "custom_details": shown}})
        if len(sent) <= limit:
            return sent
    return body({**told, "payload": payload})
