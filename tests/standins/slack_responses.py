"""The addresses at which a command or a click is answered later: five times, for half an hour, without a token."""

from __future__ import annotations

import time
from typing import Any

from tests.standins.slack_rules import MessageRefused, check_message

Body = dict[str, Any]
_KEYS = {"response_type", "text", "blocks", "replace_original", "delete_original", "unfurl_links", "unfurl_media"}


class Responses:
    """`said`: everything that came, in order; each with the id of its address as "to"."""

    def __init__(self) -> None:
        self.said: list[Body] = []
        self.address = ""
        self.charts = True
        self.lasts = 1800.0
        self._made: list[tuple[float, int]] = []

    def new(self) -> str:
        """One more address."""
        self._made.append((time.monotonic(), 5))
        return f"{self.address}/response/{len(self._made) - 1}"

    def take(self, id: str, body: Any, token: str) -> tuple[int, Body]:
        """What Slack answers."""
        if not id.isdigit() or int(id) >= len(self._made):
            return 404, {"ok": False, "error": "no_such_url"}
        made, left = self._made[int(id)]
        if time.monotonic() - made > self.lasts or left == 0:
            return 404, {"ok": False, "error": "used_url" if left == 0 else "expired_url"}
        if token or not isinstance(body, dict) or set(body) - _KEYS:
            return 400, {"ok": False, "error": "invalid_payload"}
        self._made[int(id)] = (made, left - 1)
        try:
            check_message(body)
            if not self.charts and any(one["type"] == "data_visualization" for one in body.get("blocks") or []):
                raise MessageRefused("invalid_blocks", "no charts here yet")
        except MessageRefused as refused:
            return 400, {"ok": False, "error": refused.error}
        self.said.append({**body, "to": id})
        return 200, {"ok": True}
