"""Opsgenie, and Operations of Jira Service Management, as receiver: an alert there for each one here, closed when over.

Needs the key of an API integration. https://docs.opsgenie.com/docs/alert-api; Jira takes the same requests at
https://api.atlassian.com/jsm/ops/integration. Both do what they accept a little later, and answer 202 at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from budgetbot.core.model import Json, Severity
from budgetbot.core.notification import ENDS, Notification
from budgetbot.core.text import clean
from budgetbot.errors import DeliveryError
from budgetbot.http.address import address
from budgetbot.http.client import Answer
from budgetbot.notifiers.options import OpsgenieOptions
from budgetbot.notifiers.pager import acknowledgement, details, fit, group, incident, unpaged
from budgetbot.notifiers.post import Post, body
from budgetbot.notifiers.wording import message

API_URL = "https://api.opsgenie.com"
_MESSAGE, _DESCRIPTION, _TAG, _NOTE = 130, 10_000, 50, 1000
_PRIORITIES = {Severity.INFO: "P5", Severity.WARNING: "P3", Severity.CRITICAL: "P1"}
_GONE = frozenset({404, 409})  # deleted there, or closed already: there is nothing left to do
_NOBODY = "00000000-0000-0000-0000-000000000000"


class OpsgenieNotifier:
    """One API integration."""

    kind = "opsgenie"
    shows_deeds = True

    def __init__(
        self,
        name: str,
        key: SecretStr | None,
        options: OpsgenieOptions | None = None,
        url: str = API_URL,
        install: str = "budgetbot",
        timeout: float = 10,
    ) -> None:
        self.name = name
        self._options = options or OpsgenieOptions()
        self._url = url.strip().rstrip("/")
        self._install = install
        self._key_env = self._options.key_env or "OPSGENIE_API_KEY"
        self._key = key.get_secret_value().strip() if key else ""
        fix = f"check {self._key_env}, the key of an API integration, and OPSGENIE_API_URL"
        self._post = Post(name, fix, [self._key], timeout=timeout, accepted=frozenset({202}))

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Open the alert, acknowledge or close it; {"alias", "request_id"}, or {"paged": False}: nobody is woken."""
        quiet = unpaged(self.name, notification)
        if quiet is not None:
            return quiet
        by = acknowledgement(notification)
        if by == "":
            return {"paged": False, "why": "Opsgenie is told of acknowledgements alone"}
        wrong = self._wrong()
        if wrong:
            raise DeliveryError(wrong[0], permanent=True)
        alias = alias_of(notification, self._install)
        path, content = "", opened(notification, alias, self._options, self._install)
        if notification.reason in ENDS:
            path, content = f"/{quote(alias, safe='')}/close?identifierType=alias", closed(notification, self._install)
        if by:
            note = body({"source": self._install, "note": f"acknowledged by {by}"})
            path, content = f"/{quote(alias, safe='')}/acknowledge?identifierType=alias", note
        also = _GONE if path else frozenset[int]()
        answer = self._post.send(f"{self._url}/v2/alerts{path}", content, self._headers(), also=also)
        if not answer.good and not _object(answer):  # it is not Opsgenie that knows no such alert
            raise self._post.refused(answer)
        request = str(_object(answer).get("requestId") or "")
        return {"alias": alias, **({"request_id": clean(request, 60)} if request else {})}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Nothing need be asked: the same alias again is the same alert."""
        return None

    def check(self) -> list[str]:
        """Ask after a request that nobody made: it changes nothing, and only a valid key may."""
        wrong = self._wrong()
        if wrong:
            return wrong
        try:
            answer = self._post.ask("GET", f"{self._url}/v2/alerts/requests/{_NOBODY}", headers=self._headers())
        except DeliveryError as error:
            return [str(error)]
        known = answer.good or answer.status in (403, 404, 429)  # a key that may write need not be one that may read
        if known and (_object(answer) or answer.status == 429):
            return []
        if known:
            return [f"{self.name}: there is no Opsgenie at OPSGENIE_API_URL; write {API_URL}"]
        return [str(self._post.refused(answer))]

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"GenieKey {self._key}"}

    def _wrong(self) -> list[str]:
        if not self._key:
            return [f"{self.name}: {self._key_env} is not set; give the key of an API integration"]
        if not (self._key.isascii() and self._key.isprintable()):
            return [f"{self.name}: {self._key_env} holds characters that no key has; paste the key again"]
        if address(self._url) is None:
            return [f"{self.name}: OPSGENIE_API_URL is not usable; write {API_URL}"]
        return []

    def close(self) -> None:
        """Let go of connections."""
        self._post.close()


def alias_of(notification: Notification, install: str) -> str:
    """The incident's key without slashes: it stands in the path of a request."""
    return incident(notification, install).replace("/", "-")


def opened(notification: Notification, alias: str, options: OpsgenieOptions, install: str) -> bytes:
    """The alert as Opsgenie takes it, within its limits."""
    spoken, alert = message(notification), notification.alert
    severity = alert.severity if alert else Severity.INFO
    tags = ["budgetbot", severity.value, alert.kind if alert else "test", group(alert)]
    told: dict[str, Any] = {
        "message": fit(spoken.summary, _MESSAGE),
        "alias": alias,
        "description": fit(spoken.plain(), _DESCRIPTION),
        "priority": options.priority.get(severity, _PRIORITIES[severity]),
        "source": install,
        "tags": list(dict.fromkeys(fit(tag.replace(",", " "), _TAG) for tag in tags if tag)),
        "details": details(notification, spoken),
    }
    return body(told)


def closed(notification: Notification, install: str) -> bytes:
    """Why an alert is over."""
    return body({"source": install, "note": fit(message(notification).lead, _NOTE)})


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
