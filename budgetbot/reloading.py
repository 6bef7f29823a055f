"""Changed policy files take effect without a restart; wrong ones are told of, and the last good ones stay in force."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue

import structlog

from budgetbot.app import policy_of
from budgetbot.assembly import assembled, lacking
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.errors import BudgetbotError, PolicyError
from budgetbot.logs import fault, redact
from budgetbot.policy.look import Look, look
from budgetbot.policy.policy import Policy
from budgetbot.settings import Settings

EVERY = 2.0  # seconds between two looks
SETTLING = 0.5  # seconds until the next look at files that have just changed: an editor may be about to go on
_log = structlog.get_logger(__name__)


class Reloader:
    """Looks at the policy files. Changed ones count when two looks in a row see the same, so a half-written one never.

    `soon` is called when the next turn has something new to work with.
    """

    def __init__(self, settings: Settings, current: Current, soon: Callable[[], None]) -> None:
        self._settings = settings
        self._current = current
        self._soon = soon
        self._seen: Look | None = None
        self._judged: str | None = None  # the content that was taken or refused last
        self._asked: SimpleQueue[bool] = SimpleQueue()  # its `put` may be called in a signal handler
        self._thread = threading.Thread(target=self._watch, name="policies", daemon=True)

    def start(self) -> None:
        """Look every few seconds from now on."""
        self._thread.start()

    def reread(self) -> None:
        """Read the files at once, and take them as they are. May be called in a signal handler."""
        self._asked.put(True)

    def stop(self) -> None:
        """Look no more."""
        self._asked.put(False)
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _watch(self) -> None:
        while True:
            try:
                asked = self._asked.get(timeout=self.pause)
                if not asked:
                    return
            except Empty:
                asked = False
            try:
                self.look(asked=asked)
            except Exception as error:  # a busy database must not end the watch
                self._judged = None
                _log.error("the policy files could not be taken; it is tried again", error=fault(error))

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return EVERY if self._seen is not None and self._seen.content == self._judged else SETTLING

    def look(self, *, asked: bool = False) -> None:
        """One look. `asked`: somebody says that the files are ready, so that no second look is waited for."""
        before = self._seen
        self._seen = seen = look(self._settings.budgetbot_policies, before)
        settled = before is not None and before.content == seen.content
        if asked or (settled and seen.content != self._judged):
            self._judge(seen, asked)

    def _judge(self, seen: Look, asked: bool) -> None:
        policy, mistakes = self._loaded()
        if look(self._settings.budgetbot_policies, seen).content != seen.content:
            return  # it was written while it was read
        self._judged = seen.content
        latest = self._current.latest
        if policy is not None and not mistakes:
            mistakes = tuple(lacking(self._settings, policy, latest))
        if policy is not None and not mistakes:
            mistakes = self._take(policy, latest, asked)
        if mistakes:
            self._refuse(mistakes, latest, asked)

    def _loaded(self) -> tuple[Policy | None, tuple[str, ...]]:
        try:
            return policy_of(self._settings), ()
        except PolicyError as error:
            return None, tuple(error.mistakes)
        except BudgetbotError as error:
            return None, tuple(str(error).splitlines())
        except Exception as error:  # whatever a file holds, the process goes on
            return None, (fault(error),)

    def _take(self, policy: Policy, latest: Parts, asked: bool) -> tuple[str, ...]:
        """Let it take effect, unless it has; what it lacks."""
        known = latest.policy
        if not latest.mistakes and (policy.hash, policy.where) == (known.hash, known.where):
            if asked:
                _log.info("policy unchanged", hash=known.hash)
            return ()
        try:
            parts = assembled(self._settings, policy, latest.store, latest)
        except BudgetbotError as error:
            return tuple(str(error).splitlines())
        self._offer(parts)
        return ()

    def _refuse(self, mistakes: tuple[str, ...], latest: Parts, asked: bool) -> None:
        told = tuple(redact(mistake) for mistake in mistakes)
        new = told != latest.mistakes
        if new or asked:
            _log.error("policy refused", in_force=latest.policy.hash, mistakes="; ".join(told))
        if new:
            self._offer(replace(latest, mistakes=told))

    def _offer(self, parts: Parts) -> None:
        if self._current.offer(parts):
            self._soon()
