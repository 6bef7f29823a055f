"""What YAML's own complaints mean, in plain words with the fix."""

from __future__ import annotations

import re

import yaml

from budgetbot.policy.mistakes import Mistake

_TAB = "indentation with a tab; write spaces"
_CLOSING = 'a "[" or "{" is not closed, or a comma is missing; close it, and put text with , or ? in quotes'
_WORDS: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", 'a colon where none can stand; check the indentation, or write text in quotes'),
    ("could not find expected ':'", "a key without its colon; write key: value"),
    ("expected <block end>", "the indentation does not fit the lines above; align it with its neighbours"),
    ("sequence entries are not allowed", "a list cannot begin here; write it on the next line, indented"),
    ("expected ',' or", _CLOSING),
    ("expected the node content", "something is missing here; write a key or a value, or put the text in quotes"),
    ("unexpected end of stream", "a quote is not closed; close it, or leave it out"),
    ("unexpected document separator", "a quote is not closed; close it, or leave it out"),
    ("unknown escape character", "an unknown escape; use single quotes, or write \\\\ for a backslash"),
    ("expected escape sequence", "an escape lacks digits; use single quotes, or write \\\\ for a backslash"),
    ("undefined tag handle", "text that begins with ! needs quotes; write it in quotes"),
)  # fmt: skip


def syntax_mistake(error: yaml.MarkedYAMLError, text: str, file: str) -> Mistake:
    """The mistake behind a complaint of PyYAML."""
    problem, mark = error.problem or "", error.problem_mark or error.context_mark
    if "unexpected end of stream" in problem and error.context_mark:
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    before = lines[line][: len(lines[line]) - len(lines[line].lstrip())] if line < len(lines) else ""
    if "\t" in before:
        return Mistake(file, line + 1, before.index("\t") + 1, _TAB)
    return Mistake(file, line + 1, column + 1, _meaning(problem, error.context or ""))


def _meaning(problem: str, context: str) -> str:
    if "scanning an alias" in context:
        return 'text that begins with * needs quotes; write "*"'
    if found := re.search(r"found character '(\\?.)' that cannot start any token", problem):
        if found[1] == "\\t":
            return "a tab between words; write a space"
        return f"text cannot begin with {found[1]}; put it in quotes"
    for part, words in _WORDS:
        if part in problem:
            return words
    return f"not readable as YAML ({problem}); check quotes, colons and indentation"


def alias_words(anchor: str) -> str:
    """What to say of an alias without an anchor: most often a glob without quotes."""
    return f'`*{anchor}` refers to nothing above it; if it is a glob, write "*{anchor}" in quotes'


def tag_words(tag: str) -> str:
    """What to say of a tag."""
    short = tag.replace("tag:yaml.org,2002:", "!!")[:60]
    return f"the tag {short if short.isprintable() else '!'} is not allowed; remove it, or put the text in quotes"
