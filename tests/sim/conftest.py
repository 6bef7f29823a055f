"""One organisation, served once for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import Served, serve
from tests.sim.world import Hand


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    return Organisation(history_days=40, clock=Hand(), decisions=True)


@pytest.fixture(scope="session")
def served(organisation: Organisation) -> Iterator[Served]:
    with serve(organisation) as address:
        yield address


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {served.admin_key}"}
    with httpx.Client(base_url=served.base_url, headers=headers) as connection:
        yield connection
