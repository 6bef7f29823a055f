"""Modals and Home tabs of a workspace: what Slack refuses in them, and which are open."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.standins.slack_rules import VIEW, MessageRefused, check_blocks
from tests.standins.slack_texts import check_text, need, size

Body = dict[str, Any]
_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_MODAL = {"title", "submit", "close", "clear_on_close", "notify_on_close"}


def check_view(view: Any, kind: str) -> None:
    """Raise MessageRefused for what Slack would not take."""
    need(isinstance(view, dict) and view.get("type") == kind, f"not a {kind}")
    unknown = set(view) - _KEYS - (_MODAL if kind == "modal" else set())
    need(not unknown, f"unknown keys: {unknown}")
    check_blocks(view.get("blocks"), 100, VIEW)
    need(size(view.get("callback_id", "")) <= 255, "callback_id")
    need(size(view.get("private_metadata", "")) <= 3000, "private_metadata")
    need(len(json.dumps(view).encode()) <= 250_000, "view too large")
    if kind == "modal":
        check_text(view.get("title"), 24, ("plain_text",))
        for name in ("submit", "close"):
            if name in view:
                check_text(view[name], 24, ("plain_text",))
        asks = any(block["type"] == "input" for block in view["blocks"])
        need("submit" in view or not asks, "inputs without submit")


class Views:
    """`open`: by id, newest last; `homes`: by person. A trigger works once, within `lasts` seconds."""

    def __init__(self) -> None:
        self.open: dict[str, Body] = {}
        self.homes: dict[str, Body] = {}
        self.lasts = 3.0
        self._triggers: dict[str, float | None] = {}

    @property
    def methods(self) -> dict[str, Callable[[Body], Body]]:
        return {"views.open": self._open, "views.update": self._update, "views.publish": self._publish}

    def trigger(self) -> str:
        """A new one."""
        id = f"13345224609.{len(self._triggers)}"
        self._triggers[id] = time.monotonic()
        return id

    def show(self, id: str, view: Any) -> Body:
        """Put a view in place of another, as an acknowledgement may."""
        return self._checked(view, "modal", lambda: self.open.__setitem__(id, view), id)

    def _open(self, body: Body) -> Body:
        trigger = str(body.get("trigger_id"))
        if trigger not in self._triggers:
            return {"ok": False, "error": "invalid_trigger_id"}
        made, self._triggers[trigger] = self._triggers[trigger], None
        if made is None:
            return {"ok": False, "error": "exchanged_trigger_id"}
        if time.monotonic() - made > self.lasts:
            return {"ok": False, "error": "expired_trigger_id"}
        id = f"V{len(self.open) + 1}"
        return self._checked(body.get("view"), "modal", lambda: self.open.__setitem__(id, body["view"]), id)

    def _update(self, body: Body) -> Body:
        id = str(body.get("view_id"))
        return self.show(id, body.get("view")) if id in self.open else {"ok": False, "error": "not_found"}

    def _publish(self, body: Body) -> Body:
        user = str(body.get("user_id"))
        return self._checked(body.get("view"), "home", lambda: self.homes.__setitem__(user, body["view"]), "VHOME")

    def _checked(self, view: Any, kind: str, keep: Callable[[], None], id: str) -> Body:
        try:
            check_view(view, kind)
        except MessageRefused as refused:
            return {"ok": False, "error": "invalid_arguments", "response_metadata": {"messages": [str(refused)]}}
        keep()
        return {"ok": True, "view": {**view, "id": id}}
