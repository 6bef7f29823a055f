"""One request to a receiver, and what its failure means. Never tried again here: delivery does that."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from budgetbot.core.text import clean, cut
from budgetbot.errors import DeliveryError
from budgetbot.http.client import Answer, Http, NoAnswer
from budgetbot.http.hidden import hidden
from budgetbot.http.retry_after import asked_wait
from budgetbot.notifiers.fault import answered

_PASSES = frozenset({408, 409, 425, 429})
_SAID = 200  # characters of a foreign answer that reach an error


class Post:
    """Requests of one receiver. `fix` is what to do when it refuses for good; `secrets` are shown nowhere.

    `accepted`: the statuses that confirm; any of the 2xx where there are none. `least_wait` (seconds): how long a
    receiver that takes no more for now is left alone at least.
    """

    def __init__(
        self,
        name: str,
        fix: str,
        secrets: Sequence[str],
        *,
        timeout: float = 10,
        accepted: frozenset[int] = frozenset(),
        least_wait: float = 0,
    ) -> None:
        self._name = name
        self._fix = fix
        self._secrets = [secret for secret in secrets if secret]
        self._timeout = timeout
        self._accepted = accepted
        self._least_wait = least_wait
        self._http: Http | None = None

    def send(
        self, url: str, content: bytes, headers: Mapping[str, str] | None = None, also: frozenset[int] = frozenset()
    ) -> Answer:
        """POST JSON; the answer, surely a confirmation; `also`: further statuses that are one. Raises DeliveryError."""
        sent = {"content-type": "application/json", **(headers or {})}
        answer = self.ask("POST", url, content, sent)
        if answer.status in self._accepted | also or (answer.good and not self._accepted):
            return answer
        raise self.refused(answer)

    def ask(
        self, method: str, url: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever it is. Raises DeliveryError where there is none."""
        self._http = self._http or Http(self._timeout)
        try:
            return self._http.request(method, url, content=content, headers=headers)
        except NoAnswer as lost:
            raise self._lost(lost) from None

    def _lost(self, lost: NoAnswer) -> DeliveryError:
        if lost.fault == "unformed":
            return self._failed("the request could not be formed", permanent=True)
        if lost.fault == "silence" and lost.arrived:
            return self._failed(f"no answer within {self._timeout:g} s", unknown=True, fault="timeout")
        what = "the connection was lost" if lost.arrived else "cannot connect"
        return self._failed(f"{what}: {self.words(lost.words)}", unknown=lost.arrived, fault="connection")

    def refused(self, answer: Answer) -> DeliveryError:
        """The error for an answer that does not confirm."""
        status = answer.status
        said = self.words(_said(answer.body))
        told = f"HTTP {status}" + (f": {said}" if said else "")
        if status in _PASSES or status >= 500:
            wait = asked_wait(answer.headers, time.time())
            if status == 429 and self._least_wait:
                wait = max(wait or 0, self._least_wait)
            return self._failed(told, retry_after=wait, fault=answered(status))
        if answer.good:  # a proxy's page, say: nobody knows what became of it
            return self._failed(f"{told}, which confirms nothing; {self._fix}", unknown=True)
        if status < 400:
            return self._failed(f"HTTP {status}: a redirect, which is never followed; {self._fix}", permanent=True)
        return self._failed(f"{told}; {self._fix}", permanent=True, fault=answered(status))

    def words(self, text: str) -> str:
        """Foreign text, short and on one line, without a secret."""
        return cut(hidden(clean(text, 2000), self._secrets), _SAID)

    def _failed(self, what: str, **how: Any) -> DeliveryError:
        return DeliveryError(f"{self._name}: {what}", **how)

    def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            self._http.close()
            self._http = None


def body(payload: object) -> bytes:
    """JSON in UTF-8, which has no place for lone surrogates."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _said(content: bytes) -> str:
    """The receiver's own words: `message` and `errors` of a JSON object, else the text as it is."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")
    if not isinstance(told, dict):
        return str(told)
    errors = told.get("errors") or told.get("error") or ""
    if isinstance(errors, Mapping):
        errors = [f"{name}: {text}" for name, text in errors.items()]
    listed = "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors)
    return ": ".join(part for part in (str(told.get("message") or ""), listed) if part)
