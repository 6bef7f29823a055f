"""The OpenAI organization API: usage, costs, and who is who. Usable alone:

    with OpenAIClient(key) as client:
        for bucket in client.costs(start_time=datetime(2026, 11, 1, tzinfo=UTC), group_by=["project_id"]):
            print(bucket.start_time, bucket.results)

https://platform.openai.com/docs/api-reference/usage
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from pydantic import SecretStr

from budgetbot.sources.http import JsonHttp
from budgetbot.sources.openai_arrays import Arrays
from budgetbot.sources.openai_lists import listed
from budgetbot.sources.openai_query import Moment, Query, Style, ask
from budgetbot.sources.openai_reports import COSTS, Width, endpoint
from budgetbot.sources.openai_walk import RawBucket, Walk

BASE_URL = "https://api.openai.com/v1"


class OpenAIClient:
    """Every call follows the pages by itself, and raises SourceError where the provider cannot be read.

    `name` and `key_env` are what errors call the account and its key; `memory` keeps what was learnt of the server.
    `timeout` in seconds, per request; `attempts` per request; `sleep` is what waits between them.
    """

    def __init__(
        self,
        key: SecretStr | str,
        base_url: str = BASE_URL,
        *,
        name: str = "openai",
        key_env: str = "OPENAI_ADMIN_KEY",
        memory: MutableMapping[str, str] | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._who = name
        self._arrays = Arrays({} if memory is None else memory)
        self._http = JsonHttp(
            base_url,
            who=name,
            key_env=key_env,
            credential_fix=f"set {key_env} to an admin key with the scope api.usage.read",
            bearer=SecretStr(key) if isinstance(key, str) else key,
            timeout=timeout,
            attempts=attempts,
            sleep=sleep,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def usage(
        self,
        report: str,
        *,
        start_time: Moment,
        end_time: Moment | None = None,
        bucket_width: Width = "1d",
        project_ids: Sequence[str] | None = None,
        user_ids: Sequence[str] | None = None,
        api_key_ids: Sequence[str] | None = None,
        models: Sequence[str] | None = None,
        batch: bool | None = None,
        sources: Sequence[str] | None = None,
        sizes: Sequence[str] | None = None,
        context_levels: Sequence[str] | None = None,
        vector_store_ids: Sequence[str] | None = None,
        group_by: Sequence[str] = (),
        limit: int | None = None,
        page: str | None = None,
    ) -> Iterator[RawBucket]:
        """The buckets of one usage report ("completions", "images" ...), from `start_time` until before `end_time`.

        `limit` is buckets per page. ValueError, before anything is sent, names a parameter that the report lacks.
        """
        asked = endpoint(report)
        if asked.kind != "usage":
            raise ValueError(f"{report!r} is no usage report; call costs()")
        filters = {
            "project_ids": project_ids,
            "user_ids": user_ids,
            "api_key_ids": api_key_ids,
            "models": models,
            "batch": batch,
            "sources": sources,
            "sizes": sizes,
            "context_levels": context_levels,
            "vector_store_ids": vector_store_ids,
        }
        return self._walk(ask(asked, start_time, end_time, bucket_width, filters, group_by, limit, page))

    def costs(
        self,
        *,
        start_time: Moment,
        end_time: Moment | None = None,
        bucket_width: Width = "1d",
        project_ids: Sequence[str] | None = None,
        api_key_ids: Sequence[str] | None = None,
        line_items: Sequence[str] | None = None,
        group_by: Sequence[str] = (),
        limit: int | None = None,
        page: str | None = None,
    ) -> Iterator[RawBucket]:
        """The daily buckets of the bill. Amounts are dollars: number, text or exponent, as the provider writes them."""
        filters = {"project_ids": project_ids, "api_key_ids": api_key_ids, "line_items": line_items}
        return self._walk(ask(COSTS, start_time, end_time, bucket_width, filters, group_by, limit, page))

    def projects(self, *, include_archived: bool = True) -> Iterator[dict[str, Any]]:
        """All projects; costs of an archived one go on being listed, so they are included."""
        return self._list("/organization/projects", ("include_archived", "true" if include_archived else "false"))

    def project_api_keys(self, project_id: str, *, owner_project_access: str | None = None) -> Iterator[dict[str, Any]]:
        """The keys of a project with their owners, a user or a service account. Access "any" is the most complete."""
        extra = [] if owner_project_access is None else [("owner_project_access", owner_project_access)]
        return self._list(f"/organization/projects/{_segment(project_id)}/api_keys", *extra)

    def users(self) -> Iterator[dict[str, Any]]:
        """The users of the organisation."""
        return self._list("/organization/users")

    def _list(self, path: str, *extra: tuple[str, str]) -> Iterator[dict[str, Any]]:
        return listed(lambda params: self._http.get(path, [*extra, *params]), f"{self._who} {path}")

    def _walk(self, query: Query) -> Iterator[RawBucket]:
        def pages(style: Style) -> Iterator[list[RawBucket]]:
            def get(cursor: str | None) -> Any:
                return self._http.get(query.endpoint.path, query.params(style, cursor))

            return Walk(get, query, self._who).pages()

        yield from self._arrays.open(query, pages)


def _segment(id: str) -> str:
    """An id as one part of a path, which it cannot leave."""
    return quote(id, safe="").replace(".", "%2E")
