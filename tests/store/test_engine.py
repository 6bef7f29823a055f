"""The alert engine on real databases: whatever dies at whatever statement, everybody hears everything once."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine

from budgetbot.store.tables import alert, alert_event, outbox, rule
from tests.core.engine.machine import Engine
from tests.store.engine_memory import Stored

STEPS = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class Kept(Engine):
    """The engine with its memory in a database."""

    def __init__(self, url: str) -> None:
        self.stored = Stored(url)
        super().__init__(self.stored)

    def teardown(self) -> None:
        """Another run begins on a connection of its own."""
        self.stored.close()


def test_on_sqlite_nothing_is_lost_or_told_twice_wherever_a_process_dies(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "budgetbot.db"

    class Fresh(Kept):
        def __init__(self) -> None:
            for old in tmp_path.glob("budgetbot.db*"):
                old.unlink()
            shutil.copyfile(migrated_file, path)
            super().__init__(f"sqlite:///{path}")

    run_state_machine_as_test(Fresh, settings=settings(STEPS, max_examples=8, stateful_step_count=15))


def test_on_postgresql_nothing_is_lost_or_told_twice_wherever_a_process_dies(postgres_url: str) -> None:
    cleaner = create_engine(postgres_url)

    class Fresh(Kept):
        def __init__(self) -> None:
            with cleaner.begin() as connection:
                for table in (outbox, alert_event, alert, rule):
                    connection.execute(table.delete())
            super().__init__(postgres_url)

    run_state_machine_as_test(Fresh, settings=settings(STEPS, max_examples=4, stateful_step_count=15))
    cleaner.dispose()
