"""Reads YAML safely: no objects, no bombs, no depth, every mistake with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from budgetbot.policy.mistakes import Mistake, Unreadable
from budgetbot.policy.yaml_builder import Builder
from budgetbot.policy.yaml_node import Tree
from budgetbot.policy.yaml_words import syntax_mistake

MOST_BYTES = 1_000_000

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_tree(path: Path, file: str) -> Tree:
    """The content of a file that messages call `file`. Raises Unreadable, and OSError where the system says no."""
    with path.open("rb") as opened:
        return parse_tree(opened.read(MOST_BYTES + 1), file)


def parse_tree(data: bytes, file: str) -> Tree:
    """The same from its bytes. Raises Unreadable."""
    text = _decode(data, file)
    builder = Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(syntax_mistake(error, text, file)) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # PyYAML lets chr() and int() fail on absurd escapes
        words = "not readable as YAML; look for an escape such as \\U that names no character"
        raise Unreadable(Mistake(file, builder.line, 1, words)) from None
    return builder.tree()


def _decode(data: bytes, file: str) -> str:
    if len(data) > MOST_BYTES:
        raise Unreadable(Mistake(file, 1, 1, "the file is larger than 1 MB; split it by topic"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise Unreadable(_after(before, file, "this is not UTF-8; save the file as UTF-8")) from None
    if found := _UNREADABLE.search(text):
        words = f"a control character (U+{ord(found[0]):04X}); remove it"
        raise Unreadable(_after(text[: found.start()], file, words))
    return text


def _after(before: str, file: str, words: str) -> Mistake:
    return Mistake(file, before.count("\n") + 1, len(before) - before.rfind("\n"), words)


def _events(text: str) -> Iterator[yaml.Event]:
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()
