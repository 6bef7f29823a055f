"""The query of a report, read strictly: an unknown parameter or a wrong value is refused, never ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from budgetbot.sim.cursor import fingerprint, position
from budgetbot.sim.refusal import bad
from budgetbot.sim.report import WIDTHS, Report

KEYS_BILLED_FROM: Final = 1764979200  # 2025-12-06 00:00 UTC: costs know no keys before
_SCALARS: Final = ("start_time", "end_time", "bucket_width", "limit", "page")


@dataclass(frozen=True, slots=True)
class Query:
    """`first` is the start of the first bucket of this page; `end` is None where the query has none."""

    first: int
    end: int | None
    width: int
    limit: int
    group_by: tuple[str, ...]
    filters: tuple[tuple[str, frozenset[str | bool]], ...]
    mark: str


def read_query(report: Report, items: Sequence[tuple[str, str]], *, key_floor: bool = False) -> Query:
    """The query in the decoded parameters of a request; Refusal if it is not exactly as documented."""
    scalars, arrays = _sorted_out(report, items)
    if "start_time" not in scalars:
        raise bad("Missing required parameter: 'start_time'.", code="invalid_request_error")
    start = _whole(scalars, "start_time")
    end = _whole(scalars, "end_time") if "end_time" in scalars else None
    if start < 0:
        raise bad("Invalid value for 'start_time': must not be negative.", "start_time")
    if end is not None and end <= start:
        raise bad("Invalid time range: end_time must be later than start_time.", "end_time")
    width = _one_of("bucket_width", scalars.get("bucket_width", "1d"), tuple(report.limits))
    group_by = tuple(dict.fromkeys(_one_of("group_by", name, report.groups) for name in arrays.get("group_by", ())))
    if key_floor and "api_key_id" in group_by and start < KEYS_BILLED_FROM:
        message = f"Grouping by api_key_id is only supported for start_time on or after {KEYS_BILLED_FROM}."
        raise bad(message, "start_time", "invalid_request_error")
    mark = fingerprint(report.name, [(name, value) for name, value in items if name != "page"])
    return Query(
        first=position(scalars["page"], mark) if "page" in scalars else start,
        end=end,
        width=WIDTHS[width],
        limit=_limit(report, scalars, width),
        group_by=group_by,
        filters=tuple(_filters(report, scalars, arrays).items()),
        mark=mark,
    )


def _sorted_out(report: Report, items: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Scalars and arrays; arrays come as `name[]=a&name[]=b` or `name=a&name=b`."""
    scalars: dict[str, str] = {}
    arrays: dict[str, list[str]] = {}
    single = (*_SCALARS, "batch") if report.batch else _SCALARS
    for given, value in items:
        name = given.removesuffix("[]")
        if name == "group_by" or name in report.filters:
            arrays.setdefault(name, []).append(value)
        elif given not in single:
            raise bad(f"Unknown parameter: '{given}'.", given, "unknown_parameter")
        elif given in scalars:
            raise bad(f"Duplicate parameter: '{given}'. Expected one value.", given, "invalid_type")
        else:
            scalars[given] = value
    return scalars, arrays


def _filters(report: Report, scalars: dict[str, str], arrays: dict[str, list[str]]) -> dict[str, frozenset[str | bool]]:
    filters: dict[str, frozenset[str | bool]] = {}
    for name, dimension in report.filters.items():
        if name in arrays:
            choices = report.choices.get(name)
            wanted = arrays[name] if choices is None else [_one_of(name, value, choices) for value in arrays[name]]
            filters[dimension] = frozenset(wanted)
    if "batch" in scalars:
        filters["batch"] = frozenset({_one_of("batch", scalars["batch"], ("true", "false")) == "true"})
    return filters


def _limit(report: Report, scalars: dict[str, str], width: str) -> int:
    usual, most = report.limits[width]
    limit = _whole(scalars, "limit") if "limit" in scalars else usual
    if limit > most:
        raise bad(f"Invalid limit provided: {limit}. Limit must be less than or equal to {most}.", "limit")
    if limit < 1:
        raise bad(f"Invalid limit provided: {limit}. Limit must be greater than or equal to 1.", "limit")
    return limit


def _whole(scalars: dict[str, str], name: str) -> int:
    text = scalars[name]
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12):
        raise bad(f"Invalid type for '{name}': expected an integer, but got {text!r} instead.", name, "invalid_type")
    return int(text)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        supported = ", ".join(f"'{choice}'" for choice in choices)
        raise bad(f"Invalid value: '{value}'. Supported values are: {supported}.", name)
    return value
