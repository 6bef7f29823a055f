"""Any web service as receiver: the notification as JSON, signed. The shapes are those of the HTTP API.

The signature is the hex HMAC-SHA256 of "{X-Budgetbot-Timestamp}.{raw body}"; a service should compare it in constant
time, refuse old timestamps, and take each Idempotency-Key once: what was not confirmed is sent again under the same,
with the same body.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from budgetbot.core.alert_row import alert_row
from budgetbot.core.instant import iso_or_none
from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.http.address import address
from budgetbot.notifiers.options import WebhookOptions
from budgetbot.notifiers.post import Post, body
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_digest import digest_message


class WebhookNotifier:
    """One URL; with a secret, every request is signed."""

    kind = "webhook"
    shows_deeds = False

    def __init__(
        self,
        name: str,
        options: WebhookOptions,
        url: SecretStr | None,
        secret: SecretStr | None,
        timeout: float = 10,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._options = options
        self._url = url.get_secret_value().strip() if url else options.url or ""
        self._secret = secret.get_secret_value().strip() if secret else ""
        self._clock = clock
        fix = f"check {options.url_env or 'its url'}"
        self._post = Post(name, fix, [*_secret_parts(self._url), self._secret], timeout=timeout)

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Post it; {"status", "host"}. Any 2xx confirms."""
        wrong = self._wrong()
        if wrong:
            raise DeliveryError(wrong[0], permanent=True)
        now = self._clock()
        content = body(contract(notification))
        answer = self._post.send(self._url, content, self._headers(notification, content, now))
        found = address(self._url)
        return {"status": answer.status, "host": found.host if found else ""}

    def _headers(self, notification: Notification, content: bytes, now: datetime) -> dict[str, str]:
        stamp = str(int(now.timestamp()))
        told = {"Idempotency-Key": header(notification.key), "X-Budgetbot-Timestamp": stamp}
        if self._secret:
            told["X-Budgetbot-Signature"] = f"v1={signature(self._secret, stamp, content)}"
        return told

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """A web service cannot be asked; it knows a second time by its Idempotency-Key."""
        raise DeliveryError(f"{self.name}: a webhook cannot be asked what it has received")

    def check(self) -> list[str]:
        """Whether URL and secret are set and can be ones; nothing is posted."""
        return self._wrong()

    def _wrong(self) -> list[str]:
        what = self._options.url_env or "url"
        if not self._url:
            return [f"{self.name}: {what} is not set; give the address to post to"]
        found = address(self._url)
        if found is None:
            return [f"{self.name}: {what} is not usable; write https://HOST/PATH, without a user name"]
        if found.scheme != "https" and not (found.loopback or self._options.allow_http):
            return [f"{self.name}: {what} is not https; write an https address, or allow_http: true"]
        if self._options.secret_env and not self._secret:
            return [f"{self.name}: {self._options.secret_env} is not set; give the secret that signs requests"]
        return []

    def close(self) -> None:
        """Let go of connections."""
        self._post.close()


def contract(notification: Notification) -> dict[str, Json]:
    """The notification as it is posted, as of when it was written: an Idempotency-Key stands for one body."""
    alert, digest, at = notification.alert, notification.digest, notification.created_at
    spoken = message(notification) if digest is None else digest_message(digest)
    return {
        "version": 1,
        "key": notification.key,
        "reason": notification.reason.value,
        "receiver": notification.receiver,
        "created_at": iso_or_none(at),
        "alert": alert_row(alert, at) if alert else None,
        "together": [alert_row(other, at) for other in notification.together],
        "more": notification.more,
        "digest": dict(digest) if digest is not None else None,
        "summary": spoken.summary,
    }


def signature(secret: str, stamp: str, content: bytes) -> str:
    """The hex HMAC-SHA256 of "{stamp}.{raw body}"."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()


def header(key: str) -> str:
    """A key as a header can hold it: as it is where it is short and plain, else its digest."""
    if len(key) <= 200 and key.isascii() and key.isprintable() and key == key.strip():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _secret_parts(url: str) -> list[str]:
    """What of an address may be a secret: all of it but the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    values = (value for _, value in parse_qsl(parts.query))
    return [url, *(part for part in (parts.query, parts.path, *parts.path.split("/"), *values) if len(part) >= 8)]
