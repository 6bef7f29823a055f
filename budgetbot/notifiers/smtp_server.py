"""A mail server as SMTP_URL names it, and a connection to it that is safe for a password."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from budgetbot.core.text import clean
from budgetbot.errors import DeliveryError, Fault
from budgetbot.notifiers.fault import unanswered

_FORM = "SMTP_URL: not a mail server's address; write smtp://user:password@host:587 or smtps://user:password@host"


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def loopback(self) -> bool:
        """On this machine, where nobody listens in."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


def parse(url: SecretStr) -> Server:
    """The server of an SMTP_URL; user and password are percent-decoded. Raises DeliveryError without showing it."""
    try:
        parts = urlsplit(url.get_secret_value().strip())
        port = parts.port
    except ValueError:
        raise DeliveryError(_FORM, permanent=True) from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or (parts.username and parts.password is None):
        raise DeliveryError(_FORM, permanent=True)
    tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    return Server(parts.hostname, port or (465 if tls else 587), tls, user, unquote(parts.password or "") or None)


@contextmanager
def connected(server: Server, timeout: float) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted (where offered) and logged-in connection. Raises DeliveryError where it is not to be had."""
    where = f"mail server {clean(server.host)}:{server.port}"
    try:
        smtp = _open(server, timeout)
    except (OSError, smtplib.SMTPException) as error:
        raise failed(where, error) from None
    try:
        try:
            _greet(smtp, server, where)
        except (OSError, smtplib.SMTPException) as error:
            raise failed(where, error) from None
        yield smtp
    finally:
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        smtp.close()


def _open(server: Server, timeout: float) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=timeout)


def _greet(smtp: smtplib.SMTP, server: Server, where: str) -> None:
    smtp.ehlo_or_helo_if_needed()
    encrypted = server.tls
    if not encrypted and smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()
        encrypted = True
    if server.user is None or server.password is None:
        return
    if not encrypted and not server.loopback:
        raise DeliveryError(
            f"{where} offers no TLS, so the password is not sent; use smtps:// or another", permanent=True
        )
    _login(smtp, server.user, server.password)


def _login(smtp: smtplib.SMTP, user: str, password: str) -> None:
    if f"{user}{password}".isascii():
        smtp.login(user, password)
        return
    # smtplib encodes a login as ASCII only; PLAIN is UTF-8: https://www.rfc-editor.org/rfc/rfc4616
    token = b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, said = smtp.docmd("AUTH", f"PLAIN {token}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, said)


def failed(where: str, error: OSError | smtplib.SMTPException) -> DeliveryError:
    """What a failure means that came before the mail was handed in: 5xx is permanent, everything else passes."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        permanent = error.smtp_code >= 500
        told = f"{where} refuses the login ({error.smtp_code}); mend SMTP_URL"
        return DeliveryError(told, permanent=permanent, fault="auth_error")
    if isinstance(error, ssl.SSLCertVerificationError):
        fix = "name its authority's certificate in SSL_CERT_FILE"
        told = f"{where} has a certificate that nobody vouches for; {fix}"
        return DeliveryError(told, permanent=True, fault="connection")
    if isinstance(error, smtplib.SMTPResponseException):
        said = reply(error.smtp_code, error.smtp_error)
        permanent = error.smtp_code >= 500
        kind: Fault = "client_error" if permanent else "server_error"
        return DeliveryError(f"{where} answers {said}", permanent=permanent, fault=kind)
    return DeliveryError(f"{where} cannot be reached ({type(error).__name__})", fault=unanswered(error))


def reply(code: int, said: bytes | str) -> str:
    """A server's answer in one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {clean(text, 200)}".strip()
