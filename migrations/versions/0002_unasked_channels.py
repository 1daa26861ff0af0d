"""A channel of a safe contact that nobody asked about is not agreed to."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: "Neutral" was what a channel began with, and nobody can tell it from her answer: what stands is asked again. Her own
#: texts are answered as before; what we begin waits for her word.
ASK_AGAIN = (
    "UPDATE intake_safe_contacts SET call = 'unasked' WHERE call = 'neutral' AND superseded_at IS NULL",
    "UPDATE intake_safe_contacts SET sms = 'unasked' WHERE sms = 'neutral' AND superseded_at IS NULL",
)
#: The release before has no word for it: never is the only one that opens nothing.
OPEN_NOTHING = (
    "UPDATE intake_safe_contacts SET call = 'never' WHERE call = 'unasked'",
    "UPDATE intake_safe_contacts SET sms = 'never' WHERE sms = 'unasked'",
)


def _allow(words: str, default: str) -> None:
    for column in ("call", "sms"):
        check = f"ck_intake_safe_contacts_{column}"
        op.execute(f"ALTER TABLE intake_safe_contacts DROP CONSTRAINT {check}")
        op.execute(f"ALTER TABLE intake_safe_contacts ADD CONSTRAINT {check} CHECK ({column} IN ({words}))")
        op.execute(f"ALTER TABLE intake_safe_contacts ALTER COLUMN {column} SET DEFAULT '{default}'")


def upgrade() -> None:
    """Let a channel be unasked, which is where it now begins."""
    _allow("'unasked', 'never', 'neutral', 'ok'", "unasked")
    for statement in ASK_AGAIN:
        op.execute(statement)


def downgrade() -> None:
    """A channel begins as neutral again."""
    for statement in OPEN_NOTHING:
        op.execute(statement)
    _allow("'never', 'neutral', 'ok'", "neutral")
