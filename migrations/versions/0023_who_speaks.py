"""Who speaks is marked in a contact, by a check or as perhaps the other party; a case has its owner's line to the night."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHECKS = """
    CREATE TABLE intake_identity_checks (
        contact_id UUID NOT NULL,
        intake_id UUID NOT NULL,
        how VARCHAR NOT NULL,
        checked_by UUID,
        checked_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_by UUID,
        ended_how VARCHAR,
        reason_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_identity_checks PRIMARY KEY (id),
        CONSTRAINT ck_intake_identity_checks_how CHECK (how IN ('code_word', 'question', 'facts', 'voice', 'colleague')),
        CONSTRAINT ck_intake_identity_checks_ended_how CHECK (ended_how IN ('withdrawn', 'renewed', 'other_party')),
        CONSTRAINT ck_intake_identity_checks_ended CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
        CONSTRAINT fk_intake_identity_checks_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_identity_checks_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_identity_checks_checked_by_staff_accounts FOREIGN KEY(checked_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_identity_checks_ended_by_staff_accounts FOREIGN KEY(ended_by) REFERENCES staff_accounts (id)
    )
"""
MARKS = """
    CREATE TABLE intake_other_party_marks (
        contact_id UUID NOT NULL,
        intake_id UUID NOT NULL,
        marked_by UUID,
        marked_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_by UUID,
        reason_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_other_party_marks PRIMARY KEY (id),
        CONSTRAINT fk_intake_other_party_marks_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_other_party_marks_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_other_party_marks_marked_by_staff_accounts FOREIGN KEY(marked_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_other_party_marks_ended_by_staff_accounts FOREIGN KEY(ended_by) REFERENCES staff_accounts (id)
    )
"""
_MARKS = ("intake_identity_checks", "intake_other_party_marks")


def upgrade() -> None:
    """A check that was made before stands in the audit alone: in a contact that is open now it is made anew."""
    op.execute(CHECKS)
    op.execute(MARKS)
    for table in _MARKS:
        op.execute(f"CREATE INDEX ix_{table}_data_key_id ON {table} (data_key_id)")
        op.execute(f"CREATE INDEX ix_{table}_intake_id ON {table} (intake_id)")
        op.execute(f"CREATE UNIQUE INDEX uq_{table}_standing ON {table} (contact_id) WHERE ended_at IS NULL")
    op.execute("ALTER TABLE cases_cases ADD COLUMN night_line_sealed BYTEA")
    op.execute("ALTER TABLE cases_cases ADD COLUMN night_line_by UUID")
    op.execute("ALTER TABLE cases_cases ADD COLUMN night_line_at TIMESTAMP WITH TIME ZONE")
    op.execute(
        "ALTER TABLE cases_cases ADD CONSTRAINT fk_cases_cases_night_line_by_staff_accounts"
        " FOREIGN KEY(night_line_by) REFERENCES staff_accounts (id)"
    )


def downgrade() -> None:
    """Who spoke is known from the audit alone, and the owners' lines are gone."""
    for column in ("night_line_at", "night_line_by", "night_line_sealed"):
        op.execute(f"ALTER TABLE cases_cases DROP COLUMN {column}")
    for table in reversed(_MARKS):
        op.execute(f"DROP TABLE {table}")
