"""Foreign text that may repeat a secret it was sent."""

from __future__ import annotations

from collections.abc import Sequence


def hidden(text: str, secrets: Sequence[str]) -> str:
    """`text` with *** for every secret; nothing but *** where one stands in it broken up by blanks."""
    for secret in secrets:
        text = text.replace(secret, "***")
        if secret in "".join(text.split()):
            return "***"
    return text
