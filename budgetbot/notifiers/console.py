"""The screen as receiver: readable blocks of text, in colour only where somebody looks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TextIO

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.table import bars, columns
from budgetbot.notifiers.wording import Message, message
from budgetbot.notifiers.wording_digest import DigestMessage, digest_message
from budgetbot.notifiers.wording_together import Together

_RULE = "─" * 78
_COLOURS = {"WARNING": "33", "CRITICAL": "31", "RESOLVED": "32"}
_BOLD, _DIM, _CYAN = "1", "2", "36"
Line = tuple[str, str]
"""Text and its ANSI style, "" for none."""


class ConsoleNotifier:
    """Prints. A line printed twice does no harm, and nobody can be asked whether it was seen."""

    kind = "console"
    shows_deeds = False

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self.name = name
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Print it whole. Raises DeliveryError where the stream is closed."""
        stream = self._stream or sys.stdout
        text = render(notification, colour=stream.isatty() if not stream.closed else False)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        printable = text.encode(encoding, "replace").decode(encoding)
        try:
            with self._lock:
                stream.write(printable)
                stream.flush()
        except (OSError, ValueError):
            raise DeliveryError(f"{self.name}: the screen is closed; start again with a terminal or a file") from None
        return {}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """A screen cannot be asked."""
        raise DeliveryError(f"{self.name}: a screen cannot be asked what it has shown")

    def check(self) -> list[str]:
        """Nothing can be wrong with a screen."""
        return []

    def close(self) -> None:
        """The stream belongs to the caller."""


def render(notification: Notification, *, colour: bool = False) -> str:
    """The text that is printed."""
    if notification.digest is not None:
        lines = _digest(digest_message(notification.digest))
    else:
        lines = _alert(message(notification))
    return "".join(f"{_styled(text, style) if colour else text}".rstrip() + "\n" for text, style in lines) + "\n"


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


def _alert(spoken: Message) -> list[Line]:
    colour = _COLOURS.get(spoken.badge, _CYAN)
    lines: list[Line] = [
        (_RULE, colour),
        (f"[{spoken.badge}] {spoken.title}", f"{_BOLD};{colour}"),
        (spoken.lead, ""),
        ("", ""),
    ]
    width = max((len(label) for label, _ in spoken.facts), default=0)
    lines += [(f"  {label:<{width}}  {value}", "") for label, value in spoken.facts]
    lines += _list("Driven by", spoken.drivers)
    lines += _list(*spoken.change)
    lines += _together(spoken.together) if spoken.together else []
    steps = [f"{what}: {command}" for what, command in spoken.steps]
    lines += _list("What can be done", [*steps, *([f"Runbook: {spoken.runbook}"] if spoken.runbook else [])])
    return [*lines, ("", ""), *((f"  {line}", _DIM) for line in spoken.context)]


def _together(told: Together) -> list[Line]:
    rest = told.rest(len(told.shown))
    table = [*columns(told.columns, told.shown), *([": ".join(rest)] if rest else [])]
    return [("", ""), (f"  {told.head}", _BOLD), *((f"  {line}", "") for line in table)]


def _digest(spoken: DigestMessage) -> list[Line]:
    lines: list[Line] = [(_RULE, _CYAN), (spoken.title, _BOLD), (spoken.lead, ""), ("", "")]
    lines += [(f"  {line}", "") for line in bars(spoken.chart, 40)]
    if spoken.rows:
        lines += [("", ""), *((f"  {line}", "") for line in columns(spoken.rows_head, spoken.rows))]
    lines += _list("What moved", spoken.movers)
    if spoken.budgets:
        lines += [("", ""), ("  Budgets", _BOLD)]
        lines += [(f"  {line}", "") for line in columns(spoken.budgets_head, spoken.budgets)]
    lines += _list("Open alerts", spoken.alerts)
    return [*lines, ("", ""), *((f"  {line}", _DIM) for line in spoken.context)]


def _list(head: str, items: tuple[str, ...] | list[str]) -> list[Line]:
    return [("", ""), (f"  {head}", _BOLD), *((f"  - {item}", "") for item in items)] if items else []
