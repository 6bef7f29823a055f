"""Transactions on SQLite and PostgreSQL: reads see one moment, writes never upgrade a lock half-way."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Table, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_TIMEOUT_MS = 10_000
_AGAIN = 0.02  # seconds
_STANDSTILL_MS = 10_000  # so long a writer may pause amid its transaction before the server ends it, with its locks
_CHUNK = 500
ServerClock: TypeAlias = Callable[[Connection], datetime]


class Database:
    """Where transactions come from."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(immediate=True)
        self._mine = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose statements all see the same moment, as on SQLite they always do."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, guarded: bool = True) -> Iterator[Connection]:
        """One transaction: all of it, or nothing where an exception leaves the block.

        `guarded`: not for what has a claim of its own.
        """
        with self._writer.begin() as connection:
            check: Callable[[Connection], None] | None = getattr(self._mine, "check", None)
            if guarded and check is not None:
                check(connection)
            yield connection

    @contextmanager
    def guarded(self, check: Callable[[Connection], None]) -> Iterator[None]:
        """In the block, every write of this thread begins with the check, inside its own transaction."""
        before = getattr(self._mine, "check", None)
        self._mine.check = check
        try:
            yield
        finally:
            self._mine.check = before

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


class Rehearsal(Database):
    """Everything on one connection, inside a transaction that its owner rolls back."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.engine)
        self._connection = connection
        self._one_at_a_time = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The connection, in a savepoint so that an error spoils nothing."""
        with self._one_at_a_time, self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """The same: how much its statements see was settled when the transaction began."""
        with self.read() as connection:
            yield connection

    @contextmanager
    def write(self, *, guarded: bool = True) -> Iterator[Connection]:
        """The same: a part that fails is undone, the rest stays until the end."""
        with self.read() as connection:
            yield connection

    def close(self) -> None:
        """Nothing: the connection belongs to who opened it."""


def prepare_sqlite(engine: Engine) -> None:
    """WAL, and BEGIN IMMEDIATE for writes.

    A deferred transaction that reads first and writes after somebody else's commit fails at once, whatever the
    busy timeout: https://www.sqlite.org/lang_transaction.html
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone() != ("wal",):
            _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _write_ahead(cursor: DBAPICursor) -> None:
    """Two that create a file at once both ask for it, and the busy timeout holds for neither: each would wait for the
    other's shared lock. https://www.sqlite.org/c3ref/busy_handler.html
    """
    until = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(_AGAIN)
        else:
            return


def prepare_postgresql(engine: Engine) -> None:
    """A writer that is suspended amid its transaction, or whose machine is gone, must not keep others waiting.

    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
    """

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate"):
            connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {_STANDSTILL_MS}")


def server_time(connection: Connection) -> datetime:
    """The time by the clock that all who share the database have in common."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)
    return datetime.now(UTC)


def serialise(connection: Connection, name: str) -> None:
    """Until the transaction ends, nobody else is past this line with the same name. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT as the connection's database spells ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    keep: Sequence[str] = (),
) -> None:
    """Insert rows, or overwrite those with the same primary key; `keep` names columns that are then left alone."""
    if not rows:
        return
    statement = insert(connection, table)
    key = [column.name for column in table.primary_key]
    written = [name for name in rows[0] if name not in key and name not in keep]
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in written}
    )
    connection.execute(statement, list(rows))


def insert_raw(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Many rows straight to the driver: as it takes them (times as microseconds), in the order of the columns."""
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(table.columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))  # noqa: S608


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values in portions that an IN list may hold."""
    for i in range(0, len(values), _CHUNK):
        yield values[i : i + _CHUNK]
