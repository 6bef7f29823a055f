"""A strict web service: it checks the signature over the raw bytes, and takes each Idempotency-Key once.

The same key with another body is refused: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Any

from tests.standins.posting import PostStandIn, Refused, Seen

SECRET = "whsec-0123456789abcdef"
_FIELDS = {"version", "key", "reason", "receiver", "created_at", "alert", "together", "more", "digest", "summary"}


class FakeHook(PostStandIn):
    """`taken` is what was new, by Idempotency-Key; `again` those that came once more. `skew`: tolerated seconds."""

    def __init__(self, secret: str | None = SECRET, skew: float = 300) -> None:
        super().__init__()
        self.secret, self.skew = secret, skew
        self.taken: dict[str, Any] = {}
        self.again: list[str] = []

    @property
    def hook_url(self) -> str:
        return f"{self.url}/services/T0123456/very-secret-path?token=very-secret-query"

    def answer(self, seen: Seen) -> tuple[int, Any]:
        if seen.path != self.hook_url.removeprefix(self.url) or seen.method != "POST":
            raise Refused(404)
        if seen.headers.get("content-type") != "application/json":
            raise Refused(415)
        self._verify(seen)
        told = seen.json
        if told.keys() != _FIELDS or told["version"] != 1 or (told["alert"] is not None and told["digest"] is not None):
            raise Refused(422, {"message": "not the shape of version 1"})
        key = seen.headers["idempotency-key"]
        if key in self.taken:
            if self.taken[key] != told:
                raise Refused(422, {"message": "the key was used for another body"})
            self.again.append(key)
        self.taken.setdefault(key, told)
        return 204, None

    def _verify(self, seen: Seen) -> None:
        stamp, given = seen.headers.get("x-budgetbot-timestamp", ""), seen.headers.get("x-budgetbot-signature")
        if not re.fullmatch(r"\d{10}", stamp) or abs(time.time() - int(stamp)) > self.skew:
            raise Refused(401, {"message": "too old"})
        if self.secret is None:
            if given is not None:
                raise Refused(401, {"message": "signed, and nobody asked for it"})
            return
        expected = hmac.new(self.secret.encode(), f"{stamp}.".encode() + seen.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v1={expected}", given or ""):
            raise Refused(401, {"message": "bad signature"})
