"""An error answer of a provider, as an error that says what is wrong and what to do, and never the credential."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from budgetbot.errors import SourceError
from budgetbot.http.hidden import hidden
from budgetbot.http.retry_after import asked_wait
from budgetbot.sources.backoff import needs_a_person, passing
from budgetbot.sources.text import clean

_KEY_LIKE = re.compile(r"\bsk-[A-Za-z0-9_*.\-]{6,}")


class ApiRefusal(SourceError):
    """A provider answered with an HTTP error. `param`, `code` and `reason` are its own words."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        param: str | None = None,
        reason: str = "",
        permanent: bool = True,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, permanent=permanent, refused=refused, retry_after=retry_after)
        self.status = status
        self.code = code
        self.param = param
        self.reason = reason


@dataclass(frozen=True)
class Wording:
    """How errors of one account are worded: who is speaking, what mends a refused credential, what to keep secret."""

    who: str
    credential_fix: str
    secrets: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Wording({self.who!r})"

    def safe(self, text: str, limit: int = 300) -> str:
        """Foreign text without control characters or anything that looks like a key, cut to a sane length."""
        return clean(_KEY_LIKE.sub("***", hidden(clean(text, 20_000), self.secrets)), limit)

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes, now: float) -> ApiRefusal:
        """The error for an HTTP answer that is none of the 2xx. `headers` by lower-case name, `now` in Unix seconds."""
        said = _said(body)
        reason, code, param = (self.safe(said.get(key, "")) for key in ("message", "code", "param"))
        person = needs_a_person(status, said.get("code"), said.get("type"))
        credential = status in (401, 403) or "missing scopes" in reason.lower()
        details = [f"{name}: {value}" for name, value in (("param", param), ("code", code)) if value]
        request = headers.get("x-request-id") or headers.get("request-id")
        if request:
            details.append(f"request: {self.safe(request, 100)}")
        return ApiRefusal(
            f"{self.who}: {'the credential was refused, ' if credential else ''}HTTP {status}"
            + (f": {reason}" if reason else "")
            + (f" ({', '.join(details)})" if details else "")
            + f"; {self._fix(status, credential, person)}",
            status=status,
            code=code or None,
            param=param or None,
            reason=reason,
            permanent=credential or person or not passing(status),
            refused=credential,
            retry_after=asked_wait(headers, now),
        )

    def _fix(self, status: int, credential: bool, person: bool) -> str:
        if credential:
            return self.credential_fix
        if person:
            return "raise the limit or add credit at the provider"
        if passing(status):
            return "it is tried again with the next pull"
        if status == 404 or status < 400:
            return "check the base URL"
        return "the request does not suit this server; check the base URL and the version"


def _said(body: bytes) -> dict[str, str]:
    """message, type, param and code, from any of the shapes that providers use; empty where it is no JSON."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    error = content.get("error") or content
    if not isinstance(error, dict):
        return {"message": str(error)}
    said = {key: str(error[key]) for key in ("message", "type", "param", "code") if error.get(key) is not None}
    if "message" not in said and content.get("detail"):
        said["message"] = _detail(content["detail"])
    return said


def _detail(detail: Any) -> str:
    """FastAPI lists what is wrong with a request as {"loc": ["query", "start_time"], "msg": ...}; else the text."""
    if not isinstance(detail, list):
        return str(detail)
    items = [item for item in detail if isinstance(item, dict) and isinstance(item.get("msg"), str)]
    return "; ".join(f"{'.'.join(map(str, _list(item.get('loc'))))}: {item['msg']}" for item in items)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
