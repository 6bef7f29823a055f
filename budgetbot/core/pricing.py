"""Usage priced by its own units: what a row of usage costs at list price, component by component. Pure.

Counts follow the ledger's convention: input tokens include cached, cache-write, audio and image tokens; output tokens
include audio and image tokens. Every component is the part that nothing else prices, so that nothing is priced twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from budgetbot.core.match import Match
from budgetbot.core.model import Series
from budgetbot.core.money import NANO, Nano, nano

Component: TypeAlias = str
Rates: TypeAlias = Mapping[Component, Decimal]
"""US dollars a unit, by component."""


class Asked(NamedTuple):
    """What a price is asked for. `mean_input`: input tokens of the mean request, for tiers that apply per request.

    `model` is "" for use that names none, and what the bill calls it for a tool.
    """

    provider: str
    model: str
    day: datetime
    service_tier: str | None
    batch: bool
    mean_input: int


PriceOf: TypeAlias = Callable[[Asked], Rates | None]
"""The rates of a model; None where no price is known."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price that the policy sets, from the day `since` on: `rates` for what `match` means.

    It knows provider, model, service_tier and batch ("true" or "false").
    """

    match: Match
    rates: Rates
    since: date = date.min

    def holds(self, asked: Asked) -> bool:
        """Whether it is the price of what is asked for."""
        subject = {
            "provider": (asked.provider,),
            "model": (asked.model,) if asked.model else (),
            "service_tier": (asked.service_tier,) if asked.service_tier else (),
            "batch": ("true" if asked.batch else "false",),
        }
        return self.since <= asked.day.date() and self.match.meets(subject)


class Used(NamedTuple):
    """One row of usage in one bucket of one report; `metrics` by their names in METRICS."""

    report: str
    series: Series
    start: datetime
    end: datetime
    metrics: Mapping[str, int]


class Weight(NamedTuple):
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

_MILLION = Decimal(10**6)
DEAR: Rates = {
    "input": 15 / _MILLION,
    "cached input": Decimal("1.5") / _MILLION,
    "cache write": Decimal("18.75") / _MILLION,
    "cache write 1h": 30 / _MILLION,
    "audio input": 100 / _MILLION,
    "cached audio input": 20 / _MILLION,
    "image input": 15 / _MILLION,
    "cached image input": Decimal("2.5") / _MILLION,
    "output": 75 / _MILLION,
    "audio output": 200 / _MILLION,
    "image output": 75 / _MILLION,
    "image": Decimal("0.17"),
    "character": 30 / _MILLION,
    "second": Decimal("0.0001"),
    "session": Decimal("0.03"),
}
"""What use counts at that not even a sibling has a price for, US dollars a unit: as at dear models, rather over than
under. Calibration corrects it once such a day has settled."""

FREE: frozenset[str] = frozenset({"moderations"})
"""Reports of what costs nothing, unless the policy has a price for it."""

METERS: frozenset[str] = frozenset({"arthur"})
"""Providers that count tokens and sell none: their use is money only where the policy has a price for it."""


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


@lru_cache(maxsize=4096)
def items(model: str, component: Component) -> tuple[str, ...]:
    """How a bill may name a component of a model, likeliest first."""
    coarse = next((end for end in ("output", "input") if component.endswith(end)), None)
    coarse = "cached input" if component.startswith("cached") else coarse
    written = "input" if component.startswith("cache write") else None
    names = [f"{model}, {part}" for part in (component, coarse, written) if part]
    return tuple(dict.fromkeys((*names, model)))


def weigh(rows: Sequence[Used], price_of: PriceOf) -> list[Weight]:
    """Every row at list price. What has no price counts at the dearest sibling's, never at zero."""
    found: list[Weight] = []
    lacking: list[tuple[Used, dict[Component, int]]] = []
    used: dict[int, Rates] = {}
    for row in rows:
        if row.report in TOOLS:
            found += _tool(row, price_of)
            continue
        rates = price_of(_asked(row))
        if rates is None and (row.report in FREE or row.series.provider in METERS):
            continue
        units = components(row.metrics)
        if rates:
            used[id(rates)] = rates  # few differ, and all are kept
            found += _model(row, units, rates, priced=True)
        if rates is None or not units.keys() <= rates.keys():
            rates = rates or {}
            lacking.append((row, {part: count for part, count in units.items() if part not in rates}))
    dearest = {**DEAR, **_dearest(used.values())} if lacking else {}
    for row, units in lacking:
        found += _model(row, units, dearest, priced=False)
    return found


def _dearest(every: Iterable[Rates]) -> Rates:
    found: dict[Component, Decimal] = {}
    for rates in every:
        for component, rate in rates.items():
            found[component] = max(rate, found.get(component, Decimal(0)))
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


def _model(row: Used, counts: Mapping[Component, int], rates: Rates, *, priced: bool) -> Iterator[Weight]:
    model = row.series.model or row.series.line_item or row.report
    for component, units in counts.items():
        rate = rates.get(component)
        if rate is not None:
            each = _whole_nano(rate)
            amount = nano(rate * units) if each is None else each * units
            yield Weight(row.series, row.start, row.end, items(model, component), amount, priced)


@lru_cache(maxsize=4096)
def _whole_nano(rate: Decimal) -> Nano | None:
    """A rate of whole nano-dollars, as nearly all list prices are: integers are multiplied much faster."""
    numerator, denominator = rate.as_integer_ratio()
    whole, rest = divmod(numerator * NANO, denominator)
    return None if rest else whole


def _tool(row: Used, price_of: PriceOf) -> Iterator[Weight]:
    component, names = TOOLS[row.report]
    metric = {"storage": "bytes", "session": "sessions"}.get(component, "calls")
    units = row.metrics.get(metric) or 0
    if units:
        own = price_of(_asked(row)._replace(model=names[0])) or {}
        rate = own.get("call" if metric == "calls" else component, TOOL_RATES[component])
        share = (row.end - row.start) / timedelta(days=1) if component == "storage" else 1
        yield Weight(row.series, row.start, row.end, names, nano(rate * units * Decimal(share)))
