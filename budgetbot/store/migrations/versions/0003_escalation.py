"""What stands beside an alert's state: the end of an acknowledgement, silences, and its way up escalations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("alert", sa.Column("acknowledged_until", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("silenced", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alert", sa.Column("climbs", sa.String(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Back to the revision before."""
    for name in ("climbs", "silenced", "acknowledged_until"):
        op.drop_column("alert", name)
