"""What kind of failure it was, so that it can be counted."""

from __future__ import annotations

from smtplib import SMTPServerDisconnected

from budgetbot.errors import Fault


def answered(status: int) -> Fault:
    """Of an HTTP answer that does not confirm."""
    if status in (401, 403, 407):
        return "auth_error"
    if status == 429:
        return "rate_limited"
    if status == 408:
        return "timeout"
    if status < 400:  # a redirect, or a page that confirms nothing
        return "other"
    return "server_error" if status >= 500 else "client_error"


def unanswered(error: object) -> Fault:
    """Of a connection that gave no answer. Of silence smtplib says that the line was closed, and why only aside."""
    why = error.__context__ if isinstance(error, SMTPServerDisconnected) else error
    return "timeout" if isinstance(why, TimeoutError) else "connection"
