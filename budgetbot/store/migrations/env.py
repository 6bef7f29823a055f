"""Alembic's entry: always on the connection it is given, inside that connection's transaction."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator

from budgetbot.store.tables import METADATA


def plain(kind: str, thing: object, _: AutogenContext) -> str | Literal[False]:
    """Types of our own and SQLModel's as what they are in the database: a migration must not change with the code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{type(thing.impl_instance).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    render_item=plain,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
