"""Builds the nodes of a file from YAML events, within limits, in one pass and without recursion."""

from __future__ import annotations

import re

import yaml

from budgetbot.policy.mistakes import Mistake, Unreadable
from budgetbot.policy.yaml_node import Node, Tree
from budgetbot.policy.yaml_open import Open, Written
from budgetbot.policy.yaml_scalar import Scalar, read_plain, thousands_comma
from budgetbot.policy.yaml_words import alias_words, tag_words
from budgetbot.rules.wrong import Way

MOST_NODES = 50_000
MOST_ALIASES = 100
MOST_DEPTH = 50

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_BEFORE_COMMA = re.compile(r"[$€£]?[0-9]{1,3}(,[0-9]{3})*")
_AFTER_COMMA = re.compile(r"[0-9]{3}(\.[0-9]+)?( [A-Z]{3})?")


class Builder:
    """Takes the events of one file in order; `tree` is what they made."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 1
        self._open: list[Open] = []
        self._anchors: dict[str, Node] = {}
        self._mistakes: list[Mistake] = []
        self._spoiled: set[Way] = set()
        self._root: Node | None = None
        self._nodes = self._aliases = self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """The next event. Raises Unreadable."""
        self.line = _place(event)[0]
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._refused(event, "a second document begins here; write one document a file, without ---")
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            if closed.anchor:
                self._anchors[closed.anchor] = closed.node
            self._place(closed.node)

    def tree(self) -> Tree:
        """The file. Raises Unreadable where it is empty or no mapping."""
        root = self._root
        if root is None or (root.value in (None, "") and root.items is None and root.fields is None):
            raise Unreadable(Mistake(self.file, 1, 1, "the file is empty; write policies, or remove it"))
        if root.fields is None:
            words = "a policy file is a mapping of sections; begin it with a section such as budgets:"
            raise Unreadable(Mistake(self.file, root.line, root.column, words))
        return Tree(self.file, root, self._mistakes, self._spoiled)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        parent = self._open[-1] if self._open else None
        if parent and parent.node.fields is not None and parent.key is None:
            raise self._refused(event, "a key must be text; write key: value")
        if len(self._open) >= MOST_DEPTH:
            raise self._refused(event, f"nested more than {MOST_DEPTH} deep; write it flatter")
        way = parent.next_way() if parent else ()
        node = self._node(event)
        if isinstance(event, yaml.MappingStartEvent):
            node.fields = {}
        else:
            node.items = []
        self._tag(event, node, way, ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))
        self._open.append(Open(node, way, event.anchor, bool(event.flow_style)))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        node = self._node(event)
        parent = self._open[-1] if self._open else None
        if parent and parent.node.fields is not None and parent.key is None:
            node.value = event.value
            self._key(parent, node, event)
            return
        way = parent.next_way() if parent else ()
        node.value = self._value(event, node, way)
        if event.anchor:
            self._anchors[event.anchor] = node
        if parent and parent.flow and not parent.drop and event.style is None:
            parent.last = Written(event.value, _index(event.end_mark), way, node)
        self._place(node)

    def _value(self, event: yaml.ScalarEvent, node: Node, way: Way) -> Scalar:
        if self._tag(event, node, way, ("!", "tag:yaml.org,2002:str")):
            return None
        if _CONTROL.search(event.value):
            self._spoil(node, way, "a control character; remove it")
            return None
        if event.style is not None or event.tag is not None:
            return event.value
        try:
            return read_plain(event.value)
        except ValueError as mistake:
            self._spoil(node, way, str(mistake))
            return None

    def _key(self, parent: Open, node: Node, event: yaml.ScalarEvent) -> None:
        fields = parent.node.fields or {}
        name, way = event.value, (*parent.way, event.value)
        if not name or _CONTROL.search(name):
            raise self._refused(event, "a key is missing before the colon; write key: value")
        parent.key = node
        last = parent.last
        if last and last.end + 1 == _index(event.start_mark) and self._is_comma(last, event):
            last.text, last.end = f"{last.text},{name}", _index(event.end_mark)
            self._mistakes = [m for m in self._mistakes if m.way != last.way]
            self._spoil(last.node, last.way, thousands_comma(last.text))
        elif name == "<<" and event.style is None:
            self._spoil(node, way, "merging with << is not supported; write the fields out")
        elif name in fields:
            line = fields[name][0].line
            self._mistakes.append(self._at(node, f"the key stands twice, first in line {line}; remove one", way))
        else:
            return
        parent.drop = True

    def _is_comma(self, last: Written, event: yaml.ScalarEvent) -> bool:
        plain = event.style is None and _AFTER_COMMA.fullmatch(event.value)
        return bool(plain and _BEFORE_COMMA.fullmatch(last.text))

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._aliases += 1
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self._refused(event, alias_words(event.anchor or ""))
        if self._aliases > MOST_ALIASES:
            raise self._refused(event, f"more than {MOST_ALIASES} aliases; write the values out")
        if len(self._open) + node.height > MOST_DEPTH:
            raise self._refused(event, f"nested more than {MOST_DEPTH} deep; write it flatter")
        self._count(event, node.size)
        parent = self._open[-1]
        if parent.node.fields is not None and parent.key is None:
            raise self._refused(event, "a key must be text; write key: value")
        self._place(node)

    def _place(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.node.hold(node)
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif parent.node.fields is not None and parent.key is not None:
            if not parent.drop:
                parent.node.fields[str(parent.key.value)] = (parent.key, node)
            parent.key, parent.drop = None, False

    def _tag(self, event: yaml.NodeEvent, node: Node, way: Way, allowed: tuple[str, ...]) -> bool:
        tag = getattr(event, "tag", None)
        if tag is None or tag in allowed:
            return False
        self._spoil(node, way, tag_words(tag))
        return True

    def _spoil(self, node: Node, way: Way, words: str) -> None:
        self._spoiled.add(way)
        self._mistakes.append(self._at(node, words, way))

    def _at(self, node: Node, words: str, way: Way) -> Mistake:
        return Mistake(self.file, node.line, node.column, words, way)

    def _node(self, event: yaml.Event) -> Node:
        self._count(event, 1)
        return Node(*_place(event))

    def _count(self, event: yaml.Event, size: int) -> None:
        self._nodes += size
        if self._nodes > MOST_NODES:
            raise self._refused(event, f"more than {MOST_NODES} values, aliases counted in full; split the file")

    def _refused(self, event: yaml.Event, words: str) -> Unreadable:
        return Unreadable(Mistake(self.file, *_place(event), words))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _index(mark: object) -> int:
    return mark.index if isinstance(mark, yaml.Mark) else -1
