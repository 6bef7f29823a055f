"""What a YAML file holds, with the place of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from budgetbot.policy.mistakes import Mistake
from budgetbot.policy.yaml_scalar import Scalar
from budgetbot.rules.wrong import Way


@dataclass(slots=True)
class Node:
    """A value and where it begins. A scalar has neither items nor fields; `size` and `height` count what is below."""

    line: int
    column: int
    value: Scalar = None
    items: list[Node] | None = None
    fields: dict[str, tuple[Node, Node]] | None = None
    size: int = 1
    height: int = 1

    def plain(self) -> Any:
        """As Python values: dict, list, str, int, Decimal, None."""
        if self.fields is not None:
            return {name: value.plain() for name, (_, value) in self.fields.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.value

    def hold(self, child: Node) -> None:
        """Count what `child` adds."""
        self.size += child.size
        self.height = max(self.height, child.height + 1)

    def step(self, step: str | int) -> tuple[Node, Node] | None:
        """The key (the value itself in a list) and value one step down; None where there is none."""
        if self.fields is not None:
            return self.fields.get(str(step))
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step], self.items[step]
        return None


@dataclass(slots=True)
class Tree:
    """One file: its root, and what was wrong with single values; nothing else complains of what is `spoiled`."""

    file: str
    root: Node
    mistakes: list[Mistake] = field(default_factory=list)
    spoiled: set[Way] = field(default_factory=set)

    def follow(self, way: Way) -> Way:
        """As much of the way as the file has."""
        node = self.root
        for depth, step in enumerate(way):
            below = node.step(step)
            if below is None:
                return way[:depth]
            node = below[1]
        return way

    def mistake(self, way: Way, text: str, *, at_key: bool = False) -> Mistake:
        """A mistake at the value that `way` leads to (or as near as the file goes), or at its key."""
        node = key = self.root
        for step in way:
            below = node.step(step)
            if below is None:
                key = node
                break
            key, node = below
        place = key if at_key else node
        return Mistake(self.file, place.line, place.column, text, way)
