"""A strict PagerDuty Events API v2: it refuses what PagerDuty refuses, and keeps incidents as PagerDuty does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.standins.posting import PostStandIn, Refused, Seen

KEY = "0123456789abcdef0123456789abcdef"
_TOP = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
_PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
_BYTES = 512 * 1024


@dataclass
class Incident:
    """`log` is every event that was applied; `paged` how often somebody was notified."""

    key: str
    state: Literal["triggered", "acknowledged", "resolved"] = "triggered"
    log: list[dict[str, Any]] = field(default_factory=list)
    paged: int = 0


class FakePagerDuty(PostStandIn):
    """`incidents` in the order they were opened; several of one key where one was resolved and triggered again."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.keys = keys or (KEY,)
        self.incidents: list[Incident] = []
        self.dropped: list[dict[str, Any]] = []
        self._of: dict[int, str] = {}

    @property
    def events_url(self) -> str:
        return f"{self.url}/v2/enqueue"

    def open(self, dedup_key: str, routing_key: str = KEY) -> Incident | None:
        """The open incident of a key; another routing key does not see it."""
        found = (i for i in self.incidents if i.key == dedup_key and i.state != "resolved")
        return next((i for i in found if self._of[id(i)] == routing_key), None)

    def answer(self, seen: Seen) -> tuple[int, Any]:
        if (seen.method, seen.path) != ("POST", "/v2/enqueue"):
            raise Refused(404)
        if not seen.headers.get("content-type", "").startswith("application/json"):
            raise Refused(415)
        if len(seen.body) > _BYTES:
            raise Refused(413)
        try:
            event = seen.json
        except ValueError:
            raise _invalid("body is not JSON") from None
        errors = problems(event)
        if errors:
            raise _invalid(*errors)
        if event["routing_key"] not in self.keys:
            raise _invalid("Invalid routing key")
        self._apply(event)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}

    def _apply(self, event: dict[str, Any]) -> None:
        found = self.open(event["dedup_key"], event["routing_key"])
        if event["event_action"] == "trigger":
            if found is None:
                found = Incident(event["dedup_key"], paged=1)
                self.incidents.append(found)
                self._of[id(found)] = event["routing_key"]
            found.log.append(event)
        elif found is None:
            self.dropped.append(event)
        else:
            found.log.append(event)
            found.state = "resolved" if event["event_action"] == "resolve" else "acknowledged"


def problems(event: Any) -> list[str]:
    """What is wrong with an event."""
    if not isinstance(event, dict):
        return ["event is not an object"]
    wrong = [f"unknown field {name}" for name in event.keys() - _TOP]
    for name, longest in (("routing_key", 32), ("dedup_key", 255)):
        value = event.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            wrong.append(f"Length of '{name}' is incorrect (should be up to {longest} characters)")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        wrong.append("'event_action' is invalid (should be one of: trigger, acknowledge, resolve)")
    for link in event.get("links", []):
        if (
            not isinstance(link, dict)
            or not str(link.get("href", "")).startswith("http")
            or link.keys() - {"href", "text"}
        ):
            wrong.append("'links' is invalid")
    return wrong + (_payload(event.get("payload")) if event.get("event_action") == "trigger" else [])


def _payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    wrong = [f"unknown field payload.{name}" for name in payload.keys() - _PAYLOAD]
    for name in ("summary", "source", "severity"):
        if not isinstance(payload.get(name), str) or not payload[name].strip():
            wrong.append(f"'payload.{name}' is missing or blank")
    if len(str(payload.get("summary", ""))) > 1024:
        wrong.append("'payload.summary' is too long")
    if payload.get("severity") not in ("critical", "error", "warning", "info"):
        wrong.append("'payload.severity' is invalid (should be one of: critical, error, warning, info)")
    if "timestamp" in payload:
        try:
            datetime.fromisoformat(payload["timestamp"])
        except (TypeError, ValueError):
            wrong.append("'payload.timestamp' is invalid")
    if not isinstance(payload.get("custom_details", {}), dict):
        wrong.append("'payload.custom_details' is invalid")
    return wrong


def _invalid(*errors: str) -> Refused:
    return Refused(400, {"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)})
