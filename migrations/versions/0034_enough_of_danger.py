"""How many contacts in danger a pause follows: enough of them are enough for one shift."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each pause of before followed one; the previous release counts no further."""
    op.execute("ALTER TABLE routing_wrap_ups ADD COLUMN contacts INTEGER DEFAULT 1 NOT NULL")


def downgrade() -> None:
    """It is not known any more how many they were."""
    op.execute("ALTER TABLE routing_wrap_ups DROP COLUMN contacts")
