"""How FOCUS files name providers, and the short names that stand in the ledger."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[\W_]+")
_SHORT = {"amazon-web-services": "aws", "google-cloud-platform": "google-cloud"}
_DISPLAY = {
    "anthropic": "Anthropic",
    "aws": "AWS",
    "google-cloud": "Google Cloud",
    "litellm": "LiteLLM",
    "microsoft": "Microsoft",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
    "oracle": "Oracle",
}
_LENGTH = 60


def slug(name: str) -> str:
    """A ProviderName as a provider of the ledger: "Google Cloud" -> "google-cloud". Raises ValueError for "!"."""
    found = _BETWEEN.sub("-", name.lower()).strip("-")[:_LENGTH].rstrip("-")
    if not found:
        raise ValueError("it has neither letters nor digits")
    return _SHORT.get(found, found)


def display(provider: str) -> str:
    """A provider of the ledger as a ProviderName; the inverse of `slug`."""
    return _DISPLAY.get(provider, provider)
