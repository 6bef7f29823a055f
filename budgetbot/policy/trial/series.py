"""The short notation of a series: what was spent bucket by bucket. Pure.

Adapted from promtool's, https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series; unlike
there, the number after x is how many buckets there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from budgetbot.rules.wrong import Way, Wrong, shown

MOST_BUCKETS = 20_000
_NUMBER = r"[0-9]{1,13}(?:\.[0-9]{1,9})?"
_ITEM = re.compile(
    rf"(?:(?P<first>-?{_NUMBER})(?P<step>[+-]{_NUMBER})?|(?P<gap>_)|(?P<stale>stale))(?:x(?P<count>[0-9]{{1,9}}))?"
)
_WORDS = re.compile(r"\[([^\[\]]*)\]|(\S+)")
_HELP = (
    "write 5 (one bucket), 5x30 (30 buckets of 5), 0+2x10 (10 buckets: 0, 2, 4 ... 18), _x5 (5 buckets of which "
    "nothing is known) or stalex4 (4 buckets in which the source is not read)"
)


class Bucket(NamedTuple):
    """What one bucket holds: an amount, or None where nothing is known; in a stale one the source is not read."""

    value: Decimal | None = None
    stale: bool = False


def expand(value: object) -> tuple[Bucket, ...]:
    """The buckets of a text such as "5x30 0+2x10 _x5 stale 40", or of a list of its words.

    Raises Wrong, a ValueError, with every mistake.
    """
    buckets: list[Bucket] = []
    wrong: list[tuple[Way, str]] = []
    for way, word in _words(value):
        try:
            buckets += _expanded(word)
        except ValueError as mistake:
            wrong.append((way, str(mistake)))
    if not buckets and not wrong:
        wrong.append(((), f"no bucket at all; {_HELP}"))
    if len(buckets) > MOST_BUCKETS:
        wrong.append(((), f"more than {MOST_BUCKETS} buckets; write fewer, or days (per: 1d) in place of hours"))
    if wrong:
        raise Wrong(wrong)
    return tuple(buckets)


def _words(value: object) -> Iterator[tuple[Way, str]]:
    for i, item in enumerate(value if isinstance(value, list) else [value]):
        way: Way = (i,) if isinstance(value, list) else ()
        if isinstance(item, bool) or not isinstance(item, str | int | Decimal):
            raise Wrong([(way, f"{shown(item)} is no series; {_HELP}")])
        for listed, word in _WORDS.findall(str(item)):
            yield from ((way, part.strip()) for part in listed.split(",")) if listed else ((way, word),)


def _expanded(word: str) -> list[Bucket]:
    found = _ITEM.fullmatch(word)
    if found is None:
        raise ValueError(f"{shown(word)} is not understood; {_HELP}")
    count = int(found["count"]) if found["count"] else 1
    if not 0 < count <= MOST_BUCKETS:
        raise ValueError(f"{shown(word)} has {count} buckets; write 1 to {MOST_BUCKETS}")
    if found["first"] is None:
        return [Bucket(stale=bool(found["stale"]))] * count
    if found["step"] and not found["count"]:
        raise ValueError(f"{shown(word)} does not say how many buckets; write {word}x10")
    first, step = Decimal(found["first"]), Decimal(found["step"] or 0)
    return [Bucket(first + step * i) for i in range(count)]
