"""Under secrecy (Law 6284, Art. 8/6) also the contacts and intakes of a case are its readers' alone."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("hotline_contacts", "intake_intakes")
KNOWN = (
    """
    UPDATE hotline_contacts SET confidential = true FROM cases_case_contacts c JOIN cases_cases k ON k.id = c.case_id
    WHERE k.confidential AND hotline_contacts.id = c.contact_id
    """,
    """
    UPDATE intake_intakes SET confidential = true FROM cases_case_contacts c JOIN cases_cases k ON k.id = c.case_id
    WHERE k.confidential AND intake_intakes.contact_id = c.contact_id
    """,
)


def upgrade() -> None:
    """What belongs to a case that is secret already is closed as well."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN confidential BOOLEAN DEFAULT false NOT NULL")
    for statement in KNOWN:
        op.execute(statement)


def downgrade() -> None:
    """Whoever reads a centre as a whole reads them again."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN confidential")
