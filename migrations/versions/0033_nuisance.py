"""Contacts of a number that a person marked as abusive or a prank; what they weigh together goes by itself."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MARKS = """
    CREATE TABLE intake_nuisance_marks (
        contact_id UUID NOT NULL,
        address_index BYTEA NOT NULL,
        marked_by UUID,
        marked_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        cleared_at TIMESTAMP WITH TIME ZONE,
        cleared_by UUID,
        CONSTRAINT pk_intake_nuisance_marks PRIMARY KEY (contact_id),
        CONSTRAINT fk_intake_nuisance_marks_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_nuisance_marks_marked_by_staff_accounts FOREIGN KEY(marked_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_nuisance_marks_cleared_by_staff_accounts FOREIGN KEY(cleared_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """No number was marked before."""
    op.execute(MARKS)
    op.execute("CREATE INDEX ix_intake_nuisance_marks_address_index ON intake_nuisance_marks (address_index)")


def downgrade() -> None:
    """What was marked stands in the intakes as their class."""
    op.execute("DROP TABLE intake_nuisance_marks")
