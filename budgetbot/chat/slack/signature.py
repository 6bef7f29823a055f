"""Whether Slack sent it. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
WINDOW = timedelta(minutes=5)


def signed(secret: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether the raw body bears our signature, made within the window. Header names are lower case.

    Slack's own check raises on a stamp that is no number, and on a signature that is not ASCII; here both are wrong.
    """
    stamp = headers.get(STAMP, "")
    if not secret or not re.fullmatch("[0-9]{1,12}", stamp):
        return False
    if abs(now.timestamp() - int(stamp)) > WINDOW.total_seconds():
        return False
    mine = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={mine}".encode(), headers.get(SIGNATURE, "").encode("utf-8", "replace"))
