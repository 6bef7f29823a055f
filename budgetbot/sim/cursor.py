"""Cursors of reports: where the next page begins, bound to the exact query they came from."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable
from hashlib import blake2b

from budgetbot.sim.refusal import bad


def fingerprint(report: str, items: Iterable[tuple[str, str]]) -> str:
    """The same for the same report and parameters, in whatever order and array spelling they come."""
    named = sorted((name.removesuffix("[]"), value) for name, value in items)
    return blake2b(repr((report, named)).encode(), digest_size=8).hexdigest()


def cursor(first: int, mark: str) -> str:
    """The cursor of a page whose first bucket starts at `first`, for the query with that fingerprint."""
    return "page_" + urlsafe_b64encode(first.to_bytes(8, "big") + bytes.fromhex(mark)).decode()


def position(page: str, mark: str) -> int:
    """Where the page begins; Refusal if the cursor is broken or belongs to another query."""
    try:
        raw = urlsafe_b64decode(page.removeprefix("page_").encode("ascii"))
    except (Error, ValueError):
        raw = b""
    if len(raw) != 16 or not page.startswith("page_"):
        raise bad("Invalid page cursor.", "page")
    if raw[8:].hex() != mark:
        raise bad("Invalid page cursor: it belongs to another query. Repeat every other parameter unchanged.", "page")
    return int.from_bytes(raw[:8], "big")
