"""Which workspace and which app we are: what comes from elsewhere is not answered."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import structlog

from budgetbot.chat.slack.payload import Origin
from budgetbot.notifiers.slack_api import SlackApi, SlackError

_ELSEWHERE = "This budgetbot belongs to another Slack workspace, so it does not answer here."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ours:
    """What Slack says of our token; `enterprise`: the organisation, where there is one. `app`: "" for unknown."""

    team: str
    enterprise: str = ""
    everywhere: bool = False
    app: str = ""


class _Homes(Protocol):
    def enterprise(self, user_id: str) -> str: ...


class Installation:
    """Asked of Slack when it is first needed, and then known. `people`: who belongs to which organisation."""

    def __init__(self, api: SlackApi, people: _Homes) -> None:
        self._api = api
        self._people = people
        self._lock = threading.Lock()
        self._known: Ours | None = None
        self._failed: SlackError | None = None

    def refusal(self, origin: Origin) -> str:
        """Why it is not answered, as a sentence; "" where it is ours. Raises SlackError where Slack does not say."""
        fits = self._fits(origin, self.ours())
        if not fits:
            _log.warning("a request from another workspace was refused", app=origin.app[:20], team=origin.team[:20])
        return "" if fits else _ELSEWHERE

    def ours(self) -> Ours:
        """Who we are. Raises SlackError; whoever waited while Slack was asked in vain does not ask once more."""
        failed = self._failed
        with self._lock:
            if self._known is None:
                if self._failed is not None and self._failed is not failed:
                    raise self._failed
                try:
                    self._known = self._asked()
                except SlackError as error:
                    self._failed = error
                    raise
            return self._known

    def _asked(self) -> Ours:
        said = self._api.call("auth.test")
        everywhere = said.get("is_enterprise_install") is True
        return Ours(
            str(said.get("team_id") or ""),
            str(said.get("enterprise_id") or ""),
            everywhere,
            self._app(said.get("bot_id")),
        )

    def _app(self, bot: object) -> str:
        """Unknown without the scope users:read; what is signed, or comes by our connection, is our app's anyway."""
        try:
            return str((self._api.call("bots.info", params={"bot": bot}).get("bot") or {}).get("app_id") or "")
        except SlackError as error:
            if error.permanent or error.fault == "client_error":
                return ""
            raise

    def _fits(self, origin: Origin, ours: Ours) -> bool:
        """What is signed, or comes by our connection, is our app's; what contradicts that is of another workspace."""
        if ours.app and origin.app and origin.app != ours.app:
            return False
        if not (ours.team or ours.enterprise) or not (origin.team or origin.enterprise):
            return True
        same = bool(ours.enterprise) and origin.enterprise == ours.enterprise
        if origin.team != ours.team and not (same and ours.everywhere):
            return False
        if origin.user_team in ("", ours.team):
            return True
        return same and self._people.enterprise(origin.user) == ours.enterprise
