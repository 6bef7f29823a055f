"""Which schema a database has, and the way to today's. Alembic is only loaded where there is something to do.

A new revision: change tables.py, then call `alembic.command.revision(config(connection), MESSAGE, autogenerate=True)`
on a database at the head, name the file after its number, and add the number to REVISIONS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import Connection, inspect, text

from budgetbot.store.database import Database, serialise

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
HEAD = REVISIONS[-1]
Standing: TypeAlias = Literal["empty", "behind", "current", "ahead"]
_MIGRATIONS = Path(__file__).with_name("migrations")


def state(connection: Connection) -> Standing:
    """How the database stands to this code; "ahead" where a newer version made it."""
    if not inspect(connection).has_table("alembic_version"):
        return "empty"
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None:
        return "empty"
    if revision not in REVISIONS:
        return "ahead"
    return "current" if revision == HEAD else "behind"


def config(connection: Connection) -> Config:
    """Alembic's configuration, working on this connection and inside its transaction."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def upgrade(database: Database) -> None:
    """Bring the schema to the head, in one transaction; whoever comes at the same time waits and finds it done."""
    from alembic import command

    with database.write() as connection:
        serialise(connection, "budgetbot schema")
        command.upgrade(config(connection), "head")
