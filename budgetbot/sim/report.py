"""The usage reports and the costs report as documented: paths, objects, measures, filters, groupings.

https://platform.openai.com/docs/api-reference/usage and the types of the official `openai` package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MINUTE, HOUR, DAY = 60, 3600, 86400
WIDTHS: Final = {"1m": MINUTE, "1h": HOUR, "1d": DAY}
USAGE_LIMITS: Final = {"1m": (60, 1440), "1h": (24, 168), "1d": (7, 31)}
COSTS_LIMITS: Final = {"1d": (7, 180)}


@dataclass(frozen=True, slots=True)
class Report:
    """`measures` maps each documented number to the counted parts it is the sum of (none: always zero).

    `filters` maps a query parameter to the dimension it selects on; `choices` closes the values of some.
    `limits` maps a bucket width to the default and the largest limit.
    """

    name: str
    path: str
    object: str
    groups: tuple[str, ...]
    filters: Mapping[str, str]
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int]] = field(default_factory=lambda: USAGE_LIMITS)
    batch: bool = False
    level: bool = False


_WHO: Final = ("project_id", "user_id", "api_key_id")
_BY_WHO: Final = {"project_ids": "project_id", "user_ids": "user_id", "api_key_ids": "api_key_id"}
_BY_MODEL: Final = {**_BY_WHO, "models": "model"}
_FRESH: Final = ("text", "image")
_WRITTEN: Final = ("write_30m", "write_12h")
_CACHED: Final = ("cached_text", "cached_image")
_CHAT: Final[dict[str, tuple[str, ...]]] = {
    "input_tokens": (*_FRESH, *_WRITTEN, *_CACHED),
    "output_tokens": ("output",),
    "num_model_requests": ("requests",),
    "input_cached_tokens": _CACHED,
    "input_cache_write_tokens": _WRITTEN,
    "input_cache_write_30m_tokens": ("write_30m",),
    "input_cache_write_12h_tokens": ("write_12h",),
    "input_uncached_tokens": _FRESH,
    "input_text_tokens": ("text",),
    "output_text_tokens": ("output",),
    "input_cached_text_tokens": ("cached_text",),
    "input_audio_tokens": (),
    "input_cached_audio_tokens": (),
    "output_audio_tokens": (),
    "input_image_tokens": ("image",),
    "input_cached_image_tokens": ("cached_image",),
    "output_image_tokens": (),
}
_REQUESTS: Final = {"num_model_requests": ("requests",)}


def _usage(
    name: str,
    measures: Mapping[str, tuple[str, ...]],
    *,
    groups: tuple[str, ...] = (*_WHO, "model"),
    filters: Mapping[str, str] = _BY_MODEL,
    choices: Mapping[str, tuple[str, ...]] | None = None,
    kind: str = "",
    level: bool = False,
) -> Report:
    return Report(
        name=name,
        path=f"/v1/organization/usage/{name}",
        object=f"organization.usage.{kind or name}.result",
        groups=groups,
        filters=filters,
        measures=measures,
        choices=choices or {},
        batch="batch" in groups,
        level=level,
    )


_CHAT_GROUPS: Final = (*_WHO, "model", "batch", "service_tier", "api_source")

USAGE: Final[tuple[Report, ...]] = (
    _usage("completions", _CHAT, groups=_CHAT_GROUPS),
    _usage("decisions", _CHAT, groups=_CHAT_GROUPS),
    _usage("embeddings", {"input_tokens": ("tokens",), **_REQUESTS}),
    _usage("moderations", {"input_tokens": ("tokens",), **_REQUESTS}),
    _usage(
        "images",
        {"images": ("images",), **_REQUESTS},
        groups=(*_WHO, "model", "size", "source"),
        filters={**_BY_MODEL, "sizes": "size", "sources": "source"},
        choices={
            "sizes": ("256x256", "512x512", "1024x1024", "1792x1792", "1024x1792"),
            "sources": ("image.generation", "image.edit", "image.variation"),
        },
    ),
    _usage("audio_speeches", {"characters": ("characters",), **_REQUESTS}),
    _usage("audio_transcriptions", {"seconds": ("seconds",), **_REQUESTS}),
    _usage(
        "vector_stores",
        {"usage_bytes": ("mebibytes",)},
        groups=("project_id",),
        filters={"project_ids": "project_id"},
        level=True,
    ),
    _usage(
        "code_interpreter_sessions",
        {"num_sessions": ("sessions",)},
        groups=("project_id",),
        filters={"project_ids": "project_id"},
    ),
    _usage(
        "file_search_calls",
        {"num_requests": ("calls",)},
        groups=(*_WHO, "vector_store_id"),
        filters={**_BY_WHO, "vector_store_ids": "vector_store_id"},
        kind="file_searches",
    ),
    _usage(
        "web_search_calls",
        {**_REQUESTS, "num_requests": ("calls",)},
        groups=(*_WHO, "model", "context_level", "api_source"),
        filters={**_BY_MODEL, "context_levels": "context_level"},
        choices={"context_levels": ("low", "medium", "high")},
        kind="web_searches",
    ),
)

COSTS: Final = Report(
    name="costs",
    path="/v1/organization/costs",
    object="organization.costs.result",
    groups=("project_id", "user_id", "line_item", "api_key_id", "api_source"),
    filters={"project_ids": "project_id", "api_key_ids": "api_key_id", "line_items": "line_item"},
    limits=COSTS_LIMITS,
)
