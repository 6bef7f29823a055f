"""How the provider says no: status and `{"error": {message, type, param, code}}`, all four always there."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, dict[str, str | None]] = {
            "error": {"message": message, "type": kind, "param": param, "code": code}
        }


def bad(message: str, param: str | None = None, code: str = "invalid_value") -> Refusal:
    """A 400."""
    return Refusal(400, message, param=param, code=code)
