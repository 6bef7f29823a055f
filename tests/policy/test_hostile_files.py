from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.errors import PolicyError
from budgetbot.policy.load import load_policy
from tests.policy.registries import REGISTRIES

EXAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "policies").glob("*.yaml"))]
LINE = re.compile(r"\S.*:[0-9]+:[0-9]+: \S.*")
FRAGMENTS = [
    "\t", "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "*a", "&a ", "!!x ", "? ", "|", ">", "'", '"', "%", "---\n",
    "<<: ", "5,000", "010", "12:30", "1e9999", "9" * 5000, '"\\ud800"', '"\\U00110000"', "none", "not: ", "~", "\u2028",
    "\x85", "budgets:", "thresholds:", "amount: 1" + "0" * 60, "at: 999999999999%", "for: 999999999w", "each: [[]]",
    "match: []", "period: {rolling: 0h}", "period: {from: 0001-01-01, until: 9999-12-31}", 'schedule: "0 0 31 2 *"',
    "set: {}",
]  # fmt: skip
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mistakes_in(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    with pytest.raises(PolicyError) as caught:
        load_policy(path, REGISTRIES)
    return caught.value.mistakes


def check_only_plain_mistakes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    lines = ["f:1:1: it loaded"]
    try:
        load_policy(path, REGISTRIES)
    except PolicyError as error:
        lines = error.mistakes

    assert lines
    assert [line for line in lines if not LINE.fullmatch(line) or "Input should" in line] == []


@QUICK
@given(content=st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_policy_error(tmp_path: Path, content: bytes) -> None:
    check_only_plain_mistakes(tmp_path / "p.yaml", content)


@QUICK
@given(pieces=st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=25))
def test_no_text_raises_anything_but_a_policy_error(tmp_path: Path, pieces: list[str]) -> None:
    check_only_plain_mistakes(tmp_path / "p.yaml", "".join(pieces).encode("utf-8", "surrogatepass"))


@QUICK
@given(data=st.data())
def test_no_mutated_example_raises_anything_but_a_policy_error(tmp_path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(EXAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        text = text[:start] + data.draw(st.sampled_from(FRAGMENTS)) + text[end:]

    check_only_plain_mistakes(tmp_path / "p.yaml", text.encode())


LEAVES = st.one_of(
    st.none(), st.integers(-(10**40), 10**40).map(str), st.text(max_size=8), st.sampled_from(["80%", "5"])
)
KEYS = st.sampled_from(["at", "not", "to", "a"])
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v), max_leaves=6)
FIELD_NAMES = [
    "name",
    "match",
    "each",
    "amount",
    "overrides",
    "period",
    "thresholds",
    "for",
    "notify",
    "to",
    "set",
    "type",
]
FIELDS = st.dictionaries(st.sampled_from([*FIELD_NAMES, "schedule", "top"]), VALUES, max_size=6)
SECTIONS = st.sampled_from(["version", "defaults", "labels", "budgets", "freshness", "receivers", "routes", "sources"])


@QUICK
@given(content=st.dictionaries(SECTIONS, st.one_of(VALUES, st.lists(FIELDS, max_size=3)), min_size=1, max_size=4))
def test_no_structure_raises_anything_but_a_policy_error(tmp_path: Path, content: dict[str, object]) -> None:
    check_only_plain_mistakes(tmp_path / "p.yaml", json.dumps(content).encode())


def test_a_file_of_ten_megabytes_is_one_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    mistakes = mistakes_in(Path("big.yaml"), b"a: b # filler\n" * 750_000)

    assert mistakes == ["big.yaml:1:1: the file is larger than 1 MB; split it by topic"]


@pytest.mark.parametrize(
    "content",
    [
        b"a: [" + b"1," * 400_000 + b"1]",
        b"[" * 900_000,
        b"budgets:\n" + b"- {}\n" * 150_000,
        b"a: &a [x]\nb: [" + b"*a, " * 100_000 + b"]",
        b"? " * 400_000,
        b'a: "' + b"x " * 400_000 + b'"',
        b"".join(b"unknwn%d: \n" % i for i in range(24_000)),
    ],
    ids=[
        "many values",
        "depth",
        "many wrong items",
        "many aliases",
        "many key marks",
        "long text",
        "many unknown keys",
    ],
)
def test_a_hostile_file_is_refused_quickly(tmp_path: Path, content: bytes) -> None:
    began = time.perf_counter()

    mistakes_in(tmp_path / "p.yaml", content)

    assert time.perf_counter() - began < 8


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"labels:\n  - caf\xe9\n", "2:8: this is not UTF-8; save the file as UTF-8"),
        ("labels: []".encode("utf-16"), "1:1: this is not UTF-8; save the file as UTF-8"),
        (b"labels: \x00", "1:9: a control character (U+0000); remove it"),
        (b'freshness: []\nlabels: "\\0"', "2:9: labels: a control character; remove it"),
        (b"", "1:1: the file is empty; write policies, or remove it"),
        (b"---\n", "1:1: the file is empty; write policies, or remove it"),
    ],
)
def test_bytes_that_are_no_plain_text_are_one_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, line: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert mistakes_in(Path("p.yaml"), content) == [f"p.yaml:{line}"]


def test_a_name_with_line_breaks_cannot_forge_a_line_of_its_own(tmp_path: Path) -> None:
    content = b'receivers: [{name: "a\\nb.yaml:1:1: fine", console: {}}]\nroutes: [{to: ["a\\nb.yaml"]}]'

    mistakes = mistakes_in(tmp_path / "p.yaml", content)

    assert not any("\n" in line for line in mistakes)
