"""One channel, by "#name" or id: which it is, and whether the bot may post in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from budgetbot.notifiers.slack_api import SlackApi, SlackError


class SlackChannel:
    """What Slack says of a channel. conversations.list needs channels:read (groups:read)."""

    def __init__(self, api: SlackApi, named: str) -> None:
        self._api = api
        self._named = named

    def id(self) -> str | None:
        """Its id; None where Slack lists no such name. Raises SlackError where it may not be asked."""
        if not self._named.startswith("#"):
            return self._named
        listed = self._listed()
        return str(listed["id"]) if listed else None

    def check(self, receiver: str, granted: frozenset[str]) -> list[str]:
        """What is wrong with it, each with its fix; empty also where Slack may not be asked."""
        named = self._named
        nowhere = f"{receiver}: there is no channel {named} that the bot can see; create it, or invite the bot"
        try:
            listed = self._listed()
        except SlackError as error:
            return [nowhere] if error.error == "channel_not_found" else []
        if listed is None:
            return [nowhere]
        if listed.get("is_archived"):
            return [f"{receiver}: {named} is archived; name another channel"]
        if listed.get("is_member") is False and "chat:write.public" not in granted:
            return [f"{receiver}: the bot is not in {named}; invite it"]
        return []

    def _listed(self) -> Mapping[str, Any] | None:
        if not self._named.startswith("#"):
            found: Mapping[str, Any] = self._api.call("conversations.info", params={"channel": self._named})["channel"]
            return found
        try:
            return self._among("public_channel,private_channel")
        except SlackError as error:
            if error.error != "missing_scope":
                raise
            public = self._among("public_channel")  # without groups:read only these may be asked for
            if public is None:
                raise
            return public

    def _among(self, types: str) -> Mapping[str, Any] | None:
        asked = {"exclude_archived": True, "types": types, "limit": 200}
        channels = self._api.pages("conversations.list", "channels", asked)
        return next((found for found in channels if found.get("name") == self._named[1:]), None)
