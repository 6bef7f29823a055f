"""List prices: the policy's own first, then the dated table of `genai-prices` (https://github.com/pydantic/genai-prices).

Prices are for estimates between bills; the bill stays the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from budgetbot.core.pricing import Asked, Component, Price, PriceOf, Rates

_MILLION = Decimal(10**6)
_UNITS: dict[Component, tuple[tuple[str, Decimal], ...]] = {
    "input": (("input_mtok", _MILLION),),
    "cached input": (("cache_read_mtok", _MILLION), ("input_mtok", _MILLION)),
    "cache write": (("cache_write_mtok", _MILLION), ("input_mtok", _MILLION)),
    "cache write 1h": (("cache_write_1h_mtok", _MILLION), ("cache_write_mtok", _MILLION), ("input_mtok", _MILLION)),
    "audio input": (("input_audio_mtok", _MILLION), ("input_mtok", _MILLION)),
    "cached audio input": (("cache_audio_read_mtok", _MILLION), ("cache_read_mtok", _MILLION)),
    "image input": (("input_image_mtok", _MILLION), ("input_mtok", _MILLION)),
    "cached image input": (("cache_image_read_mtok", _MILLION), ("cache_read_mtok", _MILLION)),
    "output": (("output_mtok", _MILLION),),
    "audio output": (("output_audio_mtok", _MILLION), ("output_mtok", _MILLION)),
    "image output": (("output_image_mtok", _MILLION), ("output_mtok", _MILLION)),
    "character": (("input_mchars", _MILLION),),
    "second": (("input_audio_hours", Decimal(3600)), ("audio_hours", Decimal(3600))),
}
"""Where the table keeps the rate of a component: the first that is there, and how many units it is for."""

IMAGE_RATES: dict[str, Decimal] = {
    "gpt-image-1": Decimal("0.042"),
    "gpt-image-1-mini": Decimal("0.011"),
    "gpt-image-1.5": Decimal("0.034"),
    "dall-e-3": Decimal("0.04"),
    "dall-e-2": Decimal("0.02"),
}
"""US dollars an image of medium quality (https://platform.openai.com/docs/pricing); calibration does the rest."""


_LIKE: dict[Component, tuple[Component, ...]] = {
    "cached input": ("input",),
    "cache write": ("input",),
    "cache write 1h": ("cache write", "input"),
    "audio input": ("input",),
    "cached audio input": ("cached input", "audio input", "input"),
    "image input": ("input",),
    "cached image input": ("cached input", "image input", "input"),
    "audio output": ("output",),
    "image output": ("output",),
}
"""What a part costs that the policy's price does not name: nothing that is used counts at zero."""


def price_book(own: Sequence[Price] = ()) -> PriceOf:
    """A function from what is asked for to its rates, None where nobody knows them.

    Of the policy's `own` prices that hold on a day the latest wins, rate by rate; of those as late, the last.
    """
    by_age = sorted(own, key=lambda price: price.since)

    @lru_cache(maxsize=65_536)
    def rates(asked: Asked) -> Rates | None:
        set_by_policy: dict[Component, Decimal] = {}
        for price in by_age:
            if price.holds(asked):
                set_by_policy.update(price.rates)
        listed = (_listed(asked) if asked.model else None) or {}
        return _filled({**listed, **set_by_policy}) if set_by_policy else listed or None

    return lambda asked: rates(Asked(*asked[:5], _bracket(asked.mean_input)))


def _filled(rates: dict[Component, Decimal]) -> Rates:
    for component, others in _LIKE.items():
        like = next((rates[other] for other in others if other in rates), None)
        if like is not None:
            rates.setdefault(component, like)
    return rates


def _bracket(tokens: int) -> int:
    """Tiers begin beyond whole thousands of tokens; fewer different questions are answered from memory."""
    return -(-tokens // 1000) * 1000


def _listed(asked: Asked) -> Rates | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, model = get_snapshot().find_provider_model(asked.model, None, asked.provider, None)
    except LookupError:
        return None
    context: dict[str, Any] = {}
    if asked.service_tier not in (None, "default", "standard", "batch"):
        context["service_tier"] = asked.service_tier
    if asked.batch:
        context["processing"] = "batch"
    table = vars(model.get_prices(asked.day, context or None))
    found = {name: rate for name, keys in _UNITS.items() if (rate := _rate(table, keys, asked.mean_input)) is not None}
    if asked.model in IMAGE_RATES:
        found["image"] = IMAGE_RATES[asked.model]
    return found or None


def _rate(table: dict[str, Any], keys: tuple[tuple[str, Decimal], ...], mean_input: int) -> Decimal | None:
    for key, units in keys:
        price = table.get(key)
        if price is None:
            continue
        tiers = getattr(price, "tiers", None)
        if tiers is not None:  # above a threshold the whole request is priced by the tier, so the mean request decides
            price = next((t.price for t in reversed(tiers) if mean_input > t.start), price.base)
        return Decimal(price) / units
    return None
