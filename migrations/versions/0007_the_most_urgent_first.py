"""What is due is done by how urgent it is: the rank of each row is the level of whom it is about."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows that wait get the rank of what names none; a wait that goes on names its own at its next wave."""
    op.execute("ALTER TABLE core_due ADD COLUMN rank SMALLINT DEFAULT 2 NOT NULL")
    op.execute("CREATE INDEX ix_core_due_rank_at ON core_due (rank, at)")


def downgrade() -> None:
    """All is done in the order of its time again."""
    op.execute("DROP INDEX ix_core_due_rank_at")
    op.execute("ALTER TABLE core_due DROP COLUMN rank")
