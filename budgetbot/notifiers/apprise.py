"""Teams, Discord, ntfy, and through apprise many more as receivers: posted once, without a memory of it.

The services tell no id, so none can be asked whether a message arrived: after a lost answer it may be shown twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from pydantic import SecretStr

from budgetbot.core.model import Json, Severity
from budgetbot.core.notification import ENDS, Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import apprise_service
from budgetbot.notifiers.apprise_service import INSTALL, KINDS, Outcome
from budgetbot.notifiers.apprise_text import worded
from budgetbot.notifiers.fault import answered

_HOW = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


class AppriseNotifier:
    """One address of one service. `timeout` (seconds) bounds each request; three of them bound a message."""

    shows_deeds = False

    def __init__(self, name: str, kind: str, url_env: str, url: SecretStr | None, timeout: float = 10) -> None:
        self.name = name
        self.kind = kind
        self._url_env = url_env
        self._url = url.get_secret_value().strip() if url else ""
        self._timeout = timeout

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Post it; {"service"}."""
        wrong = self.check()
        if wrong:
            raise DeliveryError(wrong[0], permanent=True)
        plugin = apprise_service.service(self.kind, self._url, self._timeout)
        if plugin is None:
            raise DeliveryError(f"{self.name}: {self._url_env} is not usable", permanent=True)
        title, text = worded(notification, apprise_service.style(plugin))
        outcome = self._bounded(lambda: apprise_service.post(plugin, title, text, _how(notification)))
        if not outcome.taken:
            raise self._failed(outcome)
        return {"service": str(plugin.service_name)}

    def _failed(self, outcome: Outcome) -> DeliveryError:
        status = outcome.status
        told = f"{KINDS[self.kind].name} did not confirm" + (f" (HTTP {status})" if status else "")
        fault = answered(status) if status else "other"
        return DeliveryError(f"{self.name}: {told}; check {self._url_env}", retry_after=outcome.wait, fault=fault)

    def _bounded(self, action: Callable[[], Outcome]) -> Outcome:
        """Its result. Raises DeliveryError, unknown: apprise bounds no request as a whole, and may fail anyhow."""
        results: list[Outcome] = []
        faults: list[str] = []

        def run() -> None:
            try:
                results.append(action())
            except Exception as error:  # its text may hold the address
                faults.append(type(error).__name__)

        thread = threading.Thread(target=run, name=f"apprise-{self.name}", daemon=True)
        thread.start()
        thread.join(3 * self._timeout)
        if not results:
            what = f"apprise failed ({faults[0]})" if faults else f"no answer within {3 * self._timeout:g} s"
            raise DeliveryError(f"{self.name}: {what}; check {self._url_env}", unknown=True)
        return results[0]

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """None of these services can be asked."""
        raise DeliveryError(f"{self.name}: {KINDS[self.kind].name} cannot be asked what it has received")

    def check(self) -> list[str]:
        """Whether apprise is there and the address can be one; nothing is posted."""
        if not apprise_service.installed():
            return [f"{self.name}: {self.kind} needs apprise; {INSTALL}"]
        if not self._url:
            return [f"{self.name}: {self._url_env} is not set; write {KINDS[self.kind].example}"]
        wrong = apprise_service.wrong(self.kind, self._url)
        return [f"{self.name}: {self._url_env} {wrong}"] if wrong else []

    def close(self) -> None:
        """Nothing is kept open."""


def _how(notification: Notification) -> str:
    """Which colour or sign it has, where the service shows one."""
    if notification.reason in ENDS:
        return "success"
    return _HOW[notification.alert.severity] if notification.alert else "info"
