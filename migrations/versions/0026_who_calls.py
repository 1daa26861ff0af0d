"""Who calls is marked where no field of the form holds it."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MARKS = """
    CREATE TABLE intake_caller_marks (
        contact_id UUID NOT NULL,
        intake_id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        marked_by UUID,
        marked_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_by UUID,
        reason_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_caller_marks PRIMARY KEY (id),
        CONSTRAINT ck_intake_caller_marks_kind CHECK (kind IN ('suicidal')),
        CONSTRAINT fk_intake_caller_marks_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_caller_marks_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_caller_marks_marked_by_staff_accounts FOREIGN KEY(marked_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_caller_marks_ended_by_staff_accounts FOREIGN KEY(ended_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Nobody was marked before."""
    op.execute(MARKS)
    op.execute("CREATE INDEX ix_intake_caller_marks_data_key_id ON intake_caller_marks (data_key_id)")
    op.execute("CREATE INDEX ix_intake_caller_marks_intake_id ON intake_caller_marks (intake_id)")
    op.execute(
        "CREATE UNIQUE INDEX uq_intake_caller_marks_standing ON intake_caller_marks (contact_id, kind)"
        " WHERE ended_at IS NULL"
    )


def downgrade() -> None:
    """What was marked is known from the audit alone."""
    op.execute("DROP TABLE intake_caller_marks")
