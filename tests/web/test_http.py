from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from budgetbot.core.model import Json
from budgetbot.web import Api, web_app

TOKEN = SecretStr("a-long-random-text")
AUTHORISED = {"Authorization": "Bearer a-long-random-text"}


def _spend(query: Mapping[str, str]) -> Json:
    if query.get("q") == "nonsense":
        raise ValueError("`nonsense` is not understood")
    return {"asked": query.get("q", "")}


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest.fixture
def client(wrong: list[str]) -> Iterator[TestClient]:
    with TestClient(web_app(Api({"spend": _spend}, lambda: wrong), TOKEN)) as found:
        yield found


def test_health_needs_no_token(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readiness_says_what_is_wrong(client: TestClient, wrong: list[str]) -> None:
    assert client.get("/readyz").status_code == 200
    wrong.append("openai: costs was never read")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["wrong"] == ["openai: costs was never read"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "a-long-random-text"}, {"Authorization": "Bearer é"}],
    ids=["none", "wrong", "no-scheme", "not-ascii"],
)
def test_without_the_token_the_api_answers_401(client: TestClient, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]

    answer = client.get("/api/v1/spend", headers=encoded)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_api_takes_the_words_of_spend(client: TestClient) -> None:
    answer = client.get("/api/v1/spend", params={"q": "research by key"}, headers=AUTHORISED)

    assert answer.json() == {"asked": "research by key"}


def test_words_that_are_not_understood_are_400_and_say_so(client: TestClient) -> None:
    answer = client.get("/api/v1/spend", params={"q": "nonsense"}, headers=AUTHORISED)

    assert (answer.status_code, answer.json()) == (400, {"error": "`nonsense` is not understood"})


def test_an_unknown_thing_is_404(client: TestClient) -> None:
    assert client.get("/api/v1/nothing", headers=AUTHORISED).status_code == 404


def test_only_get_is_served(client: TestClient) -> None:
    assert client.post("/api/v1/spend", headers=AUTHORISED).status_code == 405
