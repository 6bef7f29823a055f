"""Tells a service outside that budgetbot is well, so that its silence is noticed: https://healthchecks.io/docs/http_api/"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing

import structlog
from pydantic import SecretStr

from budgetbot.errors import UsageError
from budgetbot.http.address import address
from budgetbot.http.client import Http, NoAnswer
from budgetbot.logs import redact

TIMEOUT = 10.0  # seconds
MOST = 10_000  # bytes of what failed
_LINE = 500  # characters of one failure
_log = structlog.get_logger(__name__)


class Heartbeat:
    """One address that is asked for after each healthy turn; `/fail` of it from the second failing turn in a row on.

    Each request has a thread of its own, one at a time, so that nobody waits for it; without an address there is none.
    Raises UsageError where the address is none, or not https beyond this machine.
    """

    def __init__(self, url: SecretStr | None, timeout: float = TIMEOUT) -> None:
        self._url = url.get_secret_value().strip() if url else ""
        self._timeout = timeout
        self._failed = 0
        self._thread: threading.Thread | None = None
        found = address(self._url) if self._url else None
        if self._url and (found is None or (found.scheme != "https" and not found.loopback)):
            raise UsageError("BUDGETBOT_HEARTBEAT_URL is not usable; write https://HOST/PATH, without a user name")
        self._host = found.host if found else ""

    def tell(self, wrong: Sequence[str]) -> None:
        """How a turn went: what is not healthy, a line each. Never raises, and waits for nothing."""
        self._failed = self._failed + 1 if wrong else 0
        if not self._url or self._failed == 1:
            return
        if self._thread is not None and self._thread.is_alive():
            _log.warning("a heartbeat was left out", host=self._host, error="the one before is still under way")
            return
        self._thread = threading.Thread(target=self._send, args=(_body(wrong),), name="heartbeat", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until what is under way has come to its end, or to its time."""
        if self._thread is not None:
            self._thread.join(self._timeout)

    def _send(self, failed: bytes) -> None:
        why = self._refused(failed)
        if why:
            _log.warning("the heartbeat was not taken", host=self._host, error=why)

    def _refused(self, failed: bytes) -> str:
        """Why it was not taken; "" where it was. Words of the transport are left out: they may repeat the address."""
        try:
            with closing(Http(self._timeout)) as http:
                if failed:
                    plain = {"content-type": "text/plain; charset=utf-8"}
                    answer = http.request("POST", failing(self._url), content=failed, headers=plain)
                else:
                    answer = http.request("GET", self._url)
        except NoAnswer as lost:
            return lost.fault
        except Exception as error:  # whatever it is, the work goes on
            return type(error).__name__
        return "" if answer.good else f"HTTP {answer.status}"


def failing(url: str) -> str:
    """Where failures are told: the path with /fail; a query stays."""
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/fail{mark}{query}"


def _body(wrong: Sequence[str]) -> bytes:
    return "\n".join(redact(line)[:_LINE] for line in wrong).encode("utf-8", "replace")[:MOST]
