"""The HTTP app: health, and the JSON API."""

from __future__ import annotations

from budgetbot.web.http import Api, web_app

__all__ = ["Api", "web_app"]
