"""What the simulated provider charges, as exact integers: picodollars (1e-12 USD) per unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

PICO: Final = 10**12
_UNITS: Final = 10**6

PRICES: Final[dict[str, dict[str, Decimal]]] = {
    "gpt-5": {"input": Decimal("1.25"), "cached input": Decimal("0.125"), "output": Decimal(10)},
    "gpt-5-mini": {"input": Decimal("0.25"), "cached input": Decimal("0.025"), "output": Decimal(2)},
    "gpt-4o-mini-2024-07-18": {"input": Decimal("0.15"), "cached input": Decimal("0.075"), "output": Decimal("0.60")},
    "text-embedding-3-small": {"input": Decimal("0.02")},
    "omni-moderation-latest": {"input": Decimal(0)},
    "gpt-image-1": {"images": Decimal(42000)},
    "tts-1": {"characters": Decimal(15)},
    "whisper-1": {"seconds": Decimal(100)},
    "web search": {"calls": Decimal(10000)},
    "file search": {"calls": Decimal(2500)},
    "code interpreter": {"sessions": Decimal(30000)},
    "vector stores": {"mebibyte hours": Decimal(4)},
    "scale tier": {"seconds": Decimal(400)},
}
"""US dollars per million units (tokens, images, characters, seconds, calls, ...) by model or tool, and component."""


def pico_per_unit(model: str, component: str, share: Decimal = Decimal(1)) -> int:
    """The price of one unit in picodollars; `share` is the part of the list price that is charged (batch: 0.5).

    ValueError if that is no whole number of picodollars: a price is never rounded.
    """
    exact = PRICES[model][component] * share * PICO / _UNITS
    if exact != int(exact):
        raise ValueError(f"{model}, {component}: {exact} is no whole number of picodollars")
    return int(exact)
