"""A list or mapping of a YAML file while it is being read."""

from __future__ import annotations

from dataclasses import dataclass

from budgetbot.policy.yaml_node import Node
from budgetbot.rules.wrong import Way


@dataclass(slots=True)
class Written:
    """The unquoted value a flow mapping held last: {amount: 5,000} reads as amount: 5 and a key 000."""

    text: str
    end: int
    way: Way
    node: Node


@dataclass(slots=True)
class Open:
    """A list or mapping that is being read; in a mapping, `key` waits for its value, and `drop` keeps that out."""

    node: Node
    way: Way
    anchor: str | None
    flow: bool
    key: Node | None = None
    drop: bool = False
    last: Written | None = None

    def next_way(self) -> Way:
        """The way to the value that comes next."""
        if self.node.items is not None:
            return (*self.way, len(self.node.items))
        return (*self.way, str(self.key.value if self.key else ""))
