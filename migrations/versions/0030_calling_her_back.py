"""Calling her back: each such call with how far it came, and whose contact it belongs to."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CALL_BACKS = """
    CREATE TABLE hotline_call_backs (
        id UUID NOT NULL,
        of_contact_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        line_id UUID NOT NULL,
        address_index BYTEA NOT NULL,
        account_id UUID NOT NULL,
        conference VARCHAR NOT NULL,
        caller_leg_id UUID,
        her_leg_id UUID,
        permit_id UUID,
        contact_id UUID,
        state VARCHAR DEFAULT 'ringing' NOT NULL,
        outcome VARCHAR,
        reasons VARCHAR,
        answered_by VARCHAR,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        called_at TIMESTAMP WITH TIME ZONE,
        answered_at TIMESTAMP WITH TIME ZONE,
        sure_at TIMESTAMP WITH TIME ZONE,
        other_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_hotline_call_backs PRIMARY KEY (id),
        CONSTRAINT ck_hotline_call_backs_state CHECK (state IN ('ringing', 'calling', 'answered', 'over')),
        CONSTRAINT ck_hotline_call_backs_outcome CHECK (outcome IN ('unreached', 'withdrawn', 'forbidden', 'busy', 'no_answer', 'failed', 'machine', 'reached', 'other', 'unsure')),
        CONSTRAINT ck_hotline_call_backs_over CHECK ((state = 'over') = (outcome IS NOT NULL)),
        CONSTRAINT fk_hotline_call_backs_of_contact_id_hotline_contacts FOREIGN KEY(of_contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_hotline_call_backs_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_hotline_call_backs_line_id_staff_lines FOREIGN KEY(line_id) REFERENCES staff_lines (id),
        CONSTRAINT fk_hotline_call_backs_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT uq_hotline_call_backs_conference UNIQUE (conference),
        CONSTRAINT fk_hotline_call_backs_permit_id_hotline_permits FOREIGN KEY(permit_id) REFERENCES hotline_permits (id),
        CONSTRAINT fk_hotline_call_backs_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT uq_hotline_call_backs_contact_id UNIQUE (contact_id)
    )
"""


def upgrade() -> None:
    """Nobody was called back by a release before; to that one such a contact is a call like any other."""
    op.execute(CALL_BACKS)
    op.execute(
        "CREATE UNIQUE INDEX uq_hotline_call_backs_open_number ON hotline_call_backs (address_index) WHERE outcome IS NULL"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_hotline_call_backs_open_account ON hotline_call_backs (account_id) WHERE outcome IS NULL AND contact_id IS NULL"
    )
    op.execute("CREATE INDEX ix_hotline_call_backs_address_index ON hotline_call_backs (address_index, called_at)")
    op.execute("CREATE INDEX ix_hotline_call_backs_of_contact_id ON hotline_call_backs (of_contact_id, created_at)")
    # With the column, where every row is NULL: added by itself it would read the whole table under a lock.
    op.execute(
        "ALTER TABLE hotline_contacts ADD COLUMN call_back_of UUID"
        " CONSTRAINT fk_hotline_contacts_call_back_of_hotline_contacts REFERENCES hotline_contacts (id)"
    )


def downgrade() -> None:
    """That somebody was called, and whether she was reached, is gone; the contacts stay as calls."""
    op.execute("ALTER TABLE hotline_contacts DROP COLUMN call_back_of")
    op.execute("DROP TABLE hotline_call_backs")
