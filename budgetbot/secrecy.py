"""The secrets that this process was given, so that no log and no error shows them, whatever they look like."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

_LEAST = 8  # characters: hiding shorter ones would hide ordinary words
_SEGMENT = 16  # of one part of a path or query
_known: dict[str, None] = {}


def keep(secret: str) -> None:
    """Never show it from now on; of a URL, nor its password, its path or its query."""
    found = (part.strip() for part in (secret, *_parts(secret)))
    _known.update(dict.fromkeys(part for part in found if len(part) >= _LEAST))


def keep_password(url: str) -> None:
    """The same of a URL that is no secret but for its password."""
    try:
        password = urlsplit(url).password or ""
    except ValueError:
        return
    for one in (password, unquote(password)):
        keep(one)


def without(text: str) -> str:
    """The text without any of them."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "[redacted]")
    return text


def _parts(url: str) -> Iterator[str]:
    if "://" not in url:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    password = parts.password or ""
    yield from (password, unquote(password), parts.query, parts.path)
    values = (value for _, value in parse_qsl(parts.query))
    yield from (part for part in (*parts.path.split("/"), *values) if len(part) >= _SEGMENT)
