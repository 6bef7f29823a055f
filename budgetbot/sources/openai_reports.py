"""The OpenAI usage and costs endpoints as a table: one row each, after the official SDK's types/admin/organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Width = Literal["1m", "1h", "1d"]
WIDTH_SECONDS: dict[Width, int] = {"1m": 60, "1h": 3_600, "1d": 86_400}

_USAGE_LIMITS: dict[Width, int] = {"1d": 31, "1h": 168, "1m": 1_440}
_PEOPLE = ("project_ids", "user_ids", "api_key_ids")
_BY_MODEL = ("project_id", "model", "api_key_id", "user_id")
_TOKENS = (
    ("num_model_requests", "requests"),
    # input_tokens holds cached, cache-written, audio and image tokens already: the others are parts of it.
    *((name, name) for name in (
        "input_tokens", "output_tokens", "input_cached_tokens", "input_cache_write_tokens", "input_audio_tokens",
        "input_cached_audio_tokens", "output_audio_tokens", "input_image_tokens", "input_cached_image_tokens",
        "output_image_tokens",
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Endpoint:
    """One endpoint. `report` is the last part of its path and its name in the ledger.

    `object`: what its results call themselves. `filters`: the parameters that narrow it. `group_by`: all it can be
    grouped by. `pulled_by`: the finest grouping that the ledger has room for; what is given up last comes first.
    `metrics`: (field, METRICS name). `limits`: the largest `limit` per bucket width. `since_the_start`: every version
    of the API has it, so a 404 is a mistake in the address and not an old server.
    """

    report: str
    path: str
    object: str
    filters: tuple[str, ...]
    group_by: tuple[str, ...]
    pulled_by: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...] = ()
    limits: tuple[tuple[Width, int], ...] = tuple(_USAGE_LIMITS.items())
    kind: Literal["cost", "usage"] = "usage"
    since_the_start: bool = False

    def limit(self, width: Width) -> int | None:
        """The largest `limit` for buckets of this width; None where there are no such buckets."""
        return dict(self.limits).get(width)


def _usage(
    report: str,
    metrics: tuple[tuple[str, str], ...],
    *,
    filters: tuple[str, ...],
    pulled_by: tuple[str, ...],
    also_by: tuple[str, ...] = (),
    object: str | None = None,
) -> Endpoint:
    return Endpoint(
        report=report,
        path=f"/organization/usage/{report}",
        object=f"organization.usage.{object or report}.result",
        filters=filters,
        group_by=pulled_by + also_by,
        pulled_by=pulled_by,
        metrics=metrics,
    )


def _model_usage(report: str, *measures: str) -> Endpoint:
    metrics = (("num_model_requests", "requests"), *((name, name) for name in measures))
    return _usage(report, metrics, filters=(*_PEOPLE, "models"), pulled_by=_BY_MODEL)


def _tokens(report: str) -> Endpoint:
    filters, tiers = (*_PEOPLE, "models", "batch"), ("batch", "service_tier")
    return _usage(report, _TOKENS, filters=filters, pulled_by=_BY_MODEL + tiers, also_by=("api_source",))


COSTS = Endpoint(
    report="costs",
    path="/organization/costs",
    object="organization.costs.result",
    filters=("project_ids", "api_key_ids", "line_items"),
    group_by=("project_id", "line_item", "api_key_id", "user_id", "api_source"),
    pulled_by=("project_id", "line_item", "api_key_id"),
    limits=(("1d", 180),),
    kind="cost",
    since_the_start=True,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    COSTS,
    _tokens("completions"),
    _tokens("decisions"),
    _model_usage("embeddings", "input_tokens"),
    _model_usage("moderations", "input_tokens"),
    _usage(
        "images",
        (("num_model_requests", "requests"), ("images", "images")),
        filters=(*_PEOPLE, "models", "sources", "sizes"),
        pulled_by=_BY_MODEL,
        also_by=("size", "source"),
    ),
    _model_usage("audio_speeches", "characters"),
    _model_usage("audio_transcriptions", "seconds"),
    _usage("vector_stores", (("usage_bytes", "bytes"),), filters=("project_ids",), pulled_by=("project_id",)),
    _usage(
        "code_interpreter_sessions",
        (("num_sessions", "sessions"),),
        filters=("project_ids",),
        pulled_by=("project_id",),
    ),
    _usage(
        "web_search_calls",
        (("num_model_requests", "requests"), ("num_requests", "calls")),
        filters=(*_PEOPLE, "models", "context_levels"),
        pulled_by=_BY_MODEL,
        also_by=("context_level", "api_source"),
        object="web_searches",
    ),
    _usage(
        "file_search_calls",
        (("num_requests", "calls"),),
        filters=(*_PEOPLE, "vector_store_ids"),
        pulled_by=("project_id", "api_key_id", "user_id"),
        also_by=("vector_store_id",),
        object="file_searches",
    ),
)
_BY_NAME = {endpoint.report: endpoint for endpoint in ENDPOINTS}


def endpoint(report: str) -> Endpoint:
    """The endpoint of a report. Raises ValueError for a name that is none."""
    if report not in _BY_NAME:
        raise ValueError(f"{report!r} is no report; it is one of {', '.join(_BY_NAME)}")
    return _BY_NAME[report]
