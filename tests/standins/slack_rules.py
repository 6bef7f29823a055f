"""What Slack refuses in a message, written down apart from the product's own check, so that one can prove the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.standins.slack_elements import INPUTS, check_chart, check_element, check_elements
from tests.standins.slack_texts import MessageRefused, check_text, need, size

__all__ = ["MessageRefused", "check_blocks", "check_message"]

ALLOWED = {
    "header": {"text", "level"},
    "section": {"text", "fields", "accessory", "expand"},
    "context": {"elements"},
    "divider": set[str](),
    "actions": {"elements"},
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "data_visualization": {"title", "chart"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}
MESSAGE = frozenset(ALLOWED) - {"input"}
VIEW = frozenset(ALLOWED) - {"data_visualization"}


def check_message(body: dict[str, Any]) -> None:
    """Raise MessageRefused for what Slack would not take."""
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not text.strip() and not blocks:
        raise MessageRefused("no_text", "neither text nor blocks")
    if size(text) > 40_000:
        raise MessageRefused("msg_too_long", "text")
    if size(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        raise MessageRefused("msg_blocks_too_long", "too much in all")
    check_blocks(blocks, 50, MESSAGE)


def check_blocks(blocks: list[dict[str, Any]], most: int, kinds: frozenset[str]) -> None:
    """The blocks of a message, a modal or a Home tab."""
    need(isinstance(blocks, list) and len(blocks) <= most, f"more than {most} blocks")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    need(len(ids) == len(set(ids)), "block_id twice")
    need(sum(block.get("type") == "data_visualization" for block in blocks) <= 2, "more than two charts")
    for block in blocks:
        _check_block(block, kinds)


def _check_block(block: dict[str, Any], kinds: frozenset[str]) -> None:
    kind = block.get("type", "")
    need(kind in kinds, f"unknown block {kind!r}")
    unknown = set(block) - ALLOWED[kind] - {"type", "block_id"}
    need(not unknown, f"unknown keys in {kind}: {unknown}")
    need(1 <= size(block.get("block_id", "x")) <= 255, "block_id empty or too long")
    if kind == "header":
        check_text(block.get("text"), 150, ("plain_text",))
    if kind == "section":
        _check_section(block)
    if kind == "context":
        _check_context(block.get("elements"))
    if kind == "actions":
        check_elements(block.get("elements"), 25)
    if kind == "image":
        _check_image(block)
    if kind == "data_visualization":
        check_chart(block)
    if kind == "input":
        check_text(block.get("label"), 2000, ("plain_text",))
        check_element(block.get("element"), INPUTS)
        if "hint" in block:
            check_text(block["hint"], 2000, ("plain_text",))


def _check_section(block: Mapping[str, Any]) -> None:
    need("text" in block or "fields" in block, "a section with nothing in it")
    if "text" in block:
        check_text(block["text"], 3000)
    if "fields" in block:
        _check_texts(block["fields"], 10, 2000)
    if "accessory" in block:
        check_element(block["accessory"])


def _check_context(elements: Any) -> None:
    need(isinstance(elements, list), "no elements")
    images = [one for one in elements if isinstance(one, dict) and one.get("type") == "image"]
    for image in images:
        _check_image(image)
    need(len(elements) <= 10, "more than 10 elements")
    if len(images) < len(elements) or not elements:
        _check_texts([one for one in elements if one not in images], 10, 3000)


def _check_image(image: Mapping[str, Any]) -> None:
    need(("image_url" in image) != ("slack_file" in image), "an image without one address")
    need(1 <= size(image.get("alt_text", "")) <= 2000, "alt_text")
    need(size(image.get("image_url", "")) <= 3000, "image_url")
    if "title" in image:
        check_text(image["title"], 2000, ("plain_text",))


def _check_texts(texts: Any, most: int, longest: int) -> None:
    need(isinstance(texts, list) and 1 <= len(texts) <= most, f"not 1 to {most} texts")
    for text in texts:
        check_text(text, longest)
