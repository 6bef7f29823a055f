"""A strict Opsgenie Alert API: fields, limits, aliases, and work that is only promised by its 202."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.standins.posting import PostStandIn, Refused, Seen

KEY = "eb243592-faa2-4ba2-a551-1afdf565c889"
_LIMITS = {
    "message": 130,
    "alias": 512,
    "description": 15_000,
    "entity": 512,
    "source": 100,
    "user": 100,
    "note": 25_000,
}
_CREATE = {*_LIMITS, "tags", "details", "priority", "actions", "responders", "visibleTo"}
_PRIORITIES = ("P1", "P2", "P3", "P4", "P5")


@dataclass
class Alert:
    """One alert; `count` is how often it was reported while open."""

    body: dict[str, Any]
    open: bool = True
    count: int = 1
    closed_with: dict[str, Any] = field(default_factory=dict)


class FakeOpsgenie(PostStandIn):
    """`alerts` in the order they were opened. `may_read` False: a key that may create alerts and nothing else."""

    def __init__(self, *, may_read: bool = True, base: str = "") -> None:
        super().__init__()
        self.alerts: list[Alert] = []
        self.may_read = may_read
        self.base = base

    @property
    def api_url(self) -> str:
        return self.url + self.base

    def find(self, alias: str) -> Alert | None:
        """The open alert of an alias."""
        return next((a for a in self.alerts if a.open and a.body.get("alias") == alias), None)

    def answer(self, seen: Seen) -> tuple[int, Any]:
        url = urlsplit(seen.path)
        if not url.path.startswith(f"{self.base}/v2/alerts"):
            raise Refused(404)
        self._authenticate(seen)
        steps = url.path.removeprefix(f"{self.base}/v2/alerts").strip("/").split("/")
        if seen.method == "GET":
            raise self._asked(steps)
        if not seen.headers.get("content-type", "").startswith("application/json"):
            raise _refused(422, "Request body is not processable. Please check the content type.")
        if steps == [""]:
            return 202, self._create(seen.json)
        if len(steps) == 2 and steps[1] == "close" and "%2F" not in steps[0]:
            return 202, self._close(unquote(steps[0]), parse_qs(url.query), seen.json)
        raise Refused(404)

    def _authenticate(self, seen: Seen) -> None:
        kind, _, key = seen.headers.get("authorization", "").partition(" ")
        if kind != "GenieKey" or not key:
            raise _refused(401, "You are not authorized to access this resource")
        try:
            uuid.UUID(key)
        except ValueError:
            raise _refused(422, "Key format is not valid!") from None
        if key != KEY:
            raise _refused(401, "Could not authenticate")

    def _asked(self, steps: list[str]) -> Refused:
        if steps[0] != "requests":
            return Refused(404)
        if not self.may_read:
            return _refused(403, "To perform this action, use an API key from an API integration.")
        return _refused(404, "Request not found. It might not be processed, yet.")

    def _create(self, body: Any) -> dict[str, Any]:
        errors = problems(body)
        if errors:
            raise _refused(422, "Request body is not processable. Please check the errors.", errors)
        found = self.find(body["alias"])
        if found is None:
            self.alerts.append(Alert(body))
        else:
            found.count += 1
        return _processed()

    def _close(self, alias: str, query: dict[str, list[str]], body: Any) -> dict[str, Any]:
        if query != {"identifierType": ["alias"]}:
            raise _refused(422, "Identifier type is not valid")
        unknown = body.keys() - {"user", "source", "note"}
        if unknown or any(len(body[name]) > _LIMITS[name] for name in body):
            raise _refused(422, "Request body is not processable. Please check the errors.")
        found = self.find(alias)
        if found is not None:  # nobody is told here where there is none: the work comes later
            found.open, found.closed_with = False, body
        return _processed()


def problems(body: Any) -> dict[str, str]:
    """What is wrong with a new alert, by field."""
    if not isinstance(body, dict):
        return {"body": "is not an object"}
    wrong = dict.fromkeys(body.keys() - _CREATE, "is unknown")
    for name, longest in _LIMITS.items():
        if name in body and (not isinstance(body[name], str) or not 0 < len(body[name]) <= longest):
            wrong[name] = f"Message can not be empty or longer than {longest}"
    if "message" not in body:
        wrong["message"] = "Message can not be empty."
    if body.get("priority", "P3") not in _PRIORITIES:
        wrong["priority"] = "should be one of [ P1, P2, P3, P4, P5 ]"
    tags = body.get("tags", [])
    if len(tags) > 20 or any(not isinstance(tag, str) or not 0 < len(tag) <= 50 for tag in tags):
        wrong["tags"] = "is not valid"
    details = body.get("details", {})
    if any(not isinstance(value, str) for value in details.values()):
        wrong["details"] = "is not a map of texts"
    if sum(len(name) + len(str(value)) for name, value in details.items()) > 8000:
        wrong["details"] = "is too long"
    return wrong


def _processed() -> dict[str, Any]:
    return {"result": "Request will be processed", "took": 0.302, "requestId": str(uuid.uuid4())}


def _refused(status: int, message: str, errors: dict[str, str] | None = None) -> Refused:
    body: dict[str, Any] = {"message": message, "took": 0.001, "requestId": str(uuid.uuid4())}
    return Refused(status, {**body, "errors": errors} if errors else body)
