"""A real SMTP server on loopback that answers as it is told to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "mailer@example.com", "p:ss/wörd@1"


class FakeSmtp:
    """`mails` is everything that was accepted; `data_replies` are used up in order, then it is 250.

    `refuse` maps a recipient to the answer it gets. `silent_after_data` accepts a mail and then drops the line.
    """

    def __init__(
        self,
        *,
        data_replies: list[str] | None = None,
        refuse: Mapping[str, str] | None = None,
        mail_reply: str | None = None,
        silent_after_data: bool = False,
        login: bool = False,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.logins: list[str] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.tries = 0
        self._replies = list(data_replies or [])
        self._refuse = dict(refuse or {})
        self._mail_reply = mail_reply
        self._silent = silent_after_data
        self.port = free_port()
        auth: dict[str, Any] = {"authenticator": self._login, "auth_require_tls": False} if login else {}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=starttls, ssl_context=tls, **auth
        )

    def __enter__(self) -> FakeSmtp:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(mechanism)
        return AuthResult(success=right, handled=right)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self._mail_reply:
            return self._mail_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self._refuse:
            return self._refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tries += 1
        reply = self._replies.pop(0) if self._replies else "250 OK"
        if reply.startswith("250"):
            parsed = message_from_bytes(envelope.content, policy=default)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
            self.raw.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
            self.encrypted.append(session.ssl is not None)
        if self._silent:
            server.transport.abort()
        return reply


def free_port() -> int:
    """A port that nobody listens on; the mail server cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
