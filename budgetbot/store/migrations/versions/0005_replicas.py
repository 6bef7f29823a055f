"""Who sends a notification just now, and until when nobody else does."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.execute("UPDATE outbox SET status = 'unknown' WHERE status = 'sending'")
    op.drop_column("outbox", "claimed_by")
    op.add_column("outbox", sa.Column("sender", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("claimed_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.execute("UPDATE outbox SET status = 'unknown' WHERE status = 'sending'")
    op.drop_column("outbox", "claimed_until")
    op.drop_column("outbox", "sender")
    op.add_column("outbox", sa.Column("claimed_by", sa.BigInteger(), nullable=True))
