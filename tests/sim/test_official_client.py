"""The official `openai` package reads the simulated organisation and finds what is true."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

import openai
import pytest
from openai import OpenAI
from openai.types.admin.organization import (
    usage_completions_response as completions_types,
)
from openai.types.admin.organization import (
    usage_costs_response as costs_types,
)

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import Served
from tests.sim.world import DAY, NOW, TODAY, seconds

START = TODAY - 35 * DAY


@pytest.fixture
def official(served: Served) -> Iterator[OpenAI]:
    with OpenAI(admin_api_key=served.admin_key, base_url=served.base_url, max_retries=0) as client:
        yield client


def test_costs_by_project_read_through_all_pages_are_the_ground_truth(
    official: OpenAI, organisation: Organisation
) -> None:
    exact: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    approximate: defaultdict[str | None, float] = defaultdict(float)
    page: str | openai.Omit = openai.omit
    pages = 0
    while True:
        answer = official.admin.organization.usage.with_raw_response.costs(
            start_time=seconds(START), group_by=["project_id"], limit=180, page=page
        )
        parsed = answer.parse()
        pages += 1
        for bucket in json.loads(answer.text, parse_float=Decimal)["data"]:
            for row in bucket["results"]:
                exact[row["project_id"]] += row["amount"]["value"]
        for each in parsed.data:
            for result in each.results:
                assert isinstance(result, costs_types.DataResultOrganizationCostsResult)
                assert result.amount is not None
                assert result.amount.currency == "usd"
                approximate[result.project_id] += result.amount.value or 0
        if not parsed.has_more:
            break
        assert parsed.next_page is not None
        page = parsed.next_page

    truth = organisation.total(START, NOW, by="project")

    assert pages == 2
    assert dict(exact) == truth
    assert None in truth
    assert approximate == pytest.approx({key: float(value) for key, value in truth.items()})


def test_completions_read_through_all_pages_count_every_request_once(
    official: OpenAI, organisation: Organisation
) -> None:
    requests: Counter[str | None] = Counter()
    page: str | openai.Omit = openai.omit
    while True:
        answer = official.admin.organization.usage.completions(
            start_time=seconds(START), group_by=["project_id", "model"], bucket_width="1d", limit=10, page=page
        )
        for bucket in answer.data:
            for result in bucket.results:
                assert isinstance(result, completions_types.DataResultOrganizationUsageCompletionsResult)
                requests[result.project_id] += result.num_model_requests
        if answer.next_page is None:
            break
        page = answer.next_page

    traffic = organisation.traffics["completions"]
    flow = traffic.flow(seconds(START), organisation.now())[:, 0].tolist()
    truth: Counter[str | None] = Counter()
    for stream, count in zip(traffic.streams, flow, strict=True):
        truth[str(stream.dimensions["project_id"])] += count

    assert +requests == +truth
    assert requests.total() > 100_000


def test_every_report_is_parsed_as_its_own_type(official: OpenAI) -> None:
    usage = official.admin.organization.usage
    answers = [
        report(start_time=seconds(TODAY - DAY), end_time=seconds(TODAY))
        for report in (
            usage.completions,
            usage.decisions,
            usage.embeddings,
            usage.moderations,
            usage.images,
            usage.audio_speeches,
            usage.audio_transcriptions,
            usage.vector_stores,
            usage.code_interpreter_sessions,
            usage.file_search_calls,
            usage.web_search_calls,
            usage.costs,
        )
    ]

    kinds = [answer.data[0].results[0].object for answer in answers]

    assert kinds == [
        "organization.usage.completions.result",
        "organization.usage.decisions.result",
        "organization.usage.embeddings.result",
        "organization.usage.moderations.result",
        "organization.usage.images.result",
        "organization.usage.audio_speeches.result",
        "organization.usage.audio_transcriptions.result",
        "organization.usage.vector_stores.result",
        "organization.usage.code_interpreter_sessions.result",
        "organization.usage.file_searches.result",
        "organization.usage.web_searches.result",
        "organization.costs.result",
    ]


def test_the_filters_and_groupings_the_client_knows_are_understood(official: OpenAI) -> None:
    usage = official.admin.organization.usage
    start, end = seconds(TODAY - DAY), seconds(TODAY)

    images = usage.images(
        start_time=start, end_time=end, sizes=["1024x1024"], sources=["image.edit"], group_by=["size", "source"]
    )
    searches = usage.web_search_calls(
        start_time=start, end_time=end, context_levels=["low"], group_by=["context_level", "api_source"]
    )
    batches = usage.completions(
        start_time=start, end_time=end, batch=True, group_by=["batch", "service_tier", "api_source"]
    )
    items = usage.costs(
        start_time=start, end_time=end, line_items=["gpt-5, output"], group_by=["line_item", "user_id", "api_source"]
    )

    assert [(row.size, row.source) for row in images.data[0].results] == [("1024x1024", "image.edit")]  # type: ignore[union-attr]
    assert {row.context_level for row in searches.data[0].results} == {"low"}  # type: ignore[union-attr]
    assert {row.batch for row in batches.data[0].results} == {True}  # type: ignore[union-attr]
    assert {row.line_item for row in items.data[0].results} == {"gpt-5, output"}  # type: ignore[union-attr]
    assert {row.api_source for row in items.data[0].results} == {"agents_api", "unlabeled"}  # type: ignore[union-attr]


def test_names_of_projects_keys_users_and_service_accounts_are_listed_page_by_page(
    official: OpenAI, organisation: Organisation
) -> None:
    directory = official.admin.organization

    projects = list(directory.projects.list(limit=2, include_archived=True))
    keys = list(directory.projects.api_keys.list(projects[0].id, limit=3))
    accounts = list(directory.projects.service_accounts.list(projects[1].id))
    users = list(directory.users.list(limit=2))
    lead = list(directory.users.list(emails=["ml-lead@example.com"]))

    assert [project.name for project in projects] == [
        *("research", "web", "ci", "support-bot", "data-platform", "growth"),
        "prototype",
    ]
    assert [key.name for key in keys] == [
        "research-agent",
        "research-notebooks",
        "research-evals",
        "research-embeddings",
    ]
    assert keys[0].owner.user is not None
    assert keys[0].owner.user.email == "ml-lead@example.com"
    assert keys[3].owner.service_account is not None
    assert [account.name for account in accounts] == ["svc-web-prod", "svc-web-images", "svc-web-search"]
    assert len(users) == len(organisation.roster.users)
    assert all(user.email is not None and user.email.endswith("@example.com") for user in users)
    assert [user.name for user in lead] == ["Ml lead"]


def test_a_wrong_key_and_a_wrong_value_raise_the_clients_own_errors(official: OpenAI, served: Served) -> None:
    with (
        OpenAI(admin_api_key="sk-admin-other", base_url=served.base_url, max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.admin.organization.usage.costs(start_time=seconds(START))
    with (
        OpenAI(admin_api_key="sk-proj-inference", base_url=served.base_url, max_retries=0) as worker,
        pytest.raises(openai.PermissionDeniedError, match=r"Missing scopes: api\.usage\.read"),
    ):
        worker.admin.organization.usage.costs(start_time=seconds(START))
    with pytest.raises(openai.BadRequestError) as refusal:
        official.admin.organization.usage.costs(start_time=seconds(START), limit=366)

    assert refusal.value.param == "limit"
    assert refusal.value.code == "invalid_value"
