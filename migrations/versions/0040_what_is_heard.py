"""What is heard beside her has words of its own."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was written down of it before."""
    op.execute("ALTER TABLE intake_intakes ADD COLUMN heard_words_sealed BYTEA")


def downgrade() -> None:
    """What was heard goes with its column; the codes stay where they are."""
    op.execute("ALTER TABLE intake_intakes DROP COLUMN heard_words_sealed")
