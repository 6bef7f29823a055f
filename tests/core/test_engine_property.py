"""Random spend, waits, limits, outages, people and crashes: what must hold whatever happens."""

from __future__ import annotations

from hypothesis import settings

from tests.core.engine.machine import Engine
from tests.core.engine.memory import Plain


class Remembered(Engine):
    """The engine with a memory of its own."""

    def __init__(self) -> None:
        super().__init__(Plain())


TestEngine = Remembered.TestCase
TestEngine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)
