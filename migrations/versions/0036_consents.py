"""What others may be told of her is written down: to whom, what, how she agreed, until when, and that she withdrew."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

CONSENTS = """
    CREATE TABLE intake_consents (
        intake_id UUID NOT NULL,
        recipient VARCHAR NOT NULL,
        told JSONB NOT NULL,
        how VARCHAR NOT NULL,
        given_at TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE,
        words_sealed BYTEA,
        recorded_by UUID,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        withdrawn_by UUID,
        withdrawn_why VARCHAR,
        withdrawn_words_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_consents PRIMARY KEY (id),
        CONSTRAINT ck_intake_consents_how CHECK (how IN ('spoken', 'written')),
        CONSTRAINT ck_intake_consents_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_why IS NULL)),
        CONSTRAINT ck_intake_consents_until CHECK (until > given_at),
        CONSTRAINT fk_intake_consents_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_consents_recorded_by_staff_accounts FOREIGN KEY(recorded_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_consents_withdrawn_by_staff_accounts FOREIGN KEY(withdrawn_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Nothing was written down before."""
    op.execute(CONSENTS)
    op.execute("CREATE INDEX ix_intake_consents_data_key_id ON intake_consents (data_key_id)")
    op.execute("CREATE INDEX ix_intake_consents_intake_id ON intake_consents (intake_id, given_at)")


def downgrade() -> None:
    """That somebody agreed is known from the audit alone."""
    op.execute("DROP TABLE intake_consents")
