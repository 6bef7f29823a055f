"""The store as one thing: open it, and speak to its ledger, alerts, outbox and leases."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    PendingRollbackError,
    ProgrammingError,
    SQLAlchemyError,
)

from budgetbot.errors import UsageError
from budgetbot.store import schema
from budgetbot.store.alerts import Alerts
from budgetbot.store.allowances import Allowances
from budgetbot.store.attempts import Attempts
from budgetbot.store.backlog import Backlog
from budgetbot.store.database import Database, Rehearsal, prepare_postgresql, prepare_sqlite
from budgetbot.store.days import Days
from budgetbot.store.jobs import Jobs
from budgetbot.store.leases import Leases
from budgetbot.store.ledger import Ledger
from budgetbot.store.outbox import Outbox

_SPELLING = "write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
_PATIENCE = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""How soon a server is given up that went away without a word, so that nobody waits for it for hours."""
_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Errors that say nothing of the database, but of what was asked of it."""
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


class Store:
    """What budgetbot knows and has to do. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ledger = Ledger(database)
        self.days = Days(database, self.ledger.book)
        self.alerts = Alerts(database)
        self.allowances = Allowances(database)
        self.outbox = Outbox(database)
        self.backlog = Backlog(database)
        self.attempts = Attempts(database)
        self.leases = Leases(database)
        self.jobs = Jobs(database)

    @property
    def shared(self) -> bool:
        """Whether processes of many machines may work on it at once."""
        return self._database.engine.dialect.name == "postgresql"

    def upgrade(self) -> None:
        """Bring the schema up to date."""
        schema.upgrade(self._database)

    def standing(self) -> schema.Standing:
        """How the schema stands to this code: another process may have upgraded it since this one opened it."""
        with self._database.read() as connection:
            return schema.state(connection)

    @contextmanager
    def scratch(self) -> Iterator[Store]:
        """A store with the same content whose writes vanish at the end of the block.

        SQLite: a temporary copy. PostgreSQL: one transaction that is rolled back, so threads take turns on it.
        """
        if self._database.engine.dialect.name == "postgresql":
            with self._database.engine.connect() as connection, connection.begin() as outer:
                try:
                    yield Store(Rehearsal(connection))
                finally:
                    outer.rollback()
            return
        with tempfile.TemporaryDirectory(prefix="budgetbot-") as folder:
            copy = Path(folder) / "scratch.db"
            self._copy_to(copy)
            store = Store(_database(URL.create("sqlite", database=str(copy))))
            try:
                yield store
            finally:
                store.close()

    def _copy_to(self, path: Path) -> None:
        target = sqlite3.connect(path)
        original = self._database.engine.raw_connection()
        try:
            assert isinstance(original.driver_connection, sqlite3.Connection)  # noqa: S101
            original.driver_connection.backup(target)
        finally:
            original.close()
            target.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()


def open_store(url: str, *, upgrade: bool | None = None) -> Store:
    """The store behind a database URL.

    SQLite files are created and brought up to date at once; PostgreSQL, which others share, only where `upgrade` says
    so. Raises UsageError, in one line and without the password: a wrong URL, no connection, an old or a newer schema.
    """
    address = _address(url)
    database = _database(address)
    try:
        _meet(database, address, upgrade=bool(upgrade) or address.drivername == "sqlite")
    except (DBAPIError, sqlite3.Error) as error:
        database.close()
        place, cause = _trouble(address, error)
        raise UsageError(f"cannot open {place} ({cause}); mend BUDGETBOT_DATABASE_URL") from None
    except BaseException:
        database.close()
        raise
    return Store(database)


@contextmanager
def opened(url: str, *, upgrade: bool | None = None) -> Iterator[Store]:
    """The same, closed at the end of the block. Raises UsageError also where the database goes away in between."""
    with closing(open_store(url, upgrade=upgrade)) as store:
        try:
            yield store
        except (SQLAlchemyError, sqlite3.Error) as error:
            if not _is_gone(error):
                raise
            place, cause = _trouble(_address(url), error)
            raise UsageError(f"lost {place} ({cause}); see to it that it answers, and start this again") from error


def _is_gone(error: SQLAlchemyError | sqlite3.Error) -> bool:
    """Whether the database itself fails, rather than what was asked of it."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or not isinstance(error, _OURS)
    return isinstance(error, PendingRollbackError | sqlite3.Error)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"BUDGETBOT_DATABASE_URL is not a database URL; {_SPELLING}") from None
    driver = _DRIVERS.get(address.drivername)
    if driver is None:
        raise UsageError(f"BUDGETBOT_DATABASE_URL: {address.drivername} is not known here; {_SPELLING}")
    if driver == "sqlite" and address.database in (None, "", ":memory:"):
        raise UsageError("BUDGETBOT_DATABASE_URL names no file, so nothing would be remembered; write sqlite:///FILE")
    return address.set(drivername=driver)


def _database(address: URL) -> Database:
    if address.drivername == "sqlite":
        engine = create_engine(address)
        prepare_sqlite(engine)
        return Database(engine)
    try:
        engine = create_engine(address, pool_pre_ping=True, connect_args=_PATIENCE)
    except ModuleNotFoundError:
        raise UsageError("PostgreSQL needs its driver; pip install 'budgetbot[postgres]'") from None
    prepare_postgresql(engine)
    return Database(engine)


def _meet(database: Database, address: URL, *, upgrade: bool) -> None:
    with database.read() as connection:
        found = schema.state(connection)
    if found == "ahead":
        raise UsageError(
            f"the database {address.database} was made by a newer budgetbot; install that version, or name another one"
        )
    if found != "current" and not upgrade:
        raise UsageError(
            f"the database {address.database} does not have the schema of this version; run `budgetbot db upgrade`"
        )
    if found != "current":
        schema.upgrade(database)


def _trouble(address: URL, error: SQLAlchemyError | sqlite3.Error) -> tuple[str, str]:
    """Which database, and what it said; both in one line and without the password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    cause = " ".join(str("its connection broke" if isinstance(said, SQLAlchemyError) else said).split())
    for secret in (address.password, address.query.get("password")):
        cause = cause.replace(str(secret), "***") if secret else cause
    return address.set(query={}).render_as_string(hide_password=True), cause
