"""One wrong file a mistake, named after it; its first line is the line that must be printed, less the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetbot.errors import PolicyError
from budgetbot.policy.load import load_policy
from tests.policy.registries import REGISTRIES

WRONG = Path(__file__).parents[1] / "policies" / "wrong"
FILES = sorted(path.name for path in WRONG.glob("*.yaml"))


def test_there_are_wrong_files() -> None:
    assert len(FILES) > 60


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_yields_exactly_its_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WRONG)
    expected = Path(name).read_text().splitlines()[0].removeprefix("# ")

    with pytest.raises(PolicyError) as caught:
        load_policy(Path(name), REGISTRIES)

    assert caught.value.mistakes == [f"{name}:{expected}"]
    assert str(caught.value) == f"{name}:{expected}"
