from __future__ import annotations

import json

import pytest
from pydantic import SecretStr

from budgetbot.errors import UsageError
from budgetbot.sources.http import ApiRefusal, JsonHttp
from tests.sources.conftest import MakeHttp
from tests.standins.openai import KEY, Fault, OpenAIStandIn, error


def refused(http: JsonHttp) -> ApiRefusal:
    with pytest.raises(ApiRefusal) as caught:
        http.get("/x")
    return caught.value


@pytest.mark.parametrize(
    "code", ["credit_balance_exhausted", "organization_spend_limit_exceeded", "organization_usage_limit_exceeded"]
)
def test_a_429_about_money_is_not_tried_again(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float], code: str
) -> None:
    api.faults.append(error(429, "You are out of money", code=code))

    caught = refused(http)

    assert (caught.permanent, caught.code, sleeps) == (True, code, [])
    assert "raise the limit or add credit" in str(caught)


def test_a_429_whose_type_is_insufficient_quota_is_not_tried_again(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(error(429, "quota", type="insufficient_quota", code="something_else"))

    assert refused(http).permanent


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_malformed_request_is_permanent_and_keeps_param_and_code(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float], status: int
) -> None:
    api.faults.append(error(status, "Bad start", param="start_time", code="invalid_type"))

    caught = refused(http)

    assert (caught.permanent, caught.status, caught.param, caught.code) == (True, status, "start_time", "invalid_type")
    assert caught.reason == "Bad start"
    assert str(caught).startswith(
        f"acme: HTTP {status}: Bad start (param: start_time, code: invalid_type, request: req_1); "
    )
    assert sleeps == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"code": 404, "message": "no such thing"}', "no such thing"),
        ('{"error": "just words"}', "just words"),
        ('{"detail": "Not Found"}', "Not Found"),
        ('{"error": {"message": null}}', ""),
        ("[1]", ""),
        ("<html><h1>Not found</h1></html>", ""),
        ("", ""),
        ("[" * 100_000, ""),
    ],
)
def test_errors_of_any_shape_are_read(api: OpenAIStandIn, http: JsonHttp, body: str, reason: str) -> None:
    api.faults.append(Fault(404, body))

    caught = refused(http)

    assert caught.reason == reason
    assert "HTTP 404" in str(caught)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_says_which_scope_and_which_variable(
    api: OpenAIStandIn, http: JsonHttp, status: int
) -> None:
    api.faults.append(error(status, "You have insufficient permissions. Missing scopes: api.usage.read."))

    caught = refused(http)

    assert caught.permanent
    assert "the credential was refused" in str(caught)
    assert str(caught).endswith("; set ACME_KEY to an admin key with the scope api.usage.read")


def test_missing_scopes_mean_a_refused_credential_whatever_the_status(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(error(400, "Missing scopes: api.usage.read"))

    caught = refused(http)

    assert caught.permanent
    assert "set ACME_KEY" in str(caught)


def test_the_key_is_in_no_error_and_no_repr(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(error(401, f"Bad {KEY} and sk-proj-abcdefgh12345", code=KEY))

    caught = refused(http)

    assert KEY not in f"{caught} {caught!r} {caught.reason} {caught.code} {http!r} {vars(http)}"
    assert "sk-" not in str(caught)


def test_a_key_that_comes_back_in_pieces_hides_the_whole_text(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(error(401, f"Bad {KEY[:14]}\x00{KEY[14:]}"))

    assert refused(http).reason == "***"


def test_foreign_text_is_cut_and_has_no_control_characters(api: OpenAIStandIn, http: JsonHttp) -> None:
    said = {"error": {"message": "a\x1b[31mb\nc\u202e" + "x" * 9000, "code": "y" * 9000, "param": "\x07"}}
    api.faults.append(Fault(400, json.dumps(said), {"x-request-id": "z" * 3000}))

    message = str(refused(http))

    assert message.startswith("acme: HTTP 400: a [31mb c xxx")
    assert message.isprintable()
    assert len(message) < 1000


def test_an_error_whose_body_ends_too_early_still_counts_by_its_status(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(Fault(403, '{"error"', short=True))

    assert refused(http).permanent


def test_a_redirect_is_not_followed_so_that_the_key_stays_with_its_host(api: OpenAIStandIn, http: JsonHttp) -> None:
    with OpenAIStandIn(0) as elsewhere:
        api.faults.append(Fault(307, headers={"location": elsewhere.url + "/x"}))

        caught = refused(http)

        assert elsewhere.requests == []
    assert (caught.permanent, caught.status) == (True, 307)
    assert "check the base URL" in str(caught)


@pytest.mark.parametrize(
    "url", ["", "api.openai.com", "ftp://x/y", "https://", "https://me:pw@x/v1", "http://x:99999999"]
)
def test_an_unusable_base_url_is_a_configuration_error(make_http: MakeHttp, url: str) -> None:
    with pytest.raises(UsageError, match="base URL") as caught:
        make_http(base_url=url)

    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-ad\nmin", "sk-ädmin", "sk-\x00"])
def test_a_key_with_impossible_characters_is_refused_and_not_shown(make_http: MakeHttp, key: str) -> None:
    with pytest.raises(UsageError, match="ACME_KEY") as caught:
        make_http(bearer=SecretStr(key))

    assert key not in str(caught.value)


def test_an_empty_key_is_a_configuration_error(make_http: MakeHttp) -> None:
    with pytest.raises(UsageError, match="ACME_KEY: is empty"):
        make_http(bearer=SecretStr(" "))
