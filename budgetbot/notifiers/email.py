"""E-mail as receiver: SMTP_URL names the server, EMAIL_FROM the sender."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from email.utils import parseaddr

from pydantic import SecretStr

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.email_message import mail
from budgetbot.notifiers.fault import unanswered
from budgetbot.notifiers.smtp_server import Server, connected, failed, parse, reply

Refused = dict[str, str]
"""Address to the server's answer."""


class EmailNotifier:
    """One list of people, each mail addressed to all of them."""

    kind = "email"
    shows_deeds = False

    def __init__(
        self,
        name: str,
        smtp_url: SecretStr | None,
        sender: str | None,
        to: Sequence[str],
        install: str = "budgetbot",
        timeout: float = 20,
    ) -> None:
        self.name = name
        self._url = smtp_url
        self._sender = sender
        self._to = tuple(dict.fromkeys(to))
        self._install = install
        self._timeout = timeout

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Hand it in; {"message_id", "thread", "refused"?}. Confirmed when one of the people was accepted."""
        server, sender = self._server(), self._from()
        thread = str(parent.get("thread") or parent.get("message_id") or "") if parent else ""
        message = mail(notification, sender, self._to, thread or None, self._install)
        with connected(server, self._timeout) as smtp:
            refused = self._hand_in(smtp, parseaddr(sender)[1], message.as_bytes())
        sent = str(message["Message-ID"])
        place: dict[str, Json] = {"message_id": sent, "thread": thread or sent}
        return {**place, "refused": {**refused}} if refused else place

    def _hand_in(self, smtp: smtplib.SMTP, sender: str, content: bytes) -> Refused:
        try:
            code, said = smtp.mail(sender)
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, said, sender)
            refused, permanent = self._recipients(smtp)
        except (OSError, smtplib.SMTPException) as error:
            raise failed(self.name, error) from None
        if len(refused) == len(self._to):
            answers = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
            told = f"{self.name}: every recipient was refused: {answers}"
            raise DeliveryError(told, permanent=permanent, fault="client_error" if permanent else "server_error")
        self._data(smtp, content)
        return refused

    def _recipients(self, smtp: smtplib.SMTP) -> tuple[Refused, bool]:
        """Who was refused, and whether for good."""
        answers = {address: smtp.rcpt(address) for address in self._to}
        refused = {address: answer for address, answer in answers.items() if answer[0] not in (250, 251)}
        return {a: reply(*answer) for a, answer in refused.items()}, all(code >= 500 for code, _ in refused.values())

    def _data(self, smtp: smtplib.SMTP, content: bytes) -> None:
        try:
            code, said = smtp.data(content)
        except smtplib.SMTPDataError as error:
            raise failed(self.name, error) from None
        except (OSError, smtplib.SMTPException) as error:
            told = f"{self.name}: lost after the mail was handed in ({type(error).__name__})"
            raise DeliveryError(told, unknown=True, fault=unanswered(error)) from None
        if code != 250:
            raise failed(self.name, smtplib.SMTPDataError(code, said))

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Mail cannot be asked where it is; its Message-ID stays the same, so that a second one can be told."""
        raise DeliveryError(f"{self.name}: a mail server cannot be asked what it has delivered")

    def check(self) -> list[str]:
        """Settings, connection, encryption and login; nothing is sent."""
        try:
            server = self._server()
            self._from()
            with connected(server, self._timeout) as smtp:
                code, said = smtp.noop()
        except (DeliveryError, OSError, smtplib.SMTPException) as error:
            return [f"{self.name}: {str(error).removeprefix(f'{self.name}: ')}"]
        return [] if code == 250 else [f"{self.name}: the mail server answers {reply(code, said)}"]

    def close(self) -> None:
        """Nothing is held between mails."""

    def _server(self) -> Server:
        if self._url is None:
            raise DeliveryError(f"{self.name}: SMTP_URL is not set; give smtp://user:password@host:587", permanent=True)
        return parse(self._url)

    def _from(self) -> str:
        if not self._sender or "@" not in parseaddr(self._sender)[1]:
            fix = "give the address that mails come from"
            raise DeliveryError(f"{self.name}: EMAIL_FROM is not set to an address; {fix}", permanent=True)
        return self._sender
