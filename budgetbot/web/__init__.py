"""The HTTP app: health, metrics, and the JSON API."""

from __future__ import annotations

from budgetbot.web.http import Api, web_app
from budgetbot.web.metrics import exposition

__all__ = ["Api", "exposition", "web_app"]
