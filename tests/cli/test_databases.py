"""Databases as people name them: made, upgraded, refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from tests.conftest import _fresh
from tests.standins.inside import Inside

PASSWORD = "hunter2"


@pytest.fixture
def postgres(new: Inside, postgres_server: str) -> Iterator[Inside]:
    """An installation whose database is empty."""
    for url in _fresh(postgres_server, template="template1"):
        new.env["BUDGETBOT_DATABASE_URL"] = url
        yield new


@pytest.mark.parametrize("command", [["check"], ["run"], ["check", "--dry-run"]], ids=" ".join)
def test_a_postgresql_without_this_versions_tables_is_refused_and_the_way_named(
    postgres: Inside, command: list[str]
) -> None:
    said = postgres.run(*command, exits=2)

    assert said.endswith("run `budgetbot db upgrade`\n")
    assert said.count("\n") == 1


def test_a_postgresql_is_upgraded_once_and_then_works(postgres: Inside) -> None:
    assert postgres.run("db", "upgrade") == "the database is up to date\n"
    assert postgres.run("db", "upgrade") == "the database is up to date\n"

    assert postgres.run("check") == "checked 0 sources: 0 sent, 0 failed\n"
    assert postgres.run("check", "--dry-run") == "dry run: 0 would be sent; nothing is written\n"
    assert postgres.json("alerts") == []


def test_sqlite_needs_no_step(new: Inside) -> None:
    assert new.json("budgets")[0]["spent"] == "0.00"
    assert (new.folder / "budgetbot.db").exists()


def test_a_database_that_cannot_be_reached_is_named_without_its_password(new: Inside) -> None:
    address = make_url("postgresql+psycopg://bot@127.0.0.1:1/ledger").set(password=PASSWORD)
    new.env["BUDGETBOT_DATABASE_URL"] = address.render_as_string(hide_password=False)

    for command in ("check", "alerts", "spend"):
        said = new.run(command, exits=2)
        assert "127.0.0.1" in said
        assert PASSWORD not in said
        assert said.count("\n") == 1
