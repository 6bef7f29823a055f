"""The texts of blocks, and how Slack says no."""

from __future__ import annotations

from typing import Any


class MessageRefused(Exception):
    """With Slack's word for it."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error


def need(fine: object, why: str) -> None:
    """Raise MessageRefused where it is not."""
    if not fine:
        raise MessageRefused("invalid_blocks", why)


def size(text: str) -> int:
    """UTF-16 units."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def check_text(text: Any, longest: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    """One text object."""
    need(isinstance(text, dict) and text.get("type") in kinds, f"not a text: {text!r}")
    allowed = {"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"}
    need(set(text) <= allowed, f"unknown keys in {text!r}")
    need(isinstance(text.get("text"), str) and 1 <= size(text["text"]) <= longest, f"length of {text!r}")
