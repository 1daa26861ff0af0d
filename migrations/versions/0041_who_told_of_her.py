"""Who told of her is kept apart from her record."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

INFORMANTS = """
    CREATE TABLE intake_informants (
        intake_id UUID NOT NULL,
        relation VARCHAR,
        anonymous BOOLEAN DEFAULT false NOT NULL,
        name_sealed BYTEA,
        number_sealed BYTEA,
        words_sealed BYTEA,
        written_by UUID,
        written_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_informants PRIMARY KEY (id),
        CONSTRAINT uq_intake_informants_intake_id UNIQUE (intake_id),
        CONSTRAINT fk_intake_informants_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_informants_written_by_staff_accounts FOREIGN KEY(written_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Names that stand in the form of such a contact stay where they are until it is saved again."""
    op.execute(INFORMANTS)
    op.execute("CREATE INDEX ix_intake_informants_data_key_id ON intake_informants (data_key_id)")


def downgrade() -> None:
    """Who told of her is lost with the table: it stands nowhere else."""
    op.execute("DROP TABLE intake_informants")
