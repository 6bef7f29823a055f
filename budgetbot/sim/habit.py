"""What a key with a certain purpose is used for: how often, of what size, at which hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Habit:
    """`rate` is the mean count per hour of what the family counts first; `sizes` are the other counts per one of it.

    `extra` are dimensions beyond who and which model. `shared` use is reported for the project, not for its keys.
    """

    family: str
    model: str
    rate: float
    sizes: Mapping[str, float] = field(default_factory=dict)
    profile: str = "daily"
    priced_as: str = ""
    batch: bool = False
    tier: str = "default"
    agents: bool = False
    shared: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


def _chat(
    model: str,
    rate: float,
    sizes: tuple[float, float, float],
    profile: str = "daily",
    *,
    batch: bool = False,
    tier: str = "default",
    agents: bool = False,
    images: float = 0,
) -> Habit:
    """`sizes` are fresh input, cached input and output tokens of one request; a part of the fresh is cache writes."""
    fresh, cached, output = sizes
    parts = {
        "text": fresh * 0.9,
        "write_30m": fresh * 0.08 if cached else 0,
        "write_12h": fresh * 0.02 if agents else 0,
        "cached_text": cached,
        "output": output,
        "image": images,
        "cached_image": images / 4,
    }
    return Habit("completions", model, rate, parts, profile, batch=batch, tier=tier, agents=agents)


def _web_search(rate: float, level: str) -> Habit:
    return Habit(
        "web_search_calls", "gpt-5-mini", rate, {"calls": 1.3}, priced_as="web search", extra={"context_level": level}
    )


_IMAGES: Final = tuple(
    Habit("images", "gpt-image-1", rate, {"images": 1.2}, extra={"size": size, "source": source})
    for rate, size, source in (
        (12, "1024x1024", "image.generation"),
        (5, "1024x1536", "image.generation"),
        (3, "1024x1024", "image.edit"),
    )
)

HABITS: Final[dict[str, tuple[Habit, ...]]] = {
    "agent": (_chat("gpt-5", 240, (4000, 5000, 800), agents=True),),
    "notebook": (
        _chat("gpt-5", 12, (1500, 500, 600), "office"),
        _chat("gpt-5-mini", 20, (1500, 500, 600), "office"),
        Habit("code_interpreter_sessions", "", 2, {}, "office", priced_as="code interpreter", shared=True),
    ),
    "eval": (
        _chat("gpt-5", 30, (1200, 0, 500), "flat", batch=True),
        _chat("gpt-5-mini", 120, (1200, 0, 500), "flat", tier="flex"),
    ),
    "embed": (Habit("embeddings", "text-embedding-3-small", 300, {"tokens": 2400}),),
    "prod": (
        _chat("gpt-5-mini", 900, (900, 1400, 260), images=120),
        _chat("gpt-4o-mini-2024-07-18", 1500, (700, 300, 180)),
        Habit("moderations", "omni-moderation-latest", 1500, {"tokens": 160}),
    ),
    "images": _IMAGES,
    "voice": (
        Habit("audio_speeches", "tts-1", 60, {"characters": 420}, "office"),
        Habit("audio_transcriptions", "whisper-1", 70, {"seconds": 95}, "office"),
    ),
    "search": (
        _chat("gpt-5-mini", 150, (2600, 900, 300)),
        _web_search(25, "low"),
        _web_search(15, "medium"),
        Habit("file_search_calls", "", 60, {}, priced_as="file search"),
        Habit("vector_stores", "", 9000, {}, "flat", priced_as="vector stores", shared=True),
    ),
    "nightly": (_chat("gpt-5-mini", 220, (3500, 1500, 700), "night"),),
    "big": (_chat("gpt-5", 20, (9000, 3000, 1800), "office"),),
    "tools": (_chat("gpt-5-mini", 90, (1200, 300, 350), "office"),),
    "batch": (_chat("gpt-4o-mini-2024-07-18", 2500, (900, 0, 220), "night", batch=True),),
    "sandbox": (_chat("gpt-4o-mini-2024-07-18", 25, (800, 100, 250), "office"),),
}

# fmt: off
_DAILY: Final = (
    0.5, 0.4, 0.35, 0.3, 0.35, 0.5, 0.7, 0.9, 1.1, 1.3, 1.4, 1.4,
    1.35, 1.4, 1.45, 1.4, 1.4, 1.35, 1.3, 1.2, 1.1, 1.0, 0.8, 0.6,
)
_OFFICE: Final = (
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 1.2, 2.4, 2.6, 2.6, 2.4,
    1.8, 2.4, 2.6, 2.4, 2.0, 1.2, 0.6, 0.4, 0.3, 0.2, 0.1, 0.1,
)
_NIGHT: Final = (
    1.0, 6.0, 7.0, 5.0, 2.0, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1,
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.5,
)
# fmt: on

PROFILES: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "flat": ((1.0,) * 24, (1.0,) * 7),
    "daily": (_DAILY, (1.1, 1.15, 1.15, 1.1, 1.0, 0.75, 0.75)),
    "office": (_OFFICE, (1.3, 1.4, 1.4, 1.3, 1.1, 0.25, 0.25)),
    "night": (_NIGHT, (1.1, 1.1, 1.1, 1.1, 1.1, 0.75, 0.75)),
}
"""Hours of the day and days of the week (Monday first), UTC; scaled to a mean of one where they are used."""
