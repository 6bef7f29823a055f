"""Whether policy files are as they were."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from budgetbot.policy.look import look

OLD = time.time_ns() - 3_600 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "a.yaml", "version: 1")
    write(tmp_path / "sub" / "b.yml", "budgets: []")
    return tmp_path


def write(file: Path, text: str, at: int = OLD) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    os.utime(file, ns=(at, at))


def test_what_is_as_it_was_has_the_same_content(folder: Path) -> None:
    assert look(folder).content == look(folder).content
    assert look(folder).content == look(folder, look(folder)).content


def test_a_look_is_taken_again_from_the_one_before_once_the_files_have_been_at_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 60 * 10**9)
    first = look(folder)

    assert look(folder, first) is first
    write(folder / "a.yaml", "version: 2")
    assert look(folder, first) is not first


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write(folder / "a.yaml", "version: 1 # more"),
        lambda folder: write(folder / "a.yaml", "version: 2"),
        lambda folder: write(folder / "c.yaml", ""),
        lambda folder: (folder / "a.yaml").unlink(),
        lambda folder: (folder / "sub" / "b.yml").rename(folder / "b.yml"),
        lambda folder: write(folder / "a.yaml", "version: 2", at=OLD + 1),
    ],
    ids=["size", "same-size-and-time", "added", "removed", "renamed", "time"],
)
def test_a_change_is_seen(folder: Path, change: Callable[[Path], None]) -> None:
    before = look(folder)

    change(folder)

    assert look(folder, before).content != before.content


def test_a_file_that_was_only_touched_has_the_same_content(folder: Path) -> None:
    before = look(folder)

    os.utime(folder / "a.yaml")

    assert look(folder, before).content == before.content


def test_files_that_are_no_part_of_the_policy_are_not_looked_at(folder: Path) -> None:
    before = look(folder)

    write(folder / ".a.yaml.swp", "x")
    write(folder / ".hidden.yaml", "x")
    write(folder / "tests" / "t.yaml", "x")
    write(folder / "notes.txt", "x")

    assert look(folder, before).content == before.content


def test_what_cannot_be_looked_at_is_a_content_of_its_own(folder: Path) -> None:
    before = look(folder)

    gone = look(folder / "gone", before)
    (folder / "a.yaml").unlink()
    (folder / "sub" / "b.yml").unlink()
    empty = look(folder, before)

    assert len({before.content, gone.content, empty.content}) == 3
    assert look(folder, empty).content == empty.content


def test_a_single_file_may_be_looked_at(folder: Path) -> None:
    before = look(folder / "a.yaml")

    write(folder / "sub" / "b.yml", "budgets: [1]")
    assert look(folder / "a.yaml").content == before.content
    write(folder / "a.yaml", "version: 2")
    assert look(folder / "a.yaml").content != before.content
