"""What Slack takes in one message. https://docs.slack.dev/reference/block-kit/blocks

Slack's own library lets too long fields, empty texts and duplicate ids through; Slack then refuses the whole message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from budgetbot.core.model import Json

BLOCKS = 50
TOTAL = 12_000  # not documented; messages of about 13,200 characters were refused
TEXT = 4_000
HEADER = 150
SECTION = 3_000
FIELDS, FIELD = 10, 2_000
CONTEXT_ELEMENTS = 10
BLOCK_ID = 255

Block = dict[str, Json]


def size(text: str) -> int:
    """The length as Slack may count it: UTF-16 units, so an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def total(blocks: Sequence[Block]) -> int:
    """The size of all blocks as they are sent."""
    return size(json.dumps(blocks, ensure_ascii=False))


def violations(blocks: Sequence[Block], text: str) -> list[str]:
    """What Slack would refuse, one line each; empty where all is well."""
    found = [] if text.strip() else ["text: is empty"]
    found += [f"text: longer than {TEXT}"] if size(text) > TEXT else []
    found += [f"blocks: more than {BLOCKS}"] if len(blocks) > BLOCKS else []
    found += [f"blocks: more than {TOTAL} characters in all"] if total(blocks) > TOTAL else []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    found += ["block_id: not unique"] if len({str(id) for id in ids}) < len(ids) else []
    for i, block in enumerate(blocks):
        found += [f"blocks[{i}]: {wrong}" for wrong in _block(block)]
    return found


def _block(block: Mapping[str, Json]) -> list[str]:
    id = block.get("block_id")
    wrong = [] if id is None or (isinstance(id, str) and 0 < size(id) <= BLOCK_ID) else ["block_id: empty or too long"]
    match block.get("type"):
        case "header":
            return wrong + _text(block.get("text"), HEADER, ("plain_text",))
        case "section":
            return wrong + _section(block)
        case "context":
            return wrong + _several(block.get("elements"), CONTEXT_ELEMENTS, SECTION)
        case "divider":
            return wrong
    return [*wrong, f"type: {block.get('type')!r} is not used here"]


def _section(block: Mapping[str, Json]) -> list[str]:
    if "text" not in block and "fields" not in block:
        return ["section: neither text nor fields"]
    wrong = _text(block["text"], SECTION) if "text" in block else []
    return wrong + (_several(block["fields"], FIELDS, FIELD) if "fields" in block else [])


def _several(elements: Json, most: int, longest: int) -> list[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        return [f"not 1 to {most} elements"]
    return [wrong for element in elements for wrong in _text(element, longest)]


def _text(text: Json, longest: int, types: tuple[str, ...] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in types:
        return [f"text: not one of {', '.join(types)}"]
    said = text.get("text")
    if not isinstance(said, str) or not said.strip():
        return ["text: is empty"]
    return [f"text: longer than {longest}"] if size(said) > longest else []
