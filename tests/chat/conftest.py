"""Offices in which people act on alerts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from budgetbot.store import Store, open_store
from tests.chat.office import ACCESS, Office
from tests.standins.scene import FIRST, MORNING, WORSE, Scene, scene


@pytest.fixture(scope="session")
def fired_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database after the turn in which every rule fired, to copy."""
    folder = tmp_path_factory.mktemp("office")
    path = folder / "fired.db"
    shutil.copyfile(migrated_file, path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        Office(store, folder).turn()
    return path


@pytest.fixture
def fired(fired_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it."""
    path = tmp_path / "fired.db"
    shutil.copyfile(fired_file, path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        yield store


@pytest.fixture
def office(fired: Store, tmp_path: Path) -> Office:
    """Every rule has fired; the policy says who may do what."""
    return Office(fired, tmp_path, ACCESS)


@pytest.fixture
def open_office(fired: Store, tmp_path: Path) -> Office:
    """The same where the policy says nothing of that."""
    return Office(fired, tmp_path)


@pytest.fixture
def any_office(store: Store, tmp_path: Path) -> Office:
    """Like `office`, on each kind of database in turn."""
    made = Office(store, tmp_path, ACCESS)
    made.turn()
    return made


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A simulated organisation, half a day after a key ran away; it is looked at and never changed."""
    with scene(tmp_path_factory.mktemp("day"), start=MORNING - timedelta(days=21)) as made:
        for at in (MORNING, FIRST, WORSE):
            made.turn(at)
        yield made
