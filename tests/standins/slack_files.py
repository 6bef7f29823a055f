"""Files that are uploaded in three steps. https://docs.slack.dev/messaging/working-with-files"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


class Files:
    """`kept`: what was shared, with its bytes."""

    def __init__(self, post: Callable[[Body], Body]) -> None:
        self.kept: list[Body] = []
        self.address = ""
        self._post = post
        self._waiting: dict[str, Body] = {}

    @property
    def methods(self) -> dict[str, Callable[[Body], Body]]:
        return {"files.getUploadURLExternal": self._url, "files.completeUploadExternal": self._complete}

    def take(self, id: str, content: bytes) -> tuple[int, str]:
        """The bytes, posted to the address that was given for them."""
        waiting = self._waiting.get(id)
        if waiting is None or len(content) != int(waiting["length"]):
            return 400, "not what was announced"
        waiting["content"] = content
        return 200, f"OK - {len(content)}"

    def _url(self, body: Body) -> Body:
        if not body.get("filename") or int(body.get("length") or 0) <= 0:
            return {"ok": False, "error": "invalid_arguments"}
        id = f"F{len(self._waiting) + 1}"
        self._waiting[id] = {"id": id, **body}
        return {"ok": True, "file_id": id, "upload_url": f"{self.address}/upload/{id}"}

    def _complete(self, body: Body) -> Body:
        told = body.get("files") or []
        files = json.loads(told) if isinstance(told, str) else told
        if not files or any("content" not in self._waiting.get(one.get("id"), {}) for one in files):
            return {"ok": False, "error": "file_not_found"}
        made = [{**self._waiting.pop(one["id"]), "title": one.get("title", "")} for one in files]
        if channel := body.get("channel_id"):
            said = {"channel": channel, "text": body.get("initial_comment") or made[0]["title"] or "file"}
            thread = {"thread_ts": body["thread_ts"]} if body.get("thread_ts") else {}
            posted = self._post({**said, **thread, "files": [one["id"] for one in made]})
            if not posted["ok"]:
                return posted
        self.kept += made
        return {"ok": True, "files": [{"id": one["id"], "title": one["title"]} for one in made]}
