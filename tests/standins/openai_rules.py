"""What the OpenAI usage and costs endpoints accept, written down from their documentation and not from our client."""

from __future__ import annotations

from typing import Any, NamedTuple

LIMITS = {"1d": 31, "1h": 168, "1m": 1440}
SECONDS = {"1d": 86_400, "1h": 3_600, "1m": 60}
ALWAYS = {"start_time", "end_time", "bucket_width", "group_by", "limit", "page"}
PEOPLE = {"project_ids", "user_ids", "api_key_ids"}
BY_PEOPLE = {"project_id", "user_id", "api_key_id"}
KEY_FLOOR = 1_764_979_200


class Rules(NamedTuple):
    """One endpoint: the filters and groupings that it takes, and what its results are called."""

    filters: set[str]
    group_by: set[str]
    object: str


ENDPOINTS: dict[str, Rules] = {
    "/organization/costs": Rules(
        {"project_ids", "api_key_ids", "line_items"},
        {"project_id", "user_id", "line_item", "api_key_id", "api_source"},
        "organization.costs.result",
    ),
    "/organization/usage/completions": Rules(
        PEOPLE | {"models", "batch"},
        BY_PEOPLE | {"model", "batch", "service_tier", "api_source"},
        "organization.usage.completions.result",
    ),
    "/organization/usage/decisions": Rules(
        PEOPLE | {"models", "batch"},
        BY_PEOPLE | {"model", "batch", "service_tier", "api_source"},
        "organization.usage.decisions.result",
    ),
    "/organization/usage/embeddings": Rules(
        PEOPLE | {"models"}, BY_PEOPLE | {"model"}, "organization.usage.embeddings.result"
    ),
    "/organization/usage/moderations": Rules(
        PEOPLE | {"models"}, BY_PEOPLE | {"model"}, "organization.usage.moderations.result"
    ),
    "/organization/usage/images": Rules(
        PEOPLE | {"models", "sources", "sizes"},
        BY_PEOPLE | {"model", "size", "source"},
        "organization.usage.images.result",
    ),
    "/organization/usage/audio_speeches": Rules(
        PEOPLE | {"models"}, BY_PEOPLE | {"model"}, "organization.usage.audio_speeches.result"
    ),
    "/organization/usage/audio_transcriptions": Rules(
        PEOPLE | {"models"}, BY_PEOPLE | {"model"}, "organization.usage.audio_transcriptions.result"
    ),
    "/organization/usage/vector_stores": Rules(
        {"project_ids"}, {"project_id"}, "organization.usage.vector_stores.result"
    ),
    "/organization/usage/code_interpreter_sessions": Rules(
        {"project_ids"}, {"project_id"}, "organization.usage.code_interpreter_sessions.result"
    ),
    "/organization/usage/web_search_calls": Rules(
        PEOPLE | {"models", "context_levels"},
        BY_PEOPLE | {"model", "context_level", "api_source"},
        "organization.usage.web_searches.result",
    ),
    "/organization/usage/file_search_calls": Rules(
        PEOPLE | {"vector_store_ids"}, BY_PEOPLE | {"vector_store_id"}, "organization.usage.file_searches.result"
    ),
}


class Refused(Exception):
    """The request breaks a rule; answered in OpenAI's error shape."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        }


class Asked(NamedTuple):
    """A request that broke no rule."""

    start: int
    end: int | None
    width: str
    limit: int
    group_by: tuple[str, ...]
    page: str | None


def checked(path: str, params: list[tuple[str, str]], arrays: set[str]) -> Asked:
    """The request, or Refused. `arrays` are the accepted spellings: "brackets", "bare"."""
    rules = ENDPOINTS[path]
    known = ALWAYS | rules.filters
    plain: dict[str, str] = {}
    grouped: list[str] = []
    for name, value in params:
        array = name.removesuffix("[]")
        is_array = array == "group_by" or (array in rules.filters and array != "batch")
        style = "brackets" if name.endswith("[]") else "bare"
        if array not in known or (name != array and not is_array) or (is_array and style not in arrays):
            raise Refused(400, f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        if array == "group_by":
            grouped.append(value)
        elif not is_array:
            if name in plain:
                raise Refused(400, f"Duplicate parameter: '{name}'.", name)
            plain[name] = value
    for value in grouped:
        if value not in rules.group_by:
            supported = ", ".join(sorted(rules.group_by))
            raise Refused(400, f"Invalid value: '{value}'. Supported values are: {supported}.", "group_by")
    if plain.get("batch", "true") not in ("true", "false"):
        raise Refused(400, "Invalid type for 'batch': expected a boolean.", "batch", "invalid_type")
    return _numbers(path, plain, tuple(grouped))


def _numbers(path: str, plain: dict[str, str], grouped: tuple[str, ...]) -> Asked:
    costs = path == "/organization/costs"
    width = plain.get("bucket_width", "1d")
    if width not in (["1d"] if costs else SECONDS):
        raise Refused(400, f"Invalid value: '{width}'.", "bucket_width", "invalid_value")
    most = 180 if costs else LIMITS[width]
    limit = _integer(plain, "limit")
    if limit is not None and not 1 <= limit <= most:
        raise Refused(
            400,
            f"Invalid limit provided: {limit}. Limit must be less than or equal to {most}.",
            "limit",
            "invalid_limit",
        )
    start, end = _integer(plain, "start_time"), _integer(plain, "end_time")
    if start is None:
        raise Refused(400, "Missing required parameter: 'start_time'.", None, "invalid_request_error")
    if end is not None and end <= start:
        raise Refused(400, "end_time must be after start_time.", "end_time", "invalid_request_error")
    if costs and "api_key_id" in grouped and start < KEY_FLOOR:
        raise Refused(400, "Grouping by api_key_id needs a later start_time.", "start_time", "invalid_request_error")
    # Costs accept up to 180 and give 31 all the same.
    return Asked(
        start,
        end,
        width,
        min(limit or {"1d": 7, "1h": 24, "1m": 60}[width], 31 if costs else most),
        grouped,
        plain.get("page"),
    )


def _integer(plain: dict[str, str], name: str) -> int | None:
    if name not in plain:
        return None
    if not plain[name].isdecimal() or (name != "limit" and int(plain[name]) > 10**11):
        raise Refused(400, f"Invalid type for '{name}': expected Unix seconds.", name, "invalid_type")
    return int(plain[name])
