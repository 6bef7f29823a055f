"""Slack as receiver: one message in a channel, what follows in its thread. Needs a bot token with chat:write.

With channels:history (groups:history where private) a message whose fate is not known is looked up before it is sent
again; conversations.list needs channels:read (groups:read).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.logs import fault
from budgetbot.notifiers.slack_api import SlackApi, SlackError, scopes
from budgetbot.notifiers.slack_blocks import SlackMessage, slack_message, slack_reply
from budgetbot.notifiers.slack_limits import violations

EVENT_TYPE = "budgetbot_alert"
_BLOCKS_REFUSED = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
_THREAD_GONE = {"thread_not_found", "message_not_found"}
_SEEN_BY_ALL = {Reason.FIRST, Reason.WORSE, Reason.REPEAT, Reason.ESCALATED}  # a reply alone hides in its thread
_MARGIN = timedelta(days=1)  # Slack's clock and ours may differ, and so may a moment that was given for now
_QUIETLY = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False}
_NO_TOKEN = "SLACK_BOT_TOKEN is not set; give the bot token (xoxb-...) of an app with the scope chat:write"  # noqa: S105
_log = structlog.get_logger(__name__)


class SlackNotifier:
    """One channel, by "#name" or id."""

    kind = "slack"
    shows_deeds = True

    def __init__(
        self,
        name: str,
        token: SecretStr | None,
        channel: str,
        api_url: str = "https://slack.com/api/",
        timeout: float = 10,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._channel = channel
        self._clock = clock
        self._api = SlackApi(token, api_url, timeout) if token else None

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Post it, in the thread of `parent` where there is one; {"channel", "ts", "thread_ts"?, "to"}."""
        api, message = self._connected(), slack_message(notification)
        body = self._address(notification, self._thread(parent))
        try:
            place = self._post(api, body, message)
        except SlackError as error:
            if "thread_ts" not in body or error.error not in _THREAD_GONE:
                raise
            place = self._post(api, self._address(notification, None), message)
        self._reply(api, notification, place)
        return place

    def _reply(self, api: SlackApi, notification: Notification, place: Mapping[str, Json]) -> None:
        """The whole list beneath a message that names a part of it: once, and without it the message is whole too."""
        try:
            reply = slack_reply(notification)
            if reply is not None:
                at = {"channel": place["channel"], "thread_ts": place.get("thread_ts") or place["ts"]}
                self._post(api, {**_QUIETLY, **at}, reply)
        except Exception as error:  # the message itself was confirmed
            _log.warning("the whole list was not posted", receiver=self.name, error=fault(error))

    def _post(self, api: SlackApi, body: Mapping[str, Any], message: SlackMessage) -> dict[str, Json]:
        rich = {**body, "text": message.text, "blocks": message.blocks}
        plain = {**body, "text": message.long_text}
        fitting = not violations(message.blocks, message.text)
        try:
            answer = api.call("chat.postMessage", json=rich if fitting else plain)
        except SlackError as error:
            if error.error not in _BLOCKS_REFUSED or not fitting:
                raise
            answer = api.call("chat.postMessage", json=plain)  # a plain message is better than none
        return self._place(str(answer.get("channel")), str(answer.get("ts")), body.get("thread_ts"))

    def _address(self, notification: Notification, thread: tuple[str, str] | None) -> dict[str, Any]:
        payload: dict[str, Json] = {"delivery": notification.key, "reason": notification.reason.value}
        if notification.alert:
            payload["alert_id"] = notification.alert.id
        body: dict[str, Any] = {
            "channel": thread[0] if thread else self._channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": payload},
            **_QUIETLY,
        }
        if thread:
            body |= {"thread_ts": thread[1], "reply_broadcast": notification.reason in _SEEN_BY_ALL}
        return body

    def _place(self, channel: str, ts: str, thread_ts: object) -> dict[str, Json]:
        place: dict[str, Json] = {"channel": channel, "ts": ts, "to": self._channel}
        return {**place, "thread_ts": str(thread_ts)} if thread_ts else place

    def _thread(self, parent: Mapping[str, Json] | None) -> tuple[str, str] | None:
        """The channel and first message of the thread; None where the receiver was moved to another channel."""
        if not parent or parent.get("to", self._channel) != self._channel:
            return None
        channel, ts = parent.get("channel"), parent.get("thread_ts") or parent.get("ts")
        return (str(channel), str(ts)) if channel and ts else None

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Where the message with this notification's key is; None where it surely is not."""
        try:
            return self._find(notification, parent)
        except SlackError as error:
            later = not error.permanent  # a Slack that is busy or down can be asked later; one that forbids it cannot
            raise DeliveryError(
                str(error), permanent=error.permanent, unknown=later, retry_after=error.retry_after, fault=error.fault
            ) from None

    def _find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        api, thread = self._connected(), self._thread(parent)
        channel = thread[0] if thread else self._channel_id(api)
        if channel is None:
            raise DeliveryError(f"{self.name}: Slack lists no channel {self._channel}; invite the bot", permanent=True)
        since = _slack_time(min(notification.created_at, self._clock()) - _MARGIN)
        asked = {"channel": channel, "oldest": since, "limit": 200, "include_all_metadata": True}
        if thread:
            try:
                return self._found(api, notification, "conversations.replies", {**asked, "ts": thread[1]})
            except SlackError as error:
                if error.error not in _THREAD_GONE:
                    raise
        return self._found(api, notification, "conversations.history", asked)

    def _found(
        self, api: SlackApi, notification: Notification, method: str, asked: Mapping[str, object]
    ) -> dict[str, Json] | None:
        for posted in api.pages(method, "messages", asked):
            metadata = posted.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("delivery") == notification.key:
                thread_ts = posted.get("thread_ts")
                return self._place(
                    str(asked["channel"]), str(posted["ts"]), thread_ts if thread_ts != posted["ts"] else None
                )
        return None

    def _channel_id(self, api: SlackApi) -> str | None:
        if not self._channel.startswith("#"):
            return self._channel
        listed = self._listed(api)
        return str(listed["id"]) if listed else None

    def _listed(self, api: SlackApi) -> Mapping[str, Any] | None:
        """What Slack says of the channel. Raises SlackError where it may not be asked."""
        if not self._channel.startswith("#"):
            found: Mapping[str, Any] = api.call("conversations.info", params={"channel": self._channel})["channel"]
            return found
        try:
            return self._named(api, "public_channel,private_channel")
        except SlackError as error:
            if error.error != "missing_scope":
                raise
            public = self._named(api, "public_channel")  # without groups:read only these may be asked for
            if public is None:
                raise
            return public

    def _named(self, api: SlackApi, types: str) -> Mapping[str, Any] | None:
        asked = {"exclude_archived": True, "types": types, "limit": 200}
        channels = api.pages("conversations.list", "channels", asked)
        return next((found for found in channels if found.get("name") == self._channel[1:]), None)

    def check(self) -> list[str]:
        """The token, its scope, and the channel where Slack may be asked for it."""
        if self._api is None:
            return [f"{self.name}: {_NO_TOKEN}"]
        try:
            granted = scopes(self._api.call("auth.test"))
        except SlackError as error:
            return [f"{self.name}: {error}"]
        missing = [] if "chat:write" in granted else [f"{self.name}: the token lacks the scope chat:write; add it"]
        return missing + self._check_channel(self._api, granted)

    def _check_channel(self, api: SlackApi, granted: frozenset[str]) -> list[str]:
        nowhere = f"{self.name}: there is no channel {self._channel} that the bot can see; create it, or invite the bot"
        try:
            listed = self._listed(api)
        except SlackError as error:
            return [nowhere] if error.error == "channel_not_found" else []
        if listed is None:
            return [nowhere]
        if listed.get("is_archived"):
            return [f"{self.name}: {self._channel} is archived; name another channel"]
        if listed.get("is_member") is False and "chat:write.public" not in granted:
            return [f"{self.name}: the bot is not in {self._channel}; invite it"]
        return []

    def close(self) -> None:
        """Nothing is held between calls."""

    def _connected(self) -> SlackApi:
        if self._api is None:
            raise DeliveryError(f"{self.name}: {_NO_TOKEN}", permanent=True)
        return self._api


def _slack_time(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{int(moment.replace(microsecond=0).timestamp())}.{moment.microsecond:06d}"
