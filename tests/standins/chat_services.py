"""Strict ntfy, Discord and Teams: each refuses what the real one refuses, and keeps what it showed."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standins.posting import PostStandIn, Refused, Seen

CERTIFICATE = Path(__file__).parent / "loopback.pem"
TOPIC = "spend-secret-topic"
_DISCORD = {"content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "flags", "thread_name", "wait"}


class FakeNtfy(PostStandIn):
    """https://docs.ntfy.sh/publish/#publish-as-json; a message over 4,096 bytes would become an attachment."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[dict[str, str]] = []

    @property
    def topic_url(self) -> str:
        return f"{self.url}/{TOPIC}"

    def answer(self, seen: Seen) -> tuple[int, Any]:
        if seen.path == "/hook":  # for apprise's own addresses
            return 200, None
        if (seen.method, seen.path) != ("POST", "/") or "x-markdown" in seen.headers:
            raise Refused(404)
        told = seen.json
        if told.keys() - {"topic", "title", "message"} or told.get("topic") != TOPIC:
            raise Refused(403, {"code": 40301, "http": 403, "error": "forbidden"})
        if not told["message"] or len(told["message"].encode()) > 4096:
            raise Refused(413, {"code": 41301, "http": 413, "error": "message too long"})
        self.shown.append(told)
        return 200, {"id": "sPs71M8A2T", "event": "message", "topic": TOPIC}


class FakeDiscord(PostStandIn):
    """https://docs.discord.com/developers/resources/webhook#execute-webhook; `alive` are mentions it would make."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.alive: list[str] = []

    @property
    def api(self) -> str:
        return f"{self.url}/api/webhooks"

    def answer(self, seen: Seen) -> tuple[int, Any]:
        if (seen.method, seen.path) != ("POST", "/api/webhooks/1234567890/very-secret_TOKEN"):
            raise Refused(401, {"message": "Invalid Webhook Token", "code": 50027})
        told = seen.json
        content = told.get("content", "")
        if told.keys() - _DISCORD or not content.strip() or len(content.encode("utf-16-le")) // 2 > 2000:
            raise Refused(400, {"content": ["Must be 2000 or fewer in length."]})
        if "avatar_url" in told or told.get("flags") != 4:
            raise Refused(400, {"message": "a picture or a preview would be fetched"})
        outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", content))
        self.alive += re.findall(r"@everyone|@here|<[@#][!&]?\d+>|\[[^\]]*\]\([^)]*\)|https?://\S+", outside)
        self.shown.append(content)
        return 204, None


class FakeTeams(PostStandIn):
    """A workflow "when a Teams webhook request is received", over TLS; a card of over 28 KB is refused."""

    def __init__(self) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.shown: list[str] = []

    @property
    def workflow_url(self) -> str:
        host = self.url.replace("http:", "https:")
        query = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=very-secret_SIG"
        return f"{host}/workflows/0a1b2c3d/triggers/manual/paths/invoke?{query}"

    def answer(self, seen: Seen) -> tuple[int, Any]:
        asked = urlsplit(seen.path)
        if asked.path != "/workflows/0a1b2c3d/triggers/manual/paths/invoke" or seen.method != "POST":
            raise Refused(404)
        if parse_qs(asked.query).get("sig") != ["very-secret_SIG"]:
            raise Refused(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
        if len(seen.body) > 28 * 1024:
            raise Refused(413)
        (card,) = seen.json["attachments"]
        if seen.json["type"] != "message" or card["contentType"] != "application/vnd.microsoft.card.adaptive":
            raise Refused(400)
        if card["content"]["msteams"].get("entities") or [b["type"] for b in card["content"]["body"]] != ["TextBlock"]:
            raise Refused(400, {"error": "somebody would be mentioned, or a picture fetched"})
        self.shown.append(card["content"]["body"][0]["text"])
        return 202, None
