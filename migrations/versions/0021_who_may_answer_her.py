"""Her wish for a woman is assumed until she says otherwise: that she did is kept in the intake and in the queue."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = ("intake_intakes", "routing_queue")


def upgrade() -> None:
    """Nobody has said so yet; the previous release writes neither column."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN anybody_may_answer BOOLEAN DEFAULT false NOT NULL")


def downgrade() -> None:
    """Women are asked first for nobody then, except for who asked for one."""
    for table in reversed(_TABLES):
        op.execute(f"ALTER TABLE {table} DROP COLUMN anybody_may_answer")
