"""Who people in Slack are: e-mail addresses and groups, asked when needed and remembered for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog

from budgetbot.notifiers.slack_api import SlackApi, SlackError
from budgetbot.policy.on_call import EVERYONE

PERSON_LASTS = timedelta(hours=1)
GROUP_LASTS = timedelta(seconds=60)
TROUBLE_LASTS = timedelta(seconds=10)  # what Slack did not say is asked again soon, but not by every click
_MOST = 10_000  # people remembered
_SCOPES = {
    "users.info": "users:read and users:read.email",
    "usergroups.users.list": "usergroups:read",
}
_log = structlog.get_logger(__name__)


class People:
    """Of one workspace. What cannot be found out counts as no: nobody is let in because Slack is silent.

    `seconds`: a clock that only ever goes on.
    """

    def __init__(self, api: SlackApi, seconds: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Mapping[str, Any]]] = {}
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """What Slack did not tell when it was last asked, with how to mend it; "" where it told all."""
        return self._trouble

    def email(self, user_id: str) -> str | None:
        """The e-mail address; None where there is none, or Slack does not say."""
        found = (self._user(user_id).get("profile") or {}).get("email")
        return found if isinstance(found, str) and found else None

    def enterprise(self, user_id: str) -> str:
        """The organisation that a person belongs to; "" for none, or unknown."""
        return str((self._user(user_id).get("enterprise_user") or {}).get("enterprise_id") or "")

    def in_any(self, user_id: str, wanted: Sequence[str]) -> bool:
        """Whether the person is one of them: users (U...), members of user groups (S...), or "everyone"."""
        if EVERYONE in wanted or user_id in wanted:
            return True
        return any(user_id in self._members(group) for group in wanted if group.startswith("S"))

    def _user(self, id: str) -> Mapping[str, Any]:
        found = self._asked("users.info", "user", id, PERSON_LASTS).get("user")
        return found if isinstance(found, Mapping) else {}

    def _members(self, group: str) -> Sequence[str]:
        found = self._asked("usergroups.users.list", "usergroup", group, GROUP_LASTS).get("users")
        return found if isinstance(found, list) else []

    def _asked(self, method: str, name: str, id: str, lasts: timedelta) -> Mapping[str, Any]:
        with self._lock:
            until, answer = self._kept.get((method, id), (0.0, {}))
        if self._seconds() < until:
            return answer
        try:
            said = self._api.call(method, params={name: id}).data
            answer = said if isinstance(said, dict) else {}
            self._trouble = ""
        except SlackError as error:
            answer, lasts = {}, TROUBLE_LASTS
            self._trouble = _told(method, error)
            _log.warning("Slack does not say who somebody is", error=self._trouble)
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[method, id] = (self._seconds() + lasts.total_seconds(), answer)
        return answer


def _told(method: str, error: SlackError) -> str:
    if error.error == "missing_scope":
        return f"Slack {method} is not allowed; add the scope {_SCOPES[method]} to the app and install it again"
    return str(error)
