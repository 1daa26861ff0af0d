"""A breach that was written down by mistake is called off: it stays as it was, with who said so, when and why."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE cases_breaches ADD COLUMN called_off_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE cases_breaches ADD COLUMN called_off_by UUID",
    "ALTER TABLE cases_breaches ADD COLUMN called_off_reason_sealed BYTEA",
    # Checked for what is written from now on first: whoever writes meanwhile waits for no scan of the table.
    "ALTER TABLE cases_breaches ADD CONSTRAINT fk_cases_breaches_called_off_by_staff_accounts FOREIGN KEY(called_off_by) REFERENCES staff_accounts (id) NOT VALID",
    "ALTER TABLE cases_breaches VALIDATE CONSTRAINT fk_cases_breaches_called_off_by_staff_accounts",
    "ALTER TABLE cases_breaches ADD CONSTRAINT ck_cases_breaches_called_off CHECK (called_off_at IS NULL OR state IN ('reported', 'filed')) NOT VALID",
    "ALTER TABLE cases_breaches VALIDATE CONSTRAINT ck_cases_breaches_called_off",
)


def upgrade() -> None:
    """Make room for the mark; no breach bears it yet."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What was called off counts again, and nobody knows any more that it was a mistake."""
    for column in ("called_off_reason_sealed", "called_off_by", "called_off_at"):
        op.execute(f"ALTER TABLE cases_breaches DROP COLUMN {column}")
