"""What all files say, entry by entry, before it is known whether it makes sense together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from budgetbot.policy.mistakes import Mistake, nearest, unknown
from budgetbot.policy.plain_words import explain
from budgetbot.policy.schema import ONCE, Registries, sections
from budgetbot.policy.unsupported import refusal
from budgetbot.policy.yaml_node import Tree
from budgetbot.rules import RULES
from budgetbot.rules.wrong import Way, shown

_MANY = 500  # mistakes; beyond them nobody reads what was probably meant


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a section, as written; `model` is None where it has mistakes of its own."""

    tree: Tree
    section: str
    way: Way
    raw: Any
    model: BaseModel | None

    def get(self, key: str) -> Any:
        """A value as written; None where there is none."""
        return self.raw.get(key) if isinstance(self.raw, Mapping) else None

    @property
    def name(self) -> str | None:
        """Its name as written."""
        name = self.get("name")
        return name if isinstance(name, str) else None

    def texts(self, *keys: str) -> Iterator[tuple[Way, str]]:
        """The texts of a list under one of the keys, each with the way to it."""
        for key in keys:
            items = self.get(key)
            for i, item in enumerate(items if isinstance(items, list) else ()):
                if isinstance(item, str):
                    yield (key, i), item

    def mistake(self, way: Way, words: str, *, at_key: bool = False) -> Mistake:
        """A mistake inside this entry."""
        return self.tree.mistake((*self.way, *way), words, at_key=at_key)

    @property
    def where(self) -> str:
        """ "file:line" """
        place = self.mistake((), "")
        return f"{place.file}:{place.line}"


@dataclass(slots=True)
class Draft:
    """The entries of all files in order, and what is wrong so far. Of `unsure` sections some part could not be read."""

    trees: list[Tree] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)

    def of(self, *names: str) -> list[Entry]:
        """The entries of these sections."""
        return [entry for entry in self.entries if entry.section in names]

    @property
    def rules(self) -> list[Entry]:
        """The entries of every section of rules."""
        return self.of(*RULES)

    def names(self, section: str) -> set[str]:
        """The names that a section declares."""
        return {entry.name for entry in self.of(section) if entry.name is not None}

    @property
    def labels(self) -> set[str]:
        """The labels that some entry sets."""
        found: set[str] = set()
        for entry in self.of("labels"):
            values = entry.get("set")
            found |= set(values) if isinstance(values, Mapping) else set()
        return found


def read_draft(trees: list[Tree], registries: Registries) -> Draft:
    """The entries of all files."""
    models = sections(registries)
    draft = Draft(trees)
    for tree in trees:
        draft.mistakes += tree.mistakes
        for name, value in tree.root.plain().items():
            _read_section(draft, tree, name, value, models)
    named = draft.of("receivers", "sources", "escalations", "time_windows", "budgets", "usage_budgets")
    draft.unsure |= {e.section for e in named if e.name is None}
    draft.unsure |= {e.section for e in draft.of("labels") if not isinstance(e.get("set"), Mapping)}
    _once(draft)
    return draft


def _read_section(draft: Draft, tree: Tree, name: str, value: Any, models: Mapping[str, type[BaseModel]]) -> None:
    if name == "version":
        if str(value) != "1" and (name,) not in tree.spoiled:
            draft.mistakes.append(tree.mistake((name,), f"{shown(value)} is not a known version; write version: 1"))
    elif name in ONCE:
        draft.entries.append(_read_entry(draft, tree, name, (name,), value, ONCE[name]))
    elif name not in models:
        known = ["version", *ONCE, *models]
        near = nearest(name, known) if len(draft.mistakes) < _MANY else None
        words = refusal((name,)) or unknown("key", name, [near] if near else [], f"write one of {', '.join(known)}")
        draft.mistakes.append(tree.mistake((name,), words, at_key=True))
        draft.unsure.add(near or "")
    elif not isinstance(value, list):
        draft.unsure.add(name)
        if (name,) not in tree.spoiled:
            draft.mistakes.append(tree.mistake((name,), f"must be a list; write {name}: [] or items that begin with -"))
    else:
        for i, item in enumerate(value):
            draft.entries.append(_read_entry(draft, tree, name, (name, i), item, models[name]))


def _read_entry(draft: Draft, tree: Tree, section: str, way: Way, raw: Any, model: type[BaseModel]) -> Entry:
    try:
        return Entry(tree, section, way, raw, model.model_validate(raw, by_alias=True, by_name=False))
    except ValidationError as error:
        draft.mistakes += explain(tree, way, model, error)
    return Entry(tree, section, way, raw, None)


def _once(draft: Draft) -> None:
    for section in ONCE:
        entries = draft.of(section)
        for entry in entries[1:]:
            words = f"stand at {entries[0].where} already; write {section} once"
            draft.mistakes.append(entry.mistake((), words, at_key=True))
