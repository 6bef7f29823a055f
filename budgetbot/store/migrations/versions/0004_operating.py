"""When jobs were last done, and how often receivers did not confirm."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "job",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job")),
    )
    op.create_table(
        "delivery_failure",
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "fault", name=op.f("pk_delivery_failure")),
    )
    op.create_index("ix_outbox_receiver_reason_status", "outbox", ["receiver", "reason", "status"])
    op.execute("INSERT INTO job SELECT 'evaluate', since, 'null' FROM rule WHERE name = 'cycle:last'")
    op.execute("DELETE FROM rule WHERE name = 'cycle:last'")


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index("ix_outbox_receiver_reason_status", table_name="outbox")
    op.drop_table("delivery_failure")
    op.drop_table("job")
