"""Families of usage: what is counted, and what of it is billed as which line item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a family that has a price of its own. `per` counted units make one unit of the billed quantity."""

    name: str
    of: tuple[str, ...]
    label: str = "{model}, {name}"
    unit: str | None = "tokens"
    per: int = 1

    def line_item(self, model: str) -> str:
        return self.label.format(model=model, name=self.name)


@dataclass(frozen=True, slots=True)
class Family:
    """`counted` are integers that add up over time and over streams; the first one decides whether there was any use.

    A steady family is the same at every hour.
    """

    name: str
    counted: tuple[str, ...]
    components: tuple[Component, ...]
    steady: bool = False


_FRESH: Final = ("text", "image", "write_30m", "write_12h")
_CHAT: Final = ("requests", *_FRESH, "cached_text", "cached_image", "output")
_CHAT_PRICED: Final = (
    Component("input", _FRESH),
    Component("cached input", ("cached_text", "cached_image")),
    Component("output", ("output",)),
)

FAMILIES: Final[tuple[Family, ...]] = (
    Family("completions", _CHAT, _CHAT_PRICED),
    Family("decisions", _CHAT, _CHAT_PRICED),
    Family("embeddings", ("requests", "tokens"), (Component("input", ("tokens",)),)),
    Family("moderations", ("requests", "tokens"), (Component("input", ("tokens",)),)),
    Family("images", ("requests", "images"), (Component("images", ("images",), "{model}", "images"),)),
    Family(
        "audio_speeches",
        ("requests", "characters"),
        (Component("characters", ("characters",), "{model}", "characters"),),
    ),
    Family(
        "audio_transcriptions",
        ("requests", "seconds"),
        (Component("seconds", ("seconds",), "{model}", "duration_seconds"),),
    ),
    Family(
        "vector_stores",
        ("mebibytes",),
        (Component("mebibyte hours", ("mebibytes",), "file search storage", "gibibyte_hours", per=1024),),
        steady=True,
    ),
    Family(
        "code_interpreter_sessions",
        ("sessions",),
        (Component("sessions", ("sessions",), "code interpreter sessions", None),),
    ),
    Family("file_search_calls", ("calls",), (Component("calls", ("calls",), "file search tool calls", None),)),
    Family(
        "web_search_calls",
        ("requests", "calls"),
        (Component("calls", ("calls",), "web search tool calls", None),),
    ),
    Family(
        "commitment",
        ("seconds",),
        (Component("seconds", ("seconds",), "scale tier", "duration_seconds"),),
        steady=True,
    ),
)
"""In a fixed order: a family's place seeds its noise. `commitment` is billed to no project and has no usage report."""
