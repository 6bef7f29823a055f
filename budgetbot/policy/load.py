"""From policy files to a policy, or to every mistake in them at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from budgetbot.errors import PolicyError, UsageError
from budgetbot.policy.build import build_policy
from budgetbot.policy.burning import check_burn_rates
from budgetbot.policy.draft import Draft, read_draft
from budgetbot.policy.granted import check_granted
from budgetbot.policy.mistakes import Mistake, Unreadable
from budgetbot.policy.on_call import check_escalations
from budgetbot.policy.policy import Policy
from budgetbot.policy.rates import check_fx
from budgetbot.policy.references import check_fields, check_names, check_receivers, check_routes_lead, check_sources
from budgetbot.policy.schema import Registries
from budgetbot.policy.sense import check_reach, check_routes, check_rules, defaults_of
from budgetbot.policy.summary import validate_summary
from budgetbot.policy.yaml_node import Tree
from budgetbot.policy.yaml_tree import read_tree

__all__ = ["Registries", "load_policy", "policy_files", "validate_summary"]


def load_policy(path: Path, registries: Registries) -> Policy:
    """The policy of a file, or of all files of a folder.

    Raises PolicyError with every mistake, and UsageError where there is nothing to read.
    """
    trees, unreadable = _read(policy_files(path))
    draft = read_draft(trees, registries)
    built_in = not any("freshness" in (tree.root.fields or {}) for tree in trees)
    alone = (check_names(draft), check_rules(draft), check_routes(draft), check_escalations(draft))
    mistakes = [*unreadable, *draft.mistakes, *chain(*alone)]
    if not unreadable:  # what is missing may stand in the file that could not be read
        mistakes += _together(draft, registries, built_in)
    if mistakes:
        raise PolicyError(list(dict.fromkeys(map(str, sorted(mistakes)))))
    return replace(build_policy(draft, built_in), places=_places(draft))


def _places(draft: Draft) -> dict[str, str]:
    sections = {entry.section: draft.of(entry.section) for entry in draft.entries}
    return {
        f"{section}:{number if entry.name is None else entry.name}": entry.where
        for section, entries in sections.items()
        for number, entry in enumerate(entries)
    }


def _together(draft: Draft, registries: Registries, built_in: bool) -> Iterator[Mistake]:
    defaults = defaults_of(draft)
    return chain(
        check_receivers(draft),
        check_routes_lead(draft),
        check_granted(draft, defaults.timezone, defaults.currency),
        check_burn_rates(draft, defaults.currency),
        check_fields(draft),
        check_sources(draft, registries.sources),
        check_fx(draft),
        check_reach(draft, built_in),
    )


def policy_files(path: Path) -> list[Path]:
    """The file itself, or every *.yaml and *.yml below a folder but for its tests and hidden ones, sorted.

    Raises UsageError where there is none.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"{path} does not exist; give the path of a policy file or of a folder of them")
    found = [file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"} and file.is_file()]
    kept = [file for file in found if _counts(file.relative_to(path).parts)]
    if not kept:
        raise UsageError(f"no *.yaml in {path}; give the path of a policy file or of a folder of them")
    return sorted(kept, key=lambda file: file.relative_to(path).as_posix())


def _counts(parts: tuple[str, ...]) -> bool:
    return parts[0] != "tests" and not any(part.startswith(".") for part in parts)


def _read(files: list[Path]) -> tuple[list[Tree], list[Mistake]]:
    trees: list[Tree] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            trees.append(read_tree(file, shown_path(file)))
        except Unreadable as error:
            mistakes.append(error.mistake)
        except OSError as error:
            raise UsageError(f"{file} cannot be read ({error.strerror}); check its permissions") from None
    return trees, mistakes


def shown_path(file: Path) -> str:
    """Relative to the working directory where it lies below it."""
    try:
        relative = os.path.relpath(file)
    except ValueError:
        return str(file)
    return str(file) if relative.startswith("..") else relative
