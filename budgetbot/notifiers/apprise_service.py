"""From a service's address to what posts there: apprise, which is loaded here alone, and what it must not do.

It keeps nothing, follows no redirect, fetches no picture and waits for nobody; of what it logs, HTTP statuses are kept.
https://github.com/caronc/apprise
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from budgetbot.http.address import address
from budgetbot.notifiers.apprise_text import Style, units, wire

if TYPE_CHECKING:
    from apprise import NotifyBase

INSTALL = "pip install 'budgetbot[apprise]'"
_NTFY = re.compile(r"(https?)://([^/]+)/([A-Za-z0-9_-]{1,64})/?")
_STATUS = re.compile(r"error=(\d{3})\b")
_CARD = 24_000  # a card in Teams is refused beyond 28 KB
_TEXT = 20_000
_REST = 30.0  # seconds for which whoever takes no more for now is left alone at least


class Kind(NamedTuple):
    """What a service of this kind is called, which addresses lead to it, and how the one it gives looks."""

    name: str
    schemas: frozenset[str]
    example: str


KINDS = {
    "teams": Kind(
        "Teams",
        frozenset({"workflow", "workflows"}),
        "https://HOST/workflows/ID/triggers/manual/paths/invoke?...&sig=..., as Workflows gives it",
    ),
    "discord": Kind("Discord", frozenset({"discord"}), "https://discord.com/api/webhooks/ID/TOKEN"),
    "ntfy": Kind("ntfy", frozenset({"ntfy", "ntfys"}), "https://ntfy.sh/TOPIC"),
    "apprise": Kind("apprise", frozenset(), "SERVICE://..., as https://appriseit.com/services/ says"),
}


class _Statuses(logging.Filter):
    """Of all that apprise logs, the last HTTP status in each thread: the rest may hold addresses, and goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the status, if it tells of one, and drop the record."""
        found = _STATUS.search(record.getMessage())
        if found:
            self.seen.status = found[1]
        return False


_statuses = _Statuses()
_logger = logging.getLogger("apprise")
_logger.propagate = False
_logger.setLevel(logging.WARNING)
_logger.addFilter(_statuses)
logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings name whole addresses


def installed() -> bool:
    """Whether the extra is there; nothing is loaded."""
    return find_spec("apprise") is not None


def wrong(kind: str, url: str) -> str | None:
    """What to say of an address that is none of this kind of service; None where it is one. Needs apprise."""
    found = address(url)
    if kind == "ntfy" and found and found.scheme == "http" and not found.loopback:
        return "is not https; write an https address"
    if service(kind, url, 1) is None:
        return f"is no address of {KINDS[kind].name}; write {KINDS[kind].example}"
    return None


def service(kind: str, url: str, timeout: float) -> NotifyBase | None:
    """What posts to this address once: it remembers what it was asked to send. None where it is no such address."""
    from apprise import Apprise, AppriseAsset
    from apprise.plugins.discord import NotifyDiscord

    asset = AppriseAsset(
        async_mode=False,
        storage_mode="memory",
        app_id="budgetbot",
        app_desc="budgetbot",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
    )
    plugin = Apprise.instantiate(_native(kind, url), asset=asset)
    if plugin is None or (KINDS[kind].schemas and plugin.schema not in KINDS[kind].schemas):
        return None
    if getattr(plugin, "topics", None) == []:  # ntfy without any
        return None
    plugin.redirects = False
    plugin.socket_connect_timeout = plugin.socket_read_timeout = timeout
    plugin.throttle = _at_once  # type: ignore[method-assign]
    if isinstance(plugin, NotifyDiscord):
        plugin.flags = 4  # no previews of links
        plugin.throttle = _once()  # type: ignore[method-assign]
    return plugin


def _native(kind: str, url: str) -> str:
    """apprise knows the addresses that services give, but of ntfy only those of its public server."""
    found = _NTFY.fullmatch(url) if kind == "ntfy" and address(url) else None
    return f"ntfy{'s' if found[1] == 'https' else ''}://{found[2]}/{found[3]}?mode=private" if found else url


def _at_once(last_io: object = None, wait: float | None = None) -> None:
    """Delivery waits, where it holds up nobody else; a server may ask for hours."""


class _Waits(Exception):
    """Discord takes nothing for now; apprise would ask again at once."""


def _once() -> Callable[..., None]:
    """Called before every request of one message."""
    asked: list[bool] = []

    def throttle(last_io: object = None, wait: float | None = None) -> None:
        if asked:
            raise _Waits
        asked.append(True)

    return throttle


def style(plugin: NotifyBase) -> Style:
    """How its service takes text."""
    if plugin.schema in KINDS["discord"].schemas:
        return Style(2000, units, markdown=True, code=True)
    if plugin.schema in KINDS["teams"].schemas:
        return Style(_CARD, wire, markdown=True, joint="\n\n")
    if plugin.schema in KINDS["ntfy"].schemas:
        return Style(4096, wire)
    return Style(min(plugin.body_maxlen or _TEXT, _TEXT), units, title=min(plugin.title_maxlen or 200, 200))


class Outcome(NamedTuple):
    """Whether the service took it; else the HTTP status, where it told one, and the seconds it asks to wait."""

    taken: bool
    status: int | None = None
    wait: float | None = None


def post(plugin: NotifyBase, title: str, text: str, how: str) -> Outcome:
    """Once. `how`: info, warning ..."""
    from apprise import NotifyFormat

    _statuses.seen.status = None
    given = None if style(plugin).markdown else NotifyFormat.TEXT
    try:
        taken = plugin.notify(body=text, title=title, notify_type=how, body_format=given)
    except _Waits:
        until: datetime = plugin.ratelimit_reset.replace(tzinfo=UTC)  # type: ignore[attr-defined]
        return Outcome(False, 429, max(_REST, (until - datetime.now(UTC)).total_seconds()))
    status = int(_statuses.seen.status) if _statuses.seen.status else None
    return Outcome(bool(taken), status, _REST if status == 429 else None)
