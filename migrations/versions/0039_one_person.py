"""That two records are one woman's is a person's word, proposed, confirmed and taken back."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

MERGES = """
    CREATE TABLE intake_merges (
        first_id UUID NOT NULL,
        second_id UUID NOT NULL,
        proposed_by UUID,
        proposed_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        proposal_sealed BYTEA,
        confirmed_by UUID,
        confirmed_at TIMESTAMP WITH TIME ZONE,
        reason_sealed BYTEA,
        ended_by UUID,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_why_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_merges PRIMARY KEY (id),
        CONSTRAINT ck_intake_merges_ordered CHECK (first_id < second_id),
        CONSTRAINT fk_intake_merges_first_id_intake_intakes FOREIGN KEY(first_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_merges_second_id_intake_intakes FOREIGN KEY(second_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_merges_proposed_by_staff_accounts FOREIGN KEY(proposed_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_merges_confirmed_by_staff_accounts FOREIGN KEY(confirmed_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_merges_ended_by_staff_accounts FOREIGN KEY(ended_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Nobody said so before."""
    op.execute(MERGES)
    op.execute("CREATE INDEX ix_intake_merges_data_key_id ON intake_merges (data_key_id)")
    op.execute("CREATE INDEX ix_intake_merges_second_id ON intake_merges (second_id) WHERE ended_at IS NULL")
    op.execute(
        "CREATE UNIQUE INDEX uq_intake_merges_standing ON intake_merges (first_id, second_id) WHERE ended_at IS NULL"
    )


def downgrade() -> None:
    """Each record is read by itself, as it is where nothing was confirmed."""
    op.execute("DROP TABLE intake_merges")
