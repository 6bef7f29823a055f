"""The few errors that cross a boundary. Each says what is wrong and what to do about it, and carries no secret."""

from __future__ import annotations

from typing import Literal, TypeAlias

Fault: TypeAlias = Literal[
    "client_error", "server_error", "auth_error", "rate_limited", "timeout", "connection", "other"
]
"""What kind of failure a receiver's was, in words that a metric can count."""


class BudgetbotError(Exception):
    """An error meant for a person: one line that names the fix. `exit_code` is what a command ends with."""

    exit_code = 2


class UsageError(BudgetbotError):
    """Wrong usage or configuration: a missing path, a bad setting, an unknown id, a lease held elsewhere."""


class LeaseLost(BudgetbotError):
    """What was to be written for the holder of a lease, which is somebody else by now; nothing of it was."""

    def __init__(self) -> None:
        super().__init__("the lease was lost to another process; nothing was written")


class PolicyError(BudgetbotError):
    """A policy is wrong. `mistakes`, one line each: `FILE:LINE:COLUMN: field.path: what is wrong; what to write`."""

    exit_code = 1

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class SourceError(BudgetbotError):
    """A provider could not be read.

    `permanent` says that trying again without a person's help is pointless (a malformed request); `refused` that it is
    the credential, so that every other request would be refused too;
    `retry_after` (seconds) is what the provider asked for, where it did.
    """

    exit_code = 1

    def __init__(
        self, message: str, *, permanent: bool = False, refused: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.refused = refused
        self.retry_after = retry_after


class DeliveryError(BudgetbotError):
    """A receiver did not confirm.

    `permanent`: sending the same again cannot succeed. `unknown`: the request may have been accepted, so the receiver
    is asked before it is sent again. `retry_after` (seconds) is what the receiver asked for, where it did.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        fault: Fault = "other",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after
        self.fault: Fault = fault
