"""Spend and watermarks as they became known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "spend_change",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", "mark", "currency", name=op.f("pk_spend_change")),
    )
    op.create_table(
        "watermark_past",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("pulled_at", sa.BigInteger(), nullable=False),
        sa.Column("complete_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "report", "mark", name=op.f("pk_watermark_past")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("watermark_past")
    op.drop_table("spend_change")
