"""What Slack refuses in a message, written down apart from the product's own check, so that one can prove the other."""

from __future__ import annotations

import json
from typing import Any

LIMITS: dict[str, dict[str, int]] = {
    "header": {"text": 150},
    "section": {"text": 3000, "fields": 10, "field": 2000},
    "context": {"elements": 10, "element": 3000},
    "divider": {},
}
ALLOWED = {
    "header": {"type", "text", "block_id", "level"},
    "section": {"type", "text", "fields", "accessory", "block_id", "expand"},
    "context": {"type", "elements", "block_id"},
    "divider": {"type", "block_id"},
}


class MessageRefused(Exception):
    """With Slack's word for it."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error


def check_message(body: dict[str, Any]) -> None:
    """Raise MessageRefused for what Slack would not take."""
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not text.strip() and not blocks:
        raise MessageRefused("no_text", "neither text nor blocks")
    if _length(text) > 40_000:
        raise MessageRefused("msg_too_long", "text")
    if len(blocks) > 50:
        raise MessageRefused("invalid_blocks", "more than 50 blocks")
    if _length(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        raise MessageRefused("msg_blocks_too_long", "too much in all")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    _need(len(ids) == len(set(ids)), "block_id twice")
    for block in blocks:
        _check_block(block)


def _check_block(block: dict[str, Any]) -> None:
    kind = block.get("type", "")
    _need(kind in LIMITS, f"unknown block {kind!r}")
    _need(set(block) <= ALLOWED[kind], f"unknown keys in {kind}: {set(block) - ALLOWED[kind]}")
    _need(_length(block.get("block_id", "")) <= 255, "block_id too long")
    limits = LIMITS[kind]
    if kind == "header":
        _check_text(block.get("text"), limits["text"])
        _need(block["text"]["type"] == "plain_text", "a header is plain_text")
    if kind == "section":
        _need("text" in block or "fields" in block, "a section with nothing in it")
        if "text" in block:
            _check_text(block["text"], limits["text"])
        if "fields" in block:
            _check_texts(block["fields"], limits["fields"], limits["field"])
    if kind == "context":
        _check_texts(block.get("elements"), limits["elements"], limits["element"])


def _check_texts(texts: Any, most: int, longest: int) -> None:
    _need(isinstance(texts, list) and 1 <= len(texts) <= most, f"not 1 to {most} texts")
    for text in texts:
        _check_text(text, longest)


def _check_text(text: Any, longest: int) -> None:
    _need(isinstance(text, dict) and text.get("type") in ("plain_text", "mrkdwn"), f"not a text: {text!r}")
    allowed = {"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"}
    _need(set(text) <= allowed, f"unknown keys in {text!r}")
    _need(isinstance(text.get("text"), str) and 1 <= _length(text["text"]) <= longest, f"length of {text!r}")


def _need(fine: bool, why: str) -> None:
    if not fine:
        raise MessageRefused("invalid_blocks", why)


def _length(text: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)
