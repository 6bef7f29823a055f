"""Serving the simulated organisation on loopback: in a thread for the demo and tests, or in the foreground."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Final

import uvicorn
from starlette.applications import Starlette

from budgetbot.sim.api import ADMIN_KEY, create_app
from budgetbot.sim.organisation import Organisation

_START_WITHIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where the organisation is served, and the key that opens it."""

    base_url: str
    port: int
    admin_key: str


@contextmanager
def serve(
    organisation: Organisation,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    admin_key: str = ADMIN_KEY,
    string_amounts: bool = False,
    key_floor: bool = False,
) -> Iterator[Served]:
    """Serve in a daemon thread until the context is left; port 0 takes a free one. OSError if the port is taken."""
    app = create_app(organisation, admin_key=admin_key, string_amounts=string_amounts, key_floor=key_floor)
    with closing(_listen(host, port)) as listener:
        server = uvicorn.Server(_config(app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="sim", daemon=True)
        thread.start()
        _wait_for(server, thread)
        bound = listener.getsockname()[1]
        try:
            yield Served(f"http://{host}:{bound}/v1", bound, admin_key)
        finally:
            server.should_exit = True
            thread.join()


def run_forever(
    port: int,
    organisation: Organisation | None = None,
    *,
    host: str = "127.0.0.1",
    admin_key: str = ADMIN_KEY,
    string_amounts: bool = False,
    key_floor: bool = False,
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM. OSError if the port is taken."""
    app = create_app(
        organisation or Organisation(), admin_key=admin_key, string_amounts=string_amounts, key_floor=key_floor
    )
    with closing(_listen(host, port)) as listener:
        uvicorn.Server(_config(app)).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only so
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(app, lifespan="off", ws="none", log_level="warning", access_log=False)


def _wait_for(server: uvicorn.Server, thread: Thread) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the simulated organisation did not start")
        time.sleep(0.005)
