"""Which alert's message speaks for one that was grouped with it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("outbox", sa.Column("leader", sa.String(), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("outbox", "leader")
