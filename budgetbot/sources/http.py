"""JSON over HTTP for every provider: exact numbers, retries, bounded answers."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, NoReturn, Self

from pydantic import SecretStr

from budgetbot.errors import SourceError, UsageError
from budgetbot.http.address import address
from budgetbot.http.client import Http, NoAnswer
from budgetbot.sources.backoff import LONGEST_WAIT, again, backoff
from budgetbot.sources.refusal import ApiRefusal, Wording

__all__ = ["ApiRefusal", "BodyTooLarge", "JsonHttp"]


class BodyTooLarge(SourceError):
    """An answer over the size limit: ask for less at once."""


class _Again(Exception):
    """Carries an error that is worth another try."""

    def __init__(self, error: SourceError) -> None:
        super().__init__()
        self.error = error


class JsonHttp:
    """GETs JSON from one base URL with one credential.

    `who` names the account in errors; `credential_fix` is what to do when the credential is refused; `key_env` is the
    variable it comes from. `headers` may hold secrets too. `timeout` (seconds) bounds a request as a whole. Redirects
    are never followed, so the credential stays with its host. Raises UsageError for a base URL or key that cannot be.
    """

    def __init__(
        self,
        base_url: str,
        *,
        who: str,
        key_env: str,
        credential_fix: str,
        bearer: SecretStr | None = None,
        headers: Mapping[str, str | SecretStr] | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        sent: dict[str, str | SecretStr] = {"accept": "application/json", **(headers or {})}
        if bearer is not None:
            sent["authorization"] = SecretStr(f"Bearer {bearer.get_secret_value().strip()}")
        secrets = [v.get_secret_value() for v in sent.values() if isinstance(v, SecretStr)]
        self._wording = Wording(who, credential_fix, [s.removeprefix("Bearer ") for s in secrets])
        self._timeout, self._attempts, self._sleep, self._max_bytes = timeout, max(1, attempts), sleep, max_bytes
        self._http = Http(timeout, _checked_url(base_url, who), _plain(sent, key_env))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Any:
        """The JSON at `path`, numbers with a fraction or an exponent as Decimal. Raises SourceError."""
        attempt = 0
        while True:
            try:
                return self._once(path, params)
            except _Again as caught:
                attempt += 1
                wait = caught.error.retry_after
                if attempt >= self._attempts or (wait or 0) > LONGEST_WAIT:
                    raise caught.error from None
                self._sleep(backoff(attempt - 1, random.random()) if wait is None else wait)

    def _once(self, path: str, params: Sequence[tuple[str, str]]) -> Any:
        try:
            answer = self._http.request("GET", path, params=params, max_bytes=self._max_bytes)
        except NoAnswer as lost:
            raise self._lost(lost) from None
        if answer.good:
            if answer.lost is not None:
                raise self._lost(answer.lost)
            return self._parsed(answer.body)
        error = self._wording.refusal(answer.status, answer.headers, answer.body, time.time())
        if again(answer.status, answer.headers) and not _hopeless(error):
            raise _Again(error)
        raise error

    def _lost(self, lost: NoAnswer) -> Exception:
        match lost.fault:
            case "unformed":
                return self._failed("the request could not be formed; check the base URL", permanent=True)
            case "too long":
                return BodyTooLarge(f"{self._wording.who}: an answer of over {self._max_bytes} bytes was refused")
            case "silence":
                return _Again(self._failed(f"no answer within {self._timeout:g} s"))
            case "too slow":
                return _Again(self._failed(f"the answer was not complete within {self._timeout:g} s"))
        what = self._wording.safe(lost.words, 200)
        return _Again(self._failed(f"the connection failed: {what}; check the network and the base URL"))

    def _parsed(self, body: bytes) -> Any:
        try:
            return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, ArithmeticError, RecursionError):
            raise _Again(self._failed(f"an answer of {len(body)} bytes is not valid JSON")) from None

    def _failed(self, what: str, permanent: bool = False) -> SourceError:
        return SourceError(f"{self._wording.who}: {what}", permanent=permanent)


def _hopeless(error: ApiRefusal) -> bool:
    """A 429 that only a person can lift, whatever its headers say."""
    return error.status == 429 and error.permanent


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _checked_url(base_url: str, who: str) -> str:
    if address(base_url.strip()) is None:
        raise UsageError(f"{who}: the base URL is not usable; write https://HOST/PATH, without a user name")
    return base_url.strip()


def _plain(headers: Mapping[str, str | SecretStr], key_env: str) -> dict[str, str]:
    """The headers as text. The transport would quote an impossible value in its error, so it is refused here."""
    plain = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in headers.items()}
    for value in plain.values():
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"{key_env}: holds characters that no key has; paste the key again")
    if plain.get("authorization") == "Bearer ":
        raise UsageError(f"{key_env}: is empty; set it to a key")
    return plain
