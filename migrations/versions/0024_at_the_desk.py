"""The desk: where she is now, calls to 112 that people made, the pause after danger, contacts without a call."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

EMERGENCY_CALLS = """
    CREATE TABLE intake_emergency_calls (
        intake_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        caller_id UUID,
        telephone VARCHAR NOT NULL,
        which_sealed BYTEA,
        called_at TIMESTAMP WITH TIME ZONE NOT NULL,
        reference_sealed BYTEA,
        words_sealed BYTEA,
        outcome VARCHAR NOT NULL,
        noted_by UUID,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_emergency_calls PRIMARY KEY (id),
        CONSTRAINT fk_intake_emergency_calls_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_emergency_calls_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_emergency_calls_caller_id_staff_accounts FOREIGN KEY(caller_id) REFERENCES staff_accounts (id)
    )
"""

WRAP_UPS = """
    CREATE TABLE routing_wrap_ups (
        id UUID NOT NULL,
        account_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        began_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        not_before TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_routing_wrap_ups PRIMARY KEY (id),
        CONSTRAINT ck_routing_wrap_ups_order CHECK (not_before <= until),
        CONSTRAINT fk_routing_wrap_ups_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT fk_routing_wrap_ups_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_routing_wrap_ups_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id)
    )
"""

CHANNELS = "'voice', 'sms'"
DESK = "'walk_in', 'police', 'hospital', 'court', 'school', 'ngo', 'kades_followup', 'alo183', 'other'"


def _channels(listed: str, how: str = "") -> None:
    op.execute("ALTER TABLE hotline_contacts DROP CONSTRAINT ck_hotline_contacts_channel")
    op.execute(
        f"ALTER TABLE hotline_contacts ADD CONSTRAINT ck_hotline_contacts_channel CHECK (channel IN ({listed})) {how}"
    )


def upgrade() -> None:
    """Nothing is known of anybody's place yet; the previous release writes none of these columns."""
    op.execute("ALTER TABLE intake_intakes ADD COLUMN location_now_sealed BYTEA")
    op.execute("ALTER TABLE intake_intakes ADD COLUMN location_kept BOOLEAN DEFAULT false NOT NULL")
    op.execute(EMERGENCY_CALLS)
    op.execute("CREATE INDEX ix_intake_emergency_calls_data_key_id ON intake_emergency_calls (data_key_id)")
    op.execute("CREATE INDEX ix_intake_emergency_calls_intake_id ON intake_emergency_calls (intake_id, called_at)")
    op.execute(WRAP_UPS)
    op.execute("CREATE UNIQUE INDEX uq_routing_wrap_ups_open ON routing_wrap_ups (account_id) WHERE ended_at IS NULL")
    op.execute("CREATE INDEX ix_routing_wrap_ups_contact_id ON routing_wrap_ups (contact_id)")
    # To the previous release such a contact is a text without words: it stands on the board and can be closed.
    _channels(f"{CHANNELS}, {DESK}")


def downgrade() -> None:
    """What was written down of calls to 112 is gone with its table."""
    # Who came without a call stays written down.
    _channels(CHANNELS, "NOT VALID")
    op.execute("DROP TABLE routing_wrap_ups")
    op.execute("DROP TABLE intake_emergency_calls")
    op.execute("ALTER TABLE intake_intakes DROP COLUMN location_kept")
    op.execute("ALTER TABLE intake_intakes DROP COLUMN location_now_sealed")
