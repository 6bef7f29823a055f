"""Arrays in a query string: brackets like the official SDK, or bare repeated names, as the server takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from itertools import chain
from typing import NamedTuple

from budgetbot.sources.openai_query import Query, Style
from budgetbot.sources.openai_walk import RawBucket
from budgetbot.sources.refusal import ApiRefusal

_NOTE = "arrays"
_STRANGE = ("unknown", "unrecogni", "unexpected", "unsupported param", "not permitted", "extra", "[]")
Pages = Iterator[list[RawBucket]]


class _Opened(NamedTuple):
    """A walk whose first rows were seen. `grouped`: whether they carry what was grouped by; None without rows."""

    buckets: Iterator[RawBucket]
    grouped: bool | None


class Arrays:
    """Finds out how a server wants its arrays, once, and remembers it in `memory`.

    A server that does not know `group_by[]` refuses it, or passes over it in silence and answers ungrouped rows. Both
    are met by asking once more in the other style.
    """

    def __init__(self, memory: MutableMapping[str, str]) -> None:
        self._memory = memory
        self._tried: set[str] = set()

    def open(self, query: Query, pages: Callable[[Style], Pages]) -> Iterator[RawBucket]:
        """The buckets of `query`; the first request is made here. Raises ApiRefusal as the server worded it."""
        style: Style = "bare" if self._memory.get(_NOTE) == "bare" else "brackets"
        other: Style = "brackets" if style == "bare" else "bare"
        try:
            opened = _open(query, pages(style))
        except ApiRefusal as refusal:
            if not (query.has_arrays and _may_mean_the_style(refusal)):
                raise
            return self._after_refusal(refusal, query, pages, other)
        if opened.grouped:
            self._remember(style)
        elif opened.grouped is False and self._memory.get(_NOTE) != style and query.endpoint.path not in self._tried:
            return self._if_grouped(query, pages, other) or opened.buckets
        return opened.buckets

    def _after_refusal(
        self, refusal: ApiRefusal, query: Query, pages: Callable[[Style], Pages], other: Style
    ) -> Iterator[RawBucket]:
        try:
            opened = _open(query, pages(other))
        except ApiRefusal as second:
            raise (second if _is_strange(refusal) and not _is_strange(second) else refusal) from None
        if opened.grouped is False:
            raise refusal  # accepted, and passed over in silence: the first answer was the honest one
        if opened.grouped:
            self._remember(other)
        return opened.buckets

    def _if_grouped(self, query: Query, pages: Callable[[Style], Pages], other: Style) -> Iterator[RawBucket] | None:
        try:
            opened = _open(query, pages(other))
        except ApiRefusal as refusal:
            if not refusal.permanent:
                raise  # not known yet; ungrouped rows must not be kept on a guess
            opened = _Opened(iter(()), None)
        self._tried.add(query.endpoint.path)
        if not opened.grouped:
            return None
        self._remember(other)
        return opened.buckets

    def _remember(self, style: Style) -> None:
        if self._memory.get(_NOTE) != style:
            self._memory[_NOTE] = style


def _open(query: Query, pages: Pages) -> _Opened:
    """Reads up to the first page that has rows."""
    held: list[list[RawBucket]] = []
    for page in pages:
        held.append(page)
        rows = [row for bucket in page for row in bucket.results if isinstance(row, dict)]
        if rows and query.group_by:
            grouped = any(row.get(name) is not None for row in rows for name in query.group_by)
            return _Opened(_flat(chain(held, pages)), grouped)
        if not query.group_by:
            break
    return _Opened(_flat(chain(held, pages)), None)


def _flat(pages: Iterator[list[RawBucket]]) -> Iterator[RawBucket]:
    return chain.from_iterable(pages)


def _is_strange(refusal: ApiRefusal) -> bool:
    """Whether the server says that it does not know a parameter."""
    words = f"{refusal.param} {refusal.code} {refusal.reason}".lower()
    return any(word in words for word in _STRANGE)


def _may_mean_the_style(refusal: ApiRefusal) -> bool:
    return refusal.status in (400, 422) and (refusal.param is None or _is_strange(refusal))
