"""What is read and asked, against the types of the official SDK.

It has the lists of workspaces, keys and people, and of the reports their fields and enumerations, which its other
reports share; the two reports themselves are documented and not in it.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from anthropic.types.beta import BetaCacheCreation
from anthropic.types.beta import organization as sdk
from anthropic.types.beta.organization.beta_analytics_grouped_cost_type import BetaAnalyticsGroupedCostType
from anthropic.types.beta.organization.beta_analytics_token_type import BetaAnalyticsTokenType
from anthropic.types.beta.organization.beta_api_key_service_account_actor import BetaAPIKeyServiceAccountActor
from anthropic.types.beta.organization.beta_api_key_user_actor import BetaAPIKeyUserActor
from anthropic.types.beta.organization.beta_api_key_workspace_scope import BetaAPIKeyWorkspaceScope

from budgetbot.sources.anthropic_parse import parse
from budgetbot.sources.anthropic_reports import COST, ENDPOINTS, MESSAGES, MOST, SECONDS, Endpoint
from budgetbot.sources.anthropic_walk import RawBucket
from tests.sources.test_anthropic_parse import END, START, recorded
from tests.standins.anthropic import LISTS, REPORTS

PAGING = {"limit", "after_id", "before_id", "page"}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda row: row.report)
def test_groupings_widths_and_limits_are_the_documented_ones(endpoint: Endpoint) -> None:
    rules = REPORTS[endpoint.path]

    assert set(endpoint.pulled_by) <= rules.group_by
    assert {width: MOST[width] for width in SECONDS if width in rules.limits} == {
        width: most for width, (_, most) in rules.limits.items() if width != "1m"
    }


def counts(row: dict[str, Any]) -> set[str]:
    """The fields of a result that count something."""
    return {name for name, value in row.items() if isinstance(value, int | dict)}


def test_the_counts_of_a_recorded_result_are_those_of_the_sdk() -> None:
    row = recorded("messages.json")[0]
    official = sdk.BetaAnalyticsUsageBucketedResult.model_fields

    assert counts(row) == {"uncached_input_tokens", "cache_read_input_tokens", "output_tokens", "cache_creation",
                           "server_tool_use"}  # fmt: skip
    assert counts(row) <= set(official)
    assert set(row["cache_creation"]) == set(BetaCacheCreation.model_fields)
    assert set(row["server_tool_use"]) == set(sdk.BetaAnalyticsServerToolUse.model_fields)


def test_every_count_that_the_sdk_requires_is_read() -> None:
    required = {n for n, f in sdk.BetaAnalyticsUsageBucketedResult.model_fields.items() if f.is_required()}
    row = recorded("messages.json")[0]

    def total(**change: Any) -> int:
        bucket = parse(MESSAGES, "claude", RawBucket(START, END, [{**row, **change}]), END)
        return sum(bucket.usage[0].metrics.values())

    for name in required:
        value = row[name]
        more = value + 1 if isinstance(value, int) else {key: number + 1 for key, number in value.items()}
        assert total(**{name: more}) > total(), name


def test_a_recorded_bill_has_the_amounts_cost_types_and_token_types_of_the_sdk() -> None:
    rows = recorded("cost_report.json")
    official = sdk.BetaAnalyticsCostBucketedResult.model_fields

    assert {"amount", "currency", "cost_type", "token_type", "model", "context_window"} <= set(rows[0]) & set(official)
    assert official["amount"].annotation is str
    assert {row["cost_type"] for row in rows} <= set(get_args(BetaAnalyticsGroupedCostType))
    assert {row["token_type"] for row in rows} - {None} <= set(get_args(BetaAnalyticsTokenType))
    assert {row["service_tier"] for row in rows} - {None} <= set(get_args(sdk.BetaAnalyticsServiceTier))


def test_batch_is_a_service_tier_of_the_sdk() -> None:
    for tier in get_args(sdk.BetaAnalyticsServiceTier):
        row = {**recorded("cost_report.json")[0], "service_tier": tier}
        (line,) = parse(COST, "claude", RawBucket(START, END, [row]), END).costs
        assert line.series.batch == ("true" if tier == "batch" else "false")
    assert "batch" in get_args(sdk.BetaAnalyticsServiceTier)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("workspaces", sdk.WorkspaceListParams),
        ("api_keys", sdk.APIKeyListParams),
        ("users", sdk.UserListParams),
        ("service_accounts", sdk.ServiceAccountListParams),
    ],
)
def test_the_lists_take_the_parameters_of_the_sdk(path: str, params: type) -> None:
    ours = {name.removesuffix("[]") for name in LISTS[f"/v1/organizations/{path}"]}

    assert ours == set(get_type_hints(params)) - PAGING - {"betas"}


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (sdk.BetaWorkspace, {"id", "name", "archived_at"}),
        (sdk.BetaAPIKey, {"id", "name", "status", "scope", "principal", "created_by"}),
        (BetaAPIKeyWorkspaceScope, {"workspace_id"}),
        (BetaAPIKeyUserActor, {"user_id"}),
        (BetaAPIKeyServiceAccountActor, {"service_account_id"}),
        (sdk.BetaAPIKeyCreatedBy, {"id"}),
        (sdk.BetaOrganizationUser, {"id", "name", "email"}),
        (sdk.BetaServiceAccount, {"id", "name", "archived_at"}),
    ],
)
def test_what_is_read_of_an_object_is_in_the_sdk(model: Any, fields: set[str]) -> None:
    assert fields <= set(model.model_fields)
