"""Usage priced by its own units: what a row of usage costs at list price, component by component. Pure.

Counts follow the ledger's convention: input tokens include cached, cache-write, audio and image tokens; output tokens
include audio and image tokens. Every component is the part that nothing else prices, so that nothing is priced twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from budgetbot.core.model import Series
from budgetbot.core.money import Nano, nano

Component: TypeAlias = str
Rates: TypeAlias = Mapping[Component, Decimal]
"""US dollars a unit, by component."""


class Asked(NamedTuple):
    """What a price is asked for. `mean_input`: input tokens of the mean request, for tiers that apply per request."""

    provider: str
    model: str
    day: datetime
    service_tier: str | None
    batch: bool
    mean_input: int


PriceOf: TypeAlias = Callable[[Asked], Rates | None]
"""The rates of a model; None where no price is known."""


class Used(NamedTuple):
    """One row of usage in one bucket of one report; `metrics` by their names in METRICS."""

    report: str
    series: Series
    start: datetime
    end: datetime
    metrics: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Weight:
    """What one component of one row of usage costs at list price. `items`: how a bill may name it, likeliest first.

    `priced` is False where no price is known: it counts at the dearest sibling's.
    """

    series: Series
    start: datetime
    end: datetime
    items: tuple[str, ...]
    amount: Nano
    priced: bool = True


TOOLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "web_search_calls": ("web search", ("web search tool calls", "web search")),
    "file_search_calls": ("file search", ("file search tool calls", "file search")),
    "code_interpreter_sessions": ("session", ("code interpreter sessions", "code interpreter")),
    "vector_stores": ("storage", ("file search storage", "vector store storage", "vector stores")),
}
"""Reports whose usage belongs to a tool and not to a model: the priced component, and the bill's names."""

TOOL_RATES: Rates = {
    "web search": Decimal("0.01"),
    "file search": Decimal("0.0025"),
    "session": Decimal("0.03"),
    "storage": Decimal("0.10") / 2**30,  # a GiB and day
}
"""List prices of tools, US dollars a unit (https://platform.openai.com/docs/pricing)."""


def components(metrics: Mapping[str, int]) -> dict[Component, int]:
    """The counts of a row by what prices them, none counted twice."""

    def count(name: str) -> int:
        return metrics.get(name) or 0

    cached, cached_audio, cached_image = (
        count("input_cached_tokens"), count("input_cached_audio_tokens"), count("input_cached_image_tokens"),
    )  # fmt: skip
    written, hour = count("input_cache_write_tokens"), count("input_cache_write_1h_tokens")
    audio, image = count("input_audio_tokens"), count("input_image_tokens")
    out_audio, out_image = count("output_audio_tokens"), count("output_image_tokens")
    found = {
        "input": count("input_tokens") - cached - written - audio - image,
        "cached input": cached - cached_audio - cached_image,
        "cache write": written - hour,
        "cache write 1h": hour,
        "audio input": audio,
        "cached audio input": cached_audio,
        "image input": image,
        "cached image input": cached_image,
        "output": count("output_tokens") - out_audio - out_image,
        "audio output": out_audio,
        "image output": out_image,
        "image": count("images"),
        "character": count("characters"),
        "second": count("seconds"),
        "session": count("sessions"),
    }
    return {name: units for name, units in found.items() if units > 0}


def items(model: str, component: Component) -> tuple[str, ...]:
    """How a bill may name a component of a model, likeliest first."""
    coarse = next((end for end in ("cached input", "output", "input") if component.endswith(end)), None)
    written = "input" if component.startswith("cache write") else None
    names = [f"{model}, {part}" for part in (component, coarse, written) if part]
    return tuple(dict.fromkeys((*names, model)))


def weigh(rows: Sequence[Used], price_of: PriceOf) -> list[Weight]:
    """Every row at list price. What has no price counts at the dearest sibling's, never at zero."""
    found: list[Weight] = []
    unpriced: list[Used] = []
    dearest: dict[Component, Decimal] = {}
    for row in rows:
        if row.report in TOOLS:
            found += _tool(row)
            continue
        rates = price_of(_asked(row)) if row.series.model is not None else None
        if rates is None:
            unpriced.append(row)
            continue
        for component, rate in rates.items():
            dearest[component] = max(rate, dearest.get(component, Decimal(0)))
        found += _model(row, rates, priced=True)
    for row in unpriced:
        found += _model(row, dearest, priced=False)
    return found


def _asked(row: Used) -> Asked:
    requests = row.metrics.get("requests") or 1
    return Asked(
        provider=row.series.provider,
        model=row.series.model or "",
        day=row.start.replace(hour=0),
        service_tier=row.series.service_tier,
        batch=row.series.batch == "true",
        mean_input=(row.metrics.get("input_tokens") or 0) // max(requests, 1),
    )


def _model(row: Used, rates: Rates, *, priced: bool) -> Iterator[Weight]:
    model = row.series.model or row.report
    for component, units in components(row.metrics).items():
        rate = rates.get(component)
        if rate is not None:
            amount = nano(rate * units)
            yield Weight(row.series, row.start, row.end, items(model, component), amount, priced)


def _tool(row: Used) -> Iterator[Weight]:
    component, names = TOOLS[row.report]
    metric = {"storage": "bytes", "session": "sessions"}.get(component, "calls")
    units = row.metrics.get(metric) or 0
    if units:
        share = (row.end - row.start) / timedelta(days=1) if component == "storage" else 1
        amount = nano(TOOL_RATES[component] * units * Decimal(share))
        yield Weight(row.series, row.start, row.end, names, amount)
