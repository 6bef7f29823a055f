"""What became of tests as JUnit XML, for CI: https://llg.cubic.org/docs/junit/"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from budgetbot.policy.trial.diff import Failure

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Result:
    """One test, and what was not as expected; it took so many seconds."""

    name: str
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: its tests, or the mistakes for which none was run."""

    file: str
    results: tuple[Result, ...] = ()
    mistakes: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(1 for result in self.results if result.failures)

    @property
    def seconds(self) -> float:
        """How long all of them took."""
        return sum(result.seconds for result in self.results)


def junit(files: Sequence[FileResult]) -> bytes:
    """The XML document: a test suite a file."""
    root = Element("testsuites", {"name": "budgetbot policies test", **_counts(files)})
    for one in files:
        suite = SubElement(root, "testsuite", {"name": _text(one.file), **_counts([one])})
        for result in one.results:
            case = _case(suite, one.file, result.name, result.seconds)
            for failure in result.failures:
                found = SubElement(case, "failure", message=_text(f"{failure.place}: {failure.headline}"))
                found.text = _text(str(failure))
        if one.mistakes:
            error = SubElement(
                _case(suite, one.file, "the file can be read", 0), "error", message=_text(one.mistakes[0])
            )
            error.text = _text("\n".join(one.mistakes))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: Element, file: str, name: str, seconds: float) -> Element:
    return SubElement(suite, "testcase", classname=_text(file), name=_text(name), time=f"{seconds:.3f}")


def _counts(files: Sequence[FileResult]) -> dict[str, str]:
    wrong = sum(1 for one in files if one.mistakes)
    return {
        "tests": str(sum(len(one.results) for one in files) + wrong),
        "failures": str(sum(one.failed for one in files)),
        "errors": str(wrong),
        "time": f"{sum(one.seconds for one in files):.3f}",
    }


def _text(text: str) -> str:
    """Without what XML cannot hold; the rest is escaped where it is written."""
    return _FORBIDDEN.sub("", text)
