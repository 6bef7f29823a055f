"""Notifications as mails: pure. Text and HTML say the same; no picture has to be fetched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from budgetbot.core.notification import Notification
from budgetbot.core.text import clean
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.table import bars, columns
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_digest import DigestMessage, digest_message

SUBJECT = 180
_COLOURS = {"WARNING": "#b7791f", "CRITICAL": "#c53030", "RESOLVED": "#2f855a", "CLOSED": "#616e7c"}
_PLAIN = "#2f6fab"


def mail(notification: Notification, sender: str, to: Sequence[str], thread: str | None, install: str) -> EmailMessage:
    """The whole mail. `thread` is the Message-ID of the first mail on the matter. Raises DeliveryError, permanent."""
    subject, text, html = _content(notification, clean(install, 60))
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = _address(sender, clean(install, 60))
        mail["To"] = [_address(one, "") for one in to]
    except (ValueError, IndexError):
        raise DeliveryError("an address is not valid; mend EMAIL_FROM or the receiver's to", permanent=True) from None
    mail["Subject"] = _header(subject, SUBJECT)
    mail["Date"] = format_datetime(notification.created_at)
    mail["Message-ID"] = message_id(notification, sender)
    if thread:
        mail["In-Reply-To"] = mail["References"] = _header(thread, 200)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def message_id(notification: Notification, sender: str) -> str:
    """The same for the same notification, whenever and by whichever process it is sent."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}@{clean(domain)}>"


def _address(text: str, name: str) -> Address:
    known, address = parseaddr(text)
    if clean(text, 400) != text.strip() or not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", address):
        raise ValueError("not an address")
    return Address(_header(known or name, 100), addr_spec=address)


def _header(text: str, most: int) -> str:
    """Encoded words are parted: Python would decode them, and an encoded newline would begin a header of its own."""
    return clean(text, most).replace("=?", "= ?")


def _content(notification: Notification, install: str) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    if notification.digest is not None:
        told = digest_message(notification.digest)
        return told.summary, _digest_text(told, install), _html("digest.html.j2", told=_widths(told), install=install)
    alert = message(notification)
    html = _html("alert.html.j2", told=alert, colour=_COLOURS.get(alert.badge, _PLAIN), install=install)
    return alert.summary, f"{alert.plain()}\nSent by {install}\n", html


def _widths(told: DigestMessage) -> dict[str, object]:
    chart = [{"label": b.label, "amount": b.amount, "size": b.size, "width": max(b.size // 10, 1)} for b in told.chart]
    names = ("title", "lead", "rows_head", "rows", "movers", "budgets_head", "budgets", "alerts", "context")
    return {"chart": chart, **{name: getattr(told, name) for name in names}}


def _digest_text(told: DigestMessage, install: str) -> str:
    lines = [told.title, "", told.lead, "", *bars(told.chart)]
    if told.rows:
        lines += ["", *columns(told.rows_head, told.rows)]
    for head, items in (("What moved", told.movers), ("Open alerts", told.alerts)):
        lines += ["", f"{head}:", *(f"- {item}" for item in items)] if items else []
    if told.budgets:
        lines += ["", "Budgets:", *columns(told.budgets_head, told.budgets)]
    return "\n".join([*lines, "", *told.context, f"Sent by {install}", ""])


def _html(template: str, **values: object) -> str:
    return _templates().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = PackageLoader("budgetbot.notifiers", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
