"""From test files to tests, or to every mistake in them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from budgetbot.errors import PolicyError, UsageError
from budgetbot.policy.load import shown_path
from budgetbot.policy.mistakes import Mistake, Unreadable
from budgetbot.policy.plain_words import explain
from budgetbot.policy.policy import Policy
from budgetbot.policy.trial.check import check
from budgetbot.policy.trial.schema import TrialEntry, TrialFile
from budgetbot.policy.trial.trial import Trial
from budgetbot.policy.yaml_node import Tree
from budgetbot.policy.yaml_tree import read_tree

FOLDER = "tests"
Load: TypeAlias = Callable[[Path], Policy]


def trial_files(path: Path) -> tuple[Path, list[Path]]:
    """The policy that is meant and its test files: in tests/ of the folder or beside the file; a test file alone.

    Raises UsageError where there is none.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist; give the path of a policy folder, or of a test file in its tests/")
    if FOLDER in path.resolve().parts[:-1] and path.is_file():
        return _above(path), [path]
    own = path.is_dir() and path.resolve().name == FOLDER
    folder = path if own else (path if path.is_dir() else path.parent) / FOLDER
    found = sorted(file for file in folder.rglob("*") if file.suffix in {".yaml", ".yml"} and file.is_file())
    if not found:
        raise UsageError(f"no tests in {folder}; write one in {folder / 'budgets.yaml'}, see `policies schema --tests`")
    return (_above(path / "x") if own else path), found


def _above(file: Path) -> Path:
    """The folder that holds the tests/ in which the file lies."""
    for folder in file.absolute().parents:
        if folder.name == FOLDER:
            return Path(shown_path(folder.parent))
    raise AssertionError(file)


def read_trials(file: Path, policy: Path, load: Load) -> list[Trial]:
    """The tests of one file, about this policy unless they name another.

    Raises PolicyError with every mistake of the file, or those of a policy.
    """
    try:
        tree = read_tree(file, shown_path(file))
    except Unreadable as error:
        raise PolicyError([str(error.mistake)]) from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}); check its permissions") from None
    mistakes = list(tree.mistakes)
    entries: list[TrialEntry] = []
    try:
        entries = TrialFile.model_validate(tree.root.plain(), by_alias=True, by_name=False).tests
    except ValidationError as error:
        mistakes += explain(tree, (), TrialFile, error)
    trials = [] if mistakes else list(_trials(tree, file, policy, load, entries, mistakes))
    for trial in [] if mistakes else trials:
        mistakes += check(trial)
    if mistakes:
        raise PolicyError(list(dict.fromkeys(map(str, sorted(mistakes)))))
    return trials


def _trials(
    tree: Tree, file: Path, policy: Path, load: Load, entries: list[TrialEntry], mistakes: list[Mistake]
) -> Iterator[Trial]:
    names: dict[str, int] = {}
    for i, entry in enumerate(entries):
        if names.setdefault(entry.name, i) != i:
            words = "another test of this file has that name; give each its own"
            mistakes.append(tree.mistake(("tests", i, "name"), words))
        try:
            where = policy if entry.policies is None else Path(shown_path(file.parent / entry.policies))
            yield Trial(tree, ("tests", i), entry, load(where))
        except UsageError as error:
            if entry.policies is None:
                raise
            mistakes.append(tree.mistake(("tests", i, "policies"), str(error)))
