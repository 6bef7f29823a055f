"""One question to a usage or costs endpoint: checked before it is sent, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, cast

from budgetbot.sources.openai_reports import WIDTH_SECONDS, Endpoint, Width

Moment: TypeAlias = datetime | int
Style: TypeAlias = Literal["brackets", "bare"]
_LATEST = 10**11  # seconds; more is milliseconds by mistake


@dataclass(frozen=True)
class Query:
    """What is asked. Times in Unix seconds, half-open; `filters` by parameter name."""

    endpoint: Endpoint
    start: int
    end: int | None
    width: Width
    filters: tuple[tuple[str, tuple[str, ...] | str], ...] = ()
    group_by: tuple[str, ...] = ()
    limit: int | None = None
    page: str | None = None

    @property
    def seconds(self) -> int:
        """The width of a bucket in seconds."""
        return WIDTH_SECONDS[self.width]

    @property
    def has_arrays(self) -> bool:
        """Whether there is anything to encode as an array."""
        return bool(self.group_by) or any(isinstance(value, tuple) for _, value in self.filters)

    def params(self, style: Style, cursor: str | None = None) -> list[tuple[str, str]]:
        """The parameters as they go out: arrays as name[]=a&name[]=b, like the official SDK, or as name=a&name=b."""
        mark = "[]" if style == "brackets" else ""
        params = [("start_time", str(self.start))]
        if self.end is not None:
            params.append(("end_time", str(self.end)))
        params.append(("bucket_width", self.width))
        for name, value in self.filters:
            params += [(name, value)] if isinstance(value, str) else [(name + mark, item) for item in value]
        params += [("group_by" + mark, name) for name in self.group_by]
        if self.limit is not None:
            params.append(("limit", str(self.limit)))
        if cursor is not None:
            params.append(("page", cursor))
        return params


def ask(
    endpoint: Endpoint,
    start_time: Moment,
    end_time: Moment | None,
    bucket_width: str,
    filters: Mapping[str, Sequence[str] | bool | None],
    group_by: Sequence[str],
    limit: int | None,
    page: str | None,
) -> Query:
    """The query. Raises ValueError that names the parameter which the endpoint does not take."""
    most = endpoint.limit(cast(Width, bucket_width))
    if most is None:
        widths = ", ".join(width for width, _ in endpoint.limits)
        raise ValueError(f"bucket_width: {endpoint.report} has no {bucket_width!r} buckets; it is one of {widths}")
    if limit is not None and not 1 <= limit <= most:
        raise ValueError(f"limit: {limit} is not within 1 and {most}, for {endpoint.report} by {bucket_width}")
    start = _seconds("start_time", start_time)
    end = None if end_time is None else _seconds("end_time", end_time)
    if end is not None and end <= start:
        raise ValueError("end_time: must lie after start_time")
    return Query(
        endpoint,
        start,
        end,
        cast(Width, bucket_width),
        tuple(_filters(endpoint, filters)),
        _grouping(endpoint, group_by),
        limit,
        page,
    )


def _filters(
    endpoint: Endpoint, filters: Mapping[str, Sequence[str] | bool | None]
) -> list[tuple[str, tuple[str, ...] | str]]:
    given: list[tuple[str, tuple[str, ...] | str]] = []
    for name, value in filters.items():
        if value is None:
            continue
        if name not in endpoint.filters:
            raise ValueError(f"{name}: {endpoint.report} does not take it; it takes {', '.join(endpoint.filters)}")
        if isinstance(value, bool):
            given.append((name, "true" if value else "false"))
        elif isinstance(value, str):
            raise ValueError(f"{name}: write a list of texts")
        elif value:
            given.append((name, tuple(value)))
    return given


def _grouping(endpoint: Endpoint, group_by: Sequence[str]) -> tuple[str, ...]:
    if isinstance(group_by, str):
        raise ValueError("group_by: write a list of texts")
    for name in group_by:
        if name not in endpoint.group_by:
            known = ", ".join(endpoint.group_by)
            raise ValueError(f"group_by: {endpoint.report} cannot be grouped by {name!r}; it can by {known}")
    return tuple(group_by)


def _seconds(name: str, moment: Moment) -> int:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{name}: needs a time zone")
        return int(moment.timestamp())
    if isinstance(moment, bool) or not 0 <= moment < _LATEST:
        raise ValueError(f"{name}: {moment} is no Unix time in seconds")
    return moment
