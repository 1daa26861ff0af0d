"""The whole record: what she asks for in her words, until when a measure holds, that the police were called."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_COLUMNS = (
    "safe_later BOOLEAN DEFAULT false NOT NULL",
    "measure_until DATE",
    "wants_words_sealed BYTEA",
    "police_called_at TIMESTAMP WITH TIME ZONE",
    "police_reference_sealed BYTEA",
)


def upgrade() -> None:
    """The previous release writes none of it."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE intake_intakes ADD COLUMN {column}")


def downgrade() -> None:
    """What was written there is lost."""
    for column in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE intake_intakes DROP COLUMN {column.split()[0]}")
