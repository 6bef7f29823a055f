"""The Slack app as Slack sets it up from one file. https://docs.slack.dev/reference/app-manifest"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from budgetbot.errors import UsageError
from budgetbot.http.address import address

EXAMPLE = "https://budgetbot.example.com"


def manifest(url: str | None = None) -> str:
    """The manifest as YAML: Socket Mode, or over HTTP where Slack finds budgetbot at `url`. Raises UsageError."""
    folder = files("budgetbot.chat.slack") / "manifests"
    if url is None:
        return (folder / "socket.yaml").read_text()
    if not url.startswith("https://") or address(url) is None:
        raise UsageError(f"--url {url!r} is no https address; write {EXAMPLE}")
    return (folder / "http.yaml").read_text().replace(EXAMPLE, url.rstrip("/"))


def wanted_scopes() -> frozenset[str]:
    """What the app asks for, for the checks of `budgetbot doctor`."""
    known: dict[str, Any] = yaml.safe_load(manifest())
    return frozenset(known["oauth_config"]["scopes"]["bot"])
