from __future__ import annotations

import json
import socket
from decimal import Decimal
from email.utils import formatdate
from time import time

import pytest
from pydantic import SecretStr

from budgetbot.errors import SourceError
from budgetbot.sources.http import ApiRefusal, BodyTooLarge, JsonHttp
from tests.sources.conftest import MakeHttp
from tests.standins.openai import KEY, Fault, OpenAIStandIn, error

GOOD = Fault(200, '{"a": 1.10, "b": 1E-5, "c": "x"}')


def refused(http: JsonHttp) -> ApiRefusal:
    with pytest.raises(ApiRefusal) as caught:
        http.get("/x")
    return caught.value


def failed(http: JsonHttp) -> SourceError:
    with pytest.raises(SourceError) as caught:
        http.get("/x")
    return caught.value


def test_numbers_come_exactly_as_they_were_written(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(GOOD)

    assert http.get("/x") == {"a": Decimal("1.10"), "b": Decimal("0.00001"), "c": "x"}


def test_path_parameters_and_credential_go_out(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults.append(GOOD)

    http.get("/organization/costs", [("group_by[]", "a"), ("group_by[]", "b"), ("page", "p=&?")])

    (seen,) = api.requests
    assert seen.path == "/organization/costs"
    assert seen.params == [("group_by[]", "a"), ("group_by[]", "b"), ("page", "p=&?")]
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["user-agent"].startswith("budgetbot/")


def test_other_providers_use_headers_of_their_own(api: OpenAIStandIn, make_http: MakeHttp) -> None:
    api.faults.append(GOOD)

    make_http(bearer=None, headers={"x-api-key": SecretStr("other-secret"), "x-version": "1"}).get("/x")

    assert api.requests[0].headers["x-api-key"] == "other-secret"
    assert api.requests[0].headers["x-version"] == "1"
    assert "authorization" not in api.requests[0].headers


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_what_passes_by_itself_is_tried_again(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float], status: int
) -> None:
    api.faults += [Fault(status), Fault(status), GOOD]

    assert http.get("/x")["c"] == "x"
    assert len(sleeps) == 2


def test_a_429_without_retry_after_is_tried_again_with_backoff(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]
) -> None:
    api.faults += [error(429, "slow down", code="rate_limit_exceeded")] * 3 + [GOOD]

    http.get("/x")

    for wait, full in zip(sleeps, [0.5, 1.0, 2.0], strict=True):
        assert full * 0.75 <= wait <= full


def test_a_429_with_retry_after_waits_that_long(api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]) -> None:
    api.faults += [
        Fault(429, headers={"retry-after": "17"}),
        Fault(429, headers={"retry-after-ms": "1500", "retry-after": "17"}),
        GOOD,
    ]

    http.get("/x")

    assert sleeps == [17.0, 1.5]


def test_a_retry_after_may_be_a_date(api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]) -> None:
    api.faults += [Fault(503, headers={"retry-after": formatdate(time() + 60, usegmt=True)}), GOOD]

    http.get("/x")

    assert sleeps[0] == pytest.approx(60, abs=5)


def test_a_wait_of_over_two_minutes_is_left_to_the_next_pull(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]
) -> None:
    api.faults += [Fault(429, headers={"retry-after": "121"})]

    caught = refused(http)

    assert (caught.permanent, caught.retry_after, sleeps) == (False, 121.0, [])


def test_after_the_last_try_the_error_is_temporary_and_says_so(
    api: OpenAIStandIn, make_http: MakeHttp, sleeps: list[float]
) -> None:
    api.faults += [error(500, "The server had an error")] * 2

    caught = refused(make_http(attempts=2))

    assert not caught.permanent
    assert str(caught) == (
        "acme: HTTP 500: The server had an error (request: req_1); it is tried again with the next pull"
    )
    assert (len(api.requests), len(sleeps)) == (2, 1)


def test_the_server_may_forbid_another_try(api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]) -> None:
    api.faults.append(Fault(500, headers={"x-should-retry": "false"}))

    assert not refused(http).permanent
    assert sleeps == []


def test_the_server_may_ask_for_another_try(api: OpenAIStandIn, http: JsonHttp) -> None:
    api.faults += [Fault(400, headers={"x-should-retry": "true"}), GOOD]

    assert http.get("/x")["c"] == "x"


@pytest.mark.parametrize(
    "body",
    [
        "<html>Bad gateway</html>",
        "",
        '{"a": 1',
        '{"a": NaN}',
        '{"a": -Infinity}',
        b'{"a": "\xff"}',
        "[" * 100_000,
        "9" * 5000,
    ],
)
def test_a_200_that_is_not_json_is_tried_again(
    api: OpenAIStandIn, http: JsonHttp, sleeps: list[float], body: str | bytes
) -> None:
    api.faults += [Fault(200, body), GOOD]

    assert http.get("/x")["c"] == "x"
    assert len(sleeps) == 1


def test_nothing_but_rubbish_is_a_temporary_error(api: OpenAIStandIn, make_http: MakeHttp) -> None:
    api.faults += [Fault(200, "<html>")] * 2

    caught = failed(make_http(attempts=2))

    assert not caught.permanent
    assert str(caught) == "acme: an answer of 6 bytes is not valid JSON"


def test_a_body_that_ends_too_early_is_tried_again(api: OpenAIStandIn, http: JsonHttp, sleeps: list[float]) -> None:
    api.faults += [Fault(200, '{"a": 1}', short=True), GOOD]

    assert http.get("/x")["c"] == "x"
    assert len(sleeps) == 1


def test_silence_is_a_timeout_and_tried_again(api: OpenAIStandIn, make_http: MakeHttp, sleeps: list[float]) -> None:
    api.faults += [Fault(hang=5), GOOD]

    assert make_http(timeout=0.1).get("/x")["c"] == "x"
    assert len(sleeps) == 1


def test_lasting_silence_is_a_temporary_error(api: OpenAIStandIn, make_http: MakeHttp) -> None:
    api.faults += [Fault(hang=5)]

    caught = failed(make_http(timeout=0.05, attempts=1))

    assert not caught.permanent
    assert str(caught) == "acme: no answer within 0.05 s"


def test_a_refused_connection_is_a_temporary_error(make_http: MakeHttp, sleeps: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        http = make_http(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}", attempts=2)

        caught = failed(http)

    assert not caught.permanent
    assert "the connection failed" in str(caught)
    assert len(sleeps) == 1


def test_an_answer_over_the_limit_is_refused(api: OpenAIStandIn, make_http: MakeHttp) -> None:
    api.faults.append(Fault(200, json.dumps("x" * 2000)))

    with pytest.raises(BodyTooLarge, match="over 1000 bytes"):
        make_http(max_bytes=1000).get("/x")


def test_white_space_around_a_key_does_not_matter(api: OpenAIStandIn, make_http: MakeHttp) -> None:
    api.faults.append(GOOD)

    make_http(bearer=SecretStr(f"{KEY}\n")).get("/x")

    assert api.requests[0].headers["authorization"] == f"Bearer {KEY}"
