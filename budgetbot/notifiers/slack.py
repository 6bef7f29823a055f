"""Slack as receiver: one message for an incident, kept as things are; its story in the thread beneath.

Needs a bot token with chat:write; files:write for charts as images, where the workspace has no blocks for them.
With channels:history (groups:history where private) a message whose fate is not known is looked up before it is sent
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Json
from budgetbot.core.notification import ENDS, FIRES, Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.logs import fault
from budgetbot.notifiers.chart import Chart
from budgetbot.notifiers.slack_api import SlackApi, SlackError, scopes
from budgetbot.notifiers.slack_blocks import SlackMessage, slack_message, slack_reply
from budgetbot.notifiers.slack_channel import SlackChannel
from budgetbot.notifiers.slack_posting import Posted, Posting
from budgetbot.notifiers.slack_story import slack_story
from budgetbot.notifiers.slack_upload import upload_chart

EVENT_TYPE = "budgetbot_alert"
_THREAD_GONE = {"thread_not_found", "message_not_found"}
_ILLUSTRATED = {Reason.FIRST, Reason.WORSE, Reason.DIGEST}
_TOLD_ANEW = {*FIRES, *ENDS, Reason.CHANGED}
_PASSES = {
    "ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "",
}  # fmt: skip
_MARGIN = timedelta(days=1)  # Slack's clock and ours may differ, and so may a moment that was given for now
_NO_TOKEN = "SLACK_BOT_TOKEN is not set; give the bot token (xoxb-...) of an app with the scope chat:write"  # noqa: S105
_log = structlog.get_logger(__name__)


class SlackNotifier:
    """One channel, by "#name" or id. `interactive`: messages have buttons, as Slack tells us who clicks them."""

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
        *,
        interactive: bool = False,
    ) -> None:
        self.name = name
        self._channel = channel
        self._clock = clock
        self._interactive = interactive
        self._api = SlackApi(token, api_url, timeout) if token else None
        self._posting = Posting(self._api, clock) if self._api else None

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Post it; where `parent` is the message of the same incident, tell that anew and reply beneath it.

        {"channel", "ts", "thread_ts"?, "to", "incident"?, "alerts"?}: the last two where the message says all of an
        incident, and of how many alerts.
        """
        api, posting = self._connected()
        thread = self._thread(parent)
        whole = slack_message(notification, interactive=self._interactive)
        anew = self._told_anew(posting, notification, whole, parent or {}) if thread else None
        short = thread is not None and (anew is not None or notification.reason is Reason.CHANGED)
        message = slack_story(notification, interactive=self._interactive) if short else whole
        try:
            posted = posting.post(self._address(notification, thread), message)
        except SlackError as error:
            if thread is None or error.error not in _THREAD_GONE:
                raise
            thread, short = None, False
            posted = posting.post(self._address(notification, None), whole)
        place = self._place(posted.channel, posted.ts, thread[1] if thread else None)
        shown = anew if short else posted
        self._beneath(api, posting, notification, place, whole.chart if shown and not shown.drawn else None)
        return place if short else {**place, **_spoken_of(notification)}

    def _told_anew(
        self, posting: Posting, notification: Notification, whole: SlackMessage, parent: Mapping[str, Json]
    ) -> Posted | None:
        """The first message as things are now, however often; None where it is another's, or may not be changed.

        Raises DeliveryError where it may be later: nothing was posted yet.
        """
        if not _speaks_for(notification, parent):
            return None
        try:
            return posting.update(str(parent.get("channel")), str(parent.get("ts")), whole)
        except SlackError as error:
            if error.unknown or error.error in _PASSES:
                raise DeliveryError(str(error), retry_after=error.retry_after, fault=error.fault) from None
            _log.warning("the first message was not told anew", receiver=self.name, error=fault(error))
            return None

    def _beneath(
        self,
        api: SlackApi,
        posting: Posting,
        notification: Notification,
        place: Mapping[str, Json],
        chart: Chart | None,
    ) -> None:
        """What a message had no room for, in its thread: once, and without it the message is whole too."""
        channel, thread_ts = str(place["channel"]), str(place.get("thread_ts") or place["ts"])
        try:
            reply = slack_reply(notification) if notification.reason is not Reason.CHANGED else None
            if reply is not None:
                posting.post({"channel": channel, "thread_ts": thread_ts}, reply)
        except Exception as error:  # the message itself was confirmed
            _log.warning("the whole list was not posted", receiver=self.name, error=fault(error))
        if chart is not None and notification.reason in _ILLUSTRATED:
            upload_chart(api, chart, channel, thread_ts)

    def _address(self, notification: Notification, thread: tuple[str, str] | None) -> dict[str, Any]:
        payload: dict[str, Json] = {"delivery": notification.key, "reason": notification.reason.value}
        if notification.alert:
            payload["alert_id"] = notification.alert.id
        body: dict[str, Any] = {
            "channel": thread[0] if thread else self._channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": payload},
        }
        if thread:
            # a reply alone hides in its thread
            body |= {"thread_ts": thread[1], "reply_broadcast": notification.reason in FIRES}
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
        (api, _), thread = self._connected(), self._thread(parent)
        channel = thread[0] if thread else SlackChannel(api, self._channel).id()
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
                ts, thread_ts = str(posted["ts"]), posted.get("thread_ts")
                if thread_ts is not None and thread_ts != ts:
                    return self._place(str(asked["channel"]), ts, thread_ts)
                return {**self._place(str(asked["channel"]), ts, None), **_spoken_of(notification)}
        return None

    def check(self) -> list[str]:
        """The token, its scope, and the channel where Slack may be asked for it."""
        if self._api is None:
            return [f"{self.name}: {_NO_TOKEN}"]
        try:
            granted = scopes(self._api.call("auth.test"))
        except SlackError as error:
            return [f"{self.name}: {error}"]
        missing = [] if "chat:write" in granted else [f"{self.name}: the token lacks the scope chat:write; add it"]
        return missing + SlackChannel(self._api, self._channel).check(self.name, granted)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _connected(self) -> tuple[SlackApi, Posting]:
        if self._api is None or self._posting is None:
            raise DeliveryError(f"{self.name}: {_NO_TOKEN}", permanent=True)
        return self._api, self._posting


def _spoken_of(notification: Notification) -> dict[str, Json]:
    """What a whole message is known by later: its incident, and how many alerts it tells."""
    if notification.alert is None or notification.reason not in _TOLD_ANEW:
        return {}
    incident = hashlib.sha256(notification.thread.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {"incident": incident, "alerts": 1 + len(notification.together) + notification.more}


def _speaks_for(notification: Notification, parent: Mapping[str, Json]) -> bool:
    """Whether it says how all stands that the first message tells of: that may be other alerts, or more of them."""
    own, told, alert = _spoken_of(notification), parent.get("alerts"), notification.alert
    if not own or own["incident"] != parent.get("incident"):
        return False
    if notification.deed and alert and notification.deed.get("alert") != alert.id:
        return False  # the alert was read when it was told, before that deed and maybe others
    return isinstance(told, int) and told <= 1 + len(notification.together) + notification.more


def _slack_time(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{int(moment.replace(microsecond=0).timestamp())}.{moment.microsecond:06d}"
