from __future__ import annotations

import re
from types import ModuleType
from typing import get_args

import openai.types.admin.organization as official
import pytest
from openai.types.admin.organization.usage_costs_response import UsageCostsResponse

from budgetbot.core.model import METRICS
from budgetbot.sources.openai_reports import COSTS, ENDPOINTS, Endpoint, endpoint
from tests.standins.openai_rules import ENDPOINTS as RULES

COMMON = {"start_time", "end_time", "bucket_width", "group_by", "limit", "page"}
each_endpoint = pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.report)


def official_params(row: Endpoint) -> dict[str, str]:
    """Parameter -> its annotation as text, from the SDK's request types."""
    name = "Usage" + "".join(part.title() for part in row.report.split("_")) + "Params"
    annotations: dict[str, object] = getattr(official, name).__annotations__
    return {key: getattr(value, "__forward_arg__", str(value)) for key, value in annotations.items()}


def literals(annotation: str) -> list[str]:
    """The texts that a Literal[...] allows."""
    return re.findall(r"['\"](\w+)['\"]", annotation)


@each_endpoint
def test_filters_and_groupings_are_those_of_the_official_sdk(row: Endpoint) -> None:
    params = official_params(row)

    assert set(row.filters) == set(params) - COMMON
    assert sorted(row.group_by) == sorted(literals(params["group_by"]))


@each_endpoint
def test_bucket_widths_are_those_of_the_official_sdk(row: Endpoint) -> None:
    assert sorted(dict(row.limits)) == sorted(literals(official_params(row)["bucket_width"]))


def test_the_sdk_knows_no_usage_report_that_is_missing_here() -> None:
    sdk = {name for name in vars(official) if name.startswith("Usage") and name.endswith("Params")}

    assert sdk == {"Usage" + "".join(part.title() for part in row.report.split("_")) + "Params" for row in ENDPOINTS}


@each_endpoint
def test_paths_and_result_names_are_the_documented_ones(row: Endpoint) -> None:
    assert RULES[row.path].object == row.object
    assert row.path.endswith(f"/{row.report}")


def result_fields(row: Endpoint) -> set[str]:
    """The fields of a result, from the SDK's response types."""
    module: ModuleType = __import__(
        f"openai.types.admin.organization.usage_{row.report}_response", fromlist=["DataResult"]
    )
    result = module.DataResult
    union = get_args(result)
    kinds = get_args(union[0]) if union else (result,)
    for kind in kinds:
        if get_args(kind.model_fields["object"].annotation) == (row.object,):
            return set(kind.model_fields)
    raise AssertionError(f"the SDK has no result {row.object}")


@each_endpoint
def test_every_measure_is_a_field_of_the_official_result_and_a_metric_of_the_ledger(row: Endpoint) -> None:
    for field, metric in row.metrics:
        assert field in result_fields(row)
        assert metric in METRICS
    assert bool(row.metrics) == (row.kind == "usage")


@each_endpoint
def test_what_is_pulled_by_is_a_dimension_of_the_official_result(row: Endpoint) -> None:
    assert set(row.pulled_by) <= result_fields(row)
    assert set(row.pulled_by) <= set(row.group_by)


def test_the_documented_page_limits() -> None:
    assert COSTS.limits == (("1d", 180),)
    for row in ENDPOINTS[1:]:
        assert dict(row.limits) == {"1d": 31, "1h": 168, "1m": 1440}


def test_an_unknown_report_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'dreams' is no report; it is one of costs, completions"):
        endpoint("dreams")


def test_the_sdk_is_there_to_compare_with() -> None:
    assert UsageCostsResponse.model_fields.keys() == {"data", "has_more", "next_page", "object"}
