"""A database that goes away while a command works with it: one line that names it, and no traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NoReturn

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError

from budgetbot.errors import UsageError
from budgetbot.lead import leading
from budgetbot.store import Store, opened
from tests.standins.inside import Inside

PASSWORD = "hunter2"


class Lost:
    """A database with a password, and the way to take it from whoever is connected."""

    def __init__(self, server: str, url: str) -> None:
        self.server = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
        self.name = make_url(url).database
        self.url = make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)

    def take_away(self) -> None:
        self._tell(f"ALTER DATABASE {self.name} WITH ALLOW_CONNECTIONS false")
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
        self._tell(f"{ended}'{self.name}'")

    def give_back(self) -> None:
        self._tell(f"ALTER DATABASE {self.name} WITH ALLOW_CONNECTIONS true")

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def lost(postgres_server: str, postgres_url: str) -> Iterator[Lost]:
    found = Lost(postgres_server, postgres_url)
    yield found
    found.give_back()


@pytest.fixture
def provider() -> Iterator[Callable[[Callable[[], None]], str]]:
    """A provider that lets something happen when it is first asked, and fails; its address."""
    with ExitStack() as stack:

        def make(happens: Callable[[], None]) -> str:
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    if not server.asked:
                        server.asked = True
                        happens()
                    self.send_error(403)

                def log_message(self, *_: object) -> None:
                    """Say nothing."""

            class Server(ThreadingHTTPServer):
                asked = False

            server = Server(("127.0.0.1", 0), Handler)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            return f"http://127.0.0.1:{server.server_port}/v1"

        yield make


@pytest.mark.parametrize("command", [["check"], ["check", "--dry-run"], ["pull"]], ids=" ".join)
def test_a_command_whose_database_goes_away_says_so_in_one_line_without_the_password(
    new: Inside, lost: Lost, provider: Callable[[Callable[[], None]], str], command: list[str]
) -> None:
    new.env |= {
        "BUDGETBOT_DATABASE_URL": lost.url,
        "OPENAI_ADMIN_KEY": "sk-admin-x",
        "OPENAI_BASE_URL": provider(lost.take_away),
    }

    said = new.run(*command, exits=2)

    assert said.splitlines()[-1].startswith("lost postgresql+psycopg://")
    assert f"/{lost.name} (" in said.splitlines()[-1]
    assert PASSWORD not in said
    assert "Traceback" not in said
    assert "sqlalche.me" not in said


def test_one_that_goes_away_before_the_lease_is_taken_is_no_fault_of_ours(lost: Lost) -> None:
    def run() -> NoReturn:
        with opened(lost.url) as store:
            lost.take_away()
            with leading(store):
                raise AssertionError

    with pytest.raises(
        UsageError, match=r"^lost postgresql.* see to it that it answers, and start this again$"
    ) as told:
        run()

    assert PASSWORD not in str(told.value)
    assert told.value.exit_code == 2


def test_a_file_that_is_replaced_by_something_else_is_named(migrated_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "budgetbot.db"
    file.write_bytes(migrated_file.read_bytes())

    def command() -> None:
        with opened(f"sqlite:///{file}") as store:
            store.close()
            file.write_text("shopping list\n" * 100)
            store.leases.holder("any")

    with pytest.raises(UsageError, match=rf"^lost sqlite:///{file} \(file is not a database\)"):
        command()


def test_a_fault_of_ours_is_not_blamed_on_the_database(sqlite_store: Store, tmp_path: Path) -> None:
    def command() -> None:
        with opened(f"sqlite:///{tmp_path / 'budgetbot.db'}") as store, store._database.write() as connection:
            row = "INSERT INTO job (name, done_at, \"left\") VALUES ('a', 1, '')"
            connection.exec_driver_sql(row)
            connection.exec_driver_sql(row)

    with pytest.raises(IntegrityError):
        command()
