"""Web addresses from settings and policies, read strictly: what one parser takes, every other reads alike."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

_ADDRESS = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?(?:[/?][!-~]*)?", re.IGNORECASE)


class Address(NamedTuple):
    """Where a URL leads; its path and query may be secrets and are left out."""

    scheme: str
    host: str

    @property
    def loopback(self) -> bool:
        """Whether it stays on this machine."""
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"


def address(url: str) -> Address | None:
    """Where an http or https URL leads; None where it is no such URL, or holds a user name."""
    found = _ADDRESS.fullmatch(url)
    if not found or not 0 < int(found[3] or 443) < 65_536:
        return None
    return Address(found[1].lower(), found[2].lower())
