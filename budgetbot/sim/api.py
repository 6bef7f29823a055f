"""The OpenAI organization API of a simulated organisation, strictly as documented: usage, costs, lists of names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from budgetbot.sim import listing
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.page import costs_page, usage_page
from budgetbot.sim.query import read_query
from budgetbot.sim.refusal import Refusal
from budgetbot.sim.report import COSTS, USAGE, Report

ADMIN_KEY = "sk-admin-sim"

_Endpoint = Callable[[Request], Awaitable[Response]]
_Items = list[tuple[str, str]]


def create_app(
    organisation: Organisation,
    *,
    admin_key: str = ADMIN_KEY,
    string_amounts: bool = False,
    key_floor: bool = False,
) -> Starlette:
    """The API. `string_amounts` writes amounts of costs as strings, as is seen on the wire too; `key_floor` refuses
    costs grouped by key before keys were billed (2025-12-06)."""

    def usage(report: Report) -> Callable[[Request, _Items], Response]:
        return lambda _, items: _json(usage_page(organisation, report, read_query(report, items)))

    def costs(_: Request, items: _Items) -> Response:
        query = read_query(COSTS, items, key_floor=key_floor)
        return _json(costs_page(organisation, COSTS, query, string_amounts=string_amounts))

    answers = {
        COSTS.path: costs,
        **{report.path: usage(report) for report in USAGE},
        **_lists(organisation),
    }
    routes = [Route(path, _guarded(answer, admin_key), methods=["GET"]) for path, answer in answers.items()]
    return Starlette(routes=routes, exception_handlers={Refusal: _refused, HTTPException: _no_such_path})


def _lists(organisation: Organisation) -> dict[str, Callable[[Request, _Items], Response]]:
    def projects(_: Request, items: _Items) -> Response:
        listed = listing.read_listed(items, single=("include_archived",))
        archived = listing.choice(listed, "include_archived", ("true", "false")) == "true"
        return JSONResponse(listing.listing(listing.projects(organisation, archived=archived), listed))

    def api_keys(request: Request, items: _Items) -> Response:
        listed = listing.read_listed(items, single=("owner_project_access",))
        access = listing.choice(listed, "owner_project_access", ("active", "inactive", "any"))
        keys = listing.api_keys(organisation, request.path_params["project_id"], access)
        return JSONResponse(listing.listing(keys, listed))

    def service_accounts(request: Request, items: _Items) -> Response:
        listed = listing.read_listed(items)
        accounts = listing.service_accounts(organisation, request.path_params["project_id"])
        return JSONResponse(listing.listing(accounts, listed))

    def users(_: Request, items: _Items) -> Response:
        listed = listing.read_listed(items, array="emails")
        return JSONResponse(listing.listing(listing.users(organisation, listed.array), listed))

    return {
        "/v1/organization/projects": projects,
        "/v1/organization/projects/{project_id}/api_keys": api_keys,
        "/v1/organization/projects/{project_id}/service_accounts": service_accounts,
        "/v1/organization/users": users,
    }


def _guarded(answer: Callable[[Request, _Items], Response], admin_key: str) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        _authorise(request.headers.get("authorization", ""), admin_key)
        response = answer(request, request.query_params.multi_items())
        response.headers["x-request-id"] = "req_" + blake2b(str(request.url).encode(), digest_size=16).hexdigest()
        return response

    return endpoint


def _authorise(header: str, admin_key: str) -> None:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Refusal(401, "You didn't provide an API key. Put it into the Authorization header as a bearer token.")
    if compare_digest(key.encode(), admin_key.encode()):
        return
    if key.startswith("sk-proj-"):
        raise Refusal(
            403,
            "You have insufficient permissions for this operation. Missing scopes: api.usage.read. Check that you have"
            " the correct role in your organization, and if you're using a restricted API key, that it has the"
            " necessary scopes.",
        )
    raise Refusal(401, f"Incorrect API key provided: {key[:8]}****.", code="invalid_api_key")


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


async def _refused(_: Request, exc: Exception) -> Response:
    if not isinstance(exc, Refusal):
        raise exc
    return JSONResponse(exc.body, status_code=exc.status)


async def _no_such_path(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    return JSONResponse(Refusal(status, f"Invalid URL ({request.method} {request.url.path})").body, status_code=status)
