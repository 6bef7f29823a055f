"""One request, bounded in time and size, never redirected, never tried again. The only module that knows httpx."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from functools import cache
from ssl import SSLContext
from typing import Literal, NamedTuple, TypeAlias

import httpx

from budgetbot import __version__

_CONNECT_TIMEOUT = 10.0
_ERROR_BYTES = 64 * 1024
_LOOPBACK: dict[str, None] = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Fault: TypeAlias = Literal["unformed", "silence", "connection", "too long", "too slow"]

for _name in ("httpx", "httpcore"):  # they log addresses and headers, which may be secrets
    logging.getLogger(_name).setLevel(logging.WARNING)


class NoAnswer(Exception):
    """There is no whole answer. `arrived`: whether the request may have been received.

    "unformed": it could not even be made. `words` are the transport's own; they are not safe to show.
    """

    def __init__(self, fault: Fault, words: str = "", *, arrived: bool = True) -> None:
        super().__init__(fault)
        self.fault: Fault = fault
        self.words = words
        self.arrived = arrived


class Answer(NamedTuple):
    """What came back. `headers` by lower-case name; `lost`: why the body is not whole, None where it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    lost: NoAnswer | None = None

    @property
    def good(self) -> bool:
        """One of the 2xx."""
        return 200 <= self.status < 300


class Http:
    """Requests with the same headers; `timeout` (seconds) bounds each as a whole.

    Redirects are never followed, so that a credential stays with its host. A proxy of the environment is used, but
    never to this machine itself.
    """

    def __init__(self, timeout: float, base_url: str = "", headers: Mapping[str, str] | None = None) -> None:
        self._timeout = timeout
        self._client = httpx.Client(
            base_url=base_url,
            headers={"user-agent": f"budgetbot/{__version__}", **(headers or {})},
            timeout=httpx.Timeout(timeout, connect=min(_CONNECT_TIMEOUT, timeout)),
            follow_redirects=False,
            mounts=_LOOPBACK,
            verify=_tls(),
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = _ERROR_BYTES,
    ) -> Answer:
        """The answer, whatever its status; up to `max_bytes` of a good one. Raises NoAnswer."""
        asked: httpx.QueryParams | None = None if params is None else httpx.QueryParams(list(params))
        try:
            with self._client.stream(method, url, params=asked, content=content, headers=headers) as response:
                limit = max_bytes if response.is_success else _ERROR_BYTES
                return self._answer(response, limit)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, UnicodeError):
            raise NoAnswer("unformed", arrived=False) from None
        except httpx.RequestError as error:
            raise _lost(error) from None

    def _answer(self, response: httpx.Response, limit: int) -> Answer:
        deadline = time.monotonic() + self._timeout
        body, lost = bytearray(), None
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > limit:
                    lost = NoAnswer("too long")
                    break
                if time.monotonic() > deadline:
                    lost = NoAnswer("too slow")
                    break
        except httpx.RequestError as error:
            lost = _lost(error)
        return Answer(response.status_code, response.headers, bytes(body[:limit]), lost)


def _lost(error: httpx.RequestError) -> NoAnswer:
    arrived = not isinstance(error, _NEVER_SENT)
    fault: Fault = "silence" if isinstance(error, httpx.TimeoutException) else "connection"
    return NoAnswer(fault, str(error) or type(error).__name__, arrived=arrived)


@cache
def _tls() -> SSLContext:
    """One for all: reading the certificates takes longer than a request."""
    return httpx.create_ssl_context()
