from __future__ import annotations

from decimal import Decimal

import pytest

from budgetbot.policy.mistakes import Unreadable
from budgetbot.policy.yaml_tree import parse_tree


def mistakes(text: str) -> list[str]:
    return [str(mistake) for mistake in parse_tree(text.encode(), "f").mistakes]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5000", 5000),
        ("-5", -5),
        ("0", 0),
        ("49.50", Decimal("49.50")),
        ("0.0000001", Decimal("0.0000001")),
        ('"4711"', "4711"),
        ("80%", "80%"),
        ("$4200", "$4200"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", "true"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T08:00Z", "2026-11-20T08:00Z"),
        ('"12:30"', "12:30"),
        ("'010'", "010"),
        ("'5,000'", "5,000"),
        ("22:00-07:00", "22:00-07:00"),
        ("proj_0a1b", "proj_0a1b"),
        ("5,00,0", "5,00,0"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("null", None),
        ("~", None),
        ("", None),
        ("!!str 010", "010"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_is_read_as_it_is_written(written: str, value: object) -> None:
    tree = parse_tree(f"a: {written}".encode(), "f")

    assert tree.root.plain() == {"a": value}
    assert type(tree.root.plain()["a"]) in (type(value), *Decimal.__subclasses__())
    assert tree.mistakes == []


def test_a_decimal_number_keeps_its_digits_where_text_is_wanted() -> None:
    value = parse_tree(b"a: 1.10", "f").root.plain()["a"]

    assert str(value) == repr(value) == f"{value}" == "1.10"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("5,000", "5,000 has a thousands comma; write 5000"),
        ("5,000,000.50", "5,000,000.50 has a thousands comma; write 5000000.50"),
        ("$5,000", "$5,000 has a thousands comma; write $5000"),
        ("5,000 EUR", "5,000 EUR has a thousands comma; write 5000 EUR"),
        ("010", '010 looks like an octal number; write 10, or "010" in quotes if it is text'),
        ("0o17", '0o17 looks like an octal number; write 17, or "0o17" in quotes if it is text'),
        ("0x1F", '0x1F is not a decimal number; write it with digits only, or "0x1F" if it is text'),
        ("0b11", '0b11 is not a decimal number; write it with digits only, or "0b11" if it is text'),
        ("1_000", '1_000 has an underscore; write 1000, or "1_000" if it is text'),
        ("1e3", '1e3 is a number to some readers and text to others; write 1000, or "1e3" in quotes if it is text'),
        ("5E-1", '5E-1 is a number to some readers and text to others; write 0.5, or "5E-1" in quotes if it is text'),
        (
            "1e999999999",
            "1e999999999 is a number to some readers and text to others; write it with digits only, "
            'or "1e999999999" in quotes if it is text',
        ),
        ("12:30", '12:30 is a number to some readers; write "12:30" in quotes'),
        ("12:30:59", '12:30:59 is a number to some readers; write "12:30:59" in quotes'),
        ("1" * 31, "this number has more than 30 digits; put it in quotes if it is text"),
        ("!!int 5", "the tag !!int is not allowed; remove it, or put the text in quotes"),
        ("!!python/name:abort x", "the tag !!python/name:abort is not allowed; remove it, or put the text in quotes"),
    ],
)  # fmt: skip
def test_what_readers_disagree_on_is_a_mistake_with_the_right_spelling(written: str, words: str) -> None:
    assert mistakes(f"a:\n  - {written}") == [f"f:2:5: a[0]: {words}"]


@pytest.mark.parametrize("written", ["5,000", "$5,000,000", "5,000.25 EUR"])
def test_a_thousands_comma_is_seen_inside_braces_too(written: str) -> None:
    plain = written.replace(",", "")

    assert mistakes(f"a: {{b: {written}, c: 1}}") == [f"f:1:8: a.b: {written} has a thousands comma; write {plain}"]


@pytest.mark.parametrize("written", ["{a: 5, 000: 1}", "{a: x,000: 1}", "{a: 5,b: 1}", '{a: "5",000: 1}'])
def test_a_comma_between_two_fields_is_no_thousands_comma(written: str) -> None:
    assert mistakes(f"k: {written}") == []


def test_several_mistakes_are_found_in_one_reading() -> None:
    text = "a: 010\nb: {c: 1, c: 2}\nd: [12:30]\n"

    assert [line.split(": ")[1] for line in mistakes(text)] == ["a", "b.c", "d[0]"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\t- b", "2:1: indentation with a tab; write spaces"),
        ("a:\tb", "1:3: a tab between words; write a space"),
        ("a: b: c", "1:5: a colon where none can stand; check the indentation, or write text in quotes"),
        ("a: @b", "1:4: text cannot begin with @; put it in quotes"),
        ("a: %b", "1:4: text cannot begin with %; put it in quotes"),
        ("a: *", '1:5: text that begins with * needs quotes; write "*"'),
        ("a: *b", '1:4: `*b` refers to nothing above it; if it is a glob, write "*b" in quotes'),
        ("a: &b [*b]", '1:8: `*b` refers to nothing above it; if it is a glob, write "*b" in quotes'),
        ("a: 'b", "1:4: a quote is not closed; close it, or leave it out"),
        ('a: "\\d"', "1:6: an unknown escape; use single quotes, or write \\\\ for a backslash"),
        ('a: 1\nb: "\\UFFFFFFFF"', "2:1: not readable as YAML; look for an escape such as \\U that names no character"),
        ("a:\n  - b\n c: d", "3:2: the indentation does not fit the lines above; align it with its neighbours"),
        ("a: - b", "1:4: a list cannot begin here; write it on the next line, indented"),
        ("a: 1\nb", "2:2: a key without its colon; write key: value"),
        ("{{ a }}: 1", "1:1: a key must be text; write key: value"),
        ("? {a: b}", "1:3: a key must be text; write key: value"),
        ("a: {: b}", "1:5: something is missing here; write a key or a value, or put the text in quotes"),
        (
            "a: {b: c-?}",
            '1:10: a "[" or "{" is not closed, or a comma is missing; close it, and put text with , or ? in quotes',
        ),
        ('"": b', "1:1: a key is missing before the colon; write key: value"),
        ("a: !x!y z", "1:4: text that begins with ! needs quotes; write it in quotes"),
        ("a: 1\n---\nb: 1", "2:1: a second document begins here; write one document a file, without ---"),
        ("just words", "1:1: a policy file is a mapping of sections; begin it with a section such as budgets:"),
        ("# only a comment", "1:1: the file is empty; write policies, or remove it"),
        ("a: " + "[" * 60, "1:53: nested more than 50 deep; write it flatter"),
        ("a: &x [1]\nb: [" + "*x, " * 101 + "]", "2:405: more than 100 aliases; write the values out"),
    ],
)
def test_what_is_no_yaml_is_told_in_plain_words(text: str, line: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_tree(text.encode(), "f")

    assert str(caught.value) == f"f:{line}"


def test_depth_counts_through_aliases() -> None:
    text = "a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a" + "]" * 30

    with pytest.raises(Unreadable, match="nested more than 50 deep"):
        parse_tree(text.encode(), "f")


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert parse_tree(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f").root.plain() == {"a": 1, "b": 2}
