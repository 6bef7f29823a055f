"""How the parts are built, and what commands and the web ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from budgetbot.app import Queries, api_of, clock, parts_of, refuse_open_web, store_of
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError
from budgetbot.settings import Settings, load_settings
from budgetbot.store.leases import SCHEDULER
from budgetbot.web import web_app
from tests.standins.clock import Clock
from tests.store.samples import alert

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = """
version: 1
SOURCES
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of an installation that declares such sources."""

    def make(sources: str = "", **values: object) -> Settings:
        (tmp_path / "policy.yaml").write_text(POLICY.replace("SOURCES", sources))
        url = f"sqlite:///{tmp_path / 'budgetbot.db'}"
        return load_settings(budgetbot_database_url=url, budgetbot_policies=tmp_path / "policy.yaml", **values)

    return make


@pytest.fixture
def parts(configured: Callable[..., Settings]) -> Iterator[Parts]:
    with parts_of(configured(openai_admin_key=SecretStr("sk-admin-x"))) as built:
        yield built


def test_time_is_utc_now_or_goes_on_from_where_it_is_told() -> None:
    assert datetime.now(UTC) <= clock()() <= datetime.now(UTC)
    assert clock()().utcoffset() == timedelta(0)

    told = clock(NOW)
    first, second = told(), told()
    assert NOW <= first <= second < NOW + timedelta(seconds=5)


def test_a_key_in_the_environment_makes_a_source(parts: Parts) -> None:
    assert [(source.name, source.provider) for source in parts.sources] == [("openai", "openai")]
    assert set(parts.notifiers) == {"screen", "owner"}


def test_declared_sources_read_their_key_from_the_variable_they_name(
    configured: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EU_KEY", "sk-admin-eu")
    declared = configured(
        "sources: [{name: eu, type: openai, key_env: EU_KEY}]", openai_admin_key=SecretStr("sk-admin")
    )

    with parts_of(declared) as parts:
        assert [source.name for source in parts.sources] == ["eu", "openai"]


def test_a_declared_source_without_its_key_is_refused(configured: Callable[..., Settings]) -> None:
    declared = configured("sources: [{name: eu, type: openai, key_env: EU_KEY}]")

    with pytest.raises(UsageError, match="source eu: EU_KEY is not set"), parts_of(declared):
        pass


def test_what_is_written_on_a_scratch_store_vanishes(configured: Callable[..., Settings]) -> None:
    settings = configured()
    with store_of(settings, scratch=True) as scratch:
        scratch.ledger.walk_done("openai", "costs", NOW, NOW)
        assert len(scratch.ledger.watermarks()) == 1

    with store_of(settings) as store:
        assert store.ledger.watermarks() == []


def test_it_is_unready_while_a_source_is_not_read(parts: Parts) -> None:
    queries, ledger = Queries(parts, Clock(NOW)), parts.store.ledger
    assert queries.wrong() == ["no scheduler holds the lease; start `budgetbot run`"]
    parts.store.leases.acquire(SCHEDULER, "here|1|1|abcd", timedelta(days=9_000), lambda _: False)
    assert queries.wrong() == []

    ledger.walk_done("openai", "costs", NOW, NOW - timedelta(hours=5))
    assert queries.wrong() == []
    ledger.walk_done("openai", "costs", NOW, NOW - timedelta(hours=7))
    ledger.walk_failed("openai", "completions", "HTTP 500", NOW - timedelta(hours=7))
    ledger.walk_done("taken-out", "costs", NOW, NOW - timedelta(days=9))

    wrong = queries.wrong()
    assert [line.split(" was ")[0] for line in wrong] == ["openai: completions", "openai: costs"]
    with TestClient(web_app(api_of(queries), None)) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/readyz").json()["wrong"] == wrong
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("words", ["frobnicate", "since tomorrow's", "by nonsense", "help"])
def test_words_that_are_not_understood_are_answered_and_no_fault(parts: Parts, words: str) -> None:
    with TestClient(web_app(api_of(Queries(parts, Clock(NOW))), None)) as client:
        answer = client.get("/api/v1/spend", params={"q": words})

    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("asked", "everything"), [("", False), ("?all=0", False), ("?all=1", True), ("?all=true", True)]
)
def test_resolved_alerts_are_only_told_to_who_asks_for_all(parts: Parts, asked: str, everything: bool) -> None:

    store = parts.store.alerts
    store.record([alert("open"), alert("over", state="resolved", resolved_at=NOW, reason="corrected")], [], NOW)
    with TestClient(web_app(api_of(Queries(parts, Clock(NOW))), None)) as client:
        rows = client.get(f"/api/v1/alerts{asked}").json()

    assert {row["id"] for row in rows} == ({"open", "over"} if everything else {"open"})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_who_listens_to_this_machine_alone_needs_no_token(configured: Callable[..., Settings], host: str) -> None:
    refuse_open_web(configured(budgetbot_http_host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", ""])  # noqa: S104
def test_who_listens_to_others_needs_a_token(configured: Callable[..., Settings], host: str) -> None:
    with pytest.raises(UsageError, match="BUDGETBOT_WEB_TOKEN"):
        refuse_open_web(configured(budgetbot_http_host=host))

    refuse_open_web(configured(budgetbot_http_host=host, budgetbot_web_token=SecretStr("long")))


def test_a_database_that_does_not_answer_is_no_reason_to_fall_silent(parts: Parts, tmp_path: Path) -> None:
    parts.store.close()
    (tmp_path / "budgetbot.db").write_text("no database")

    with TestClient(web_app(api_of(Queries(parts, Clock(NOW))), None)) as client:
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["wrong"] == ["the database does not answer (DatabaseError); see to it that it runs"]


def test_a_database_that_a_newer_version_upgraded_is_told(parts: Parts) -> None:
    with parts.store._database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert Queries(parts, Clock(NOW)).wrong() == [
        "the database was upgraded by a newer version; install that one, and restart"
    ]
