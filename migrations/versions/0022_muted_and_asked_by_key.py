"""Telephones of staff that are muted for her, and the moments in which she is led out of the talking room."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STEPS_OUT = """
    CREATE TABLE hotline_steps_out (
        contact_id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        account_id UUID,
        question_sealed BYTEA,
        answer_sealed BYTEA,
        state VARCHAR NOT NULL,
        outcome VARCHAR,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        out_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_hotline_steps_out PRIMARY KEY (id),
        CONSTRAINT fk_hotline_steps_out_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id)
    )
"""


def upgrade() -> None:
    """A telephone that is in a room by now speaks, as it did; the release before goes on joining telephones so."""
    op.execute("ALTER TABLE hotline_legs ADD COLUMN muted BOOLEAN NOT NULL DEFAULT false")
    op.execute("ALTER TABLE hotline_legs ADD COLUMN muted_told BOOLEAN")
    op.execute(STEPS_OUT)
    op.execute("CREATE INDEX ix_hotline_steps_out_data_key_id ON hotline_steps_out (data_key_id)")
    op.execute("CREATE INDEX ix_hotline_steps_out_contact_id ON hotline_steps_out (contact_id, created_at)")
    op.execute("CREATE UNIQUE INDEX uq_hotline_steps_out_open ON hotline_steps_out (contact_id) WHERE ended_at IS NULL")


def downgrade() -> None:
    """What was asked by key is gone; who was muted is heard again when her telephone next joins."""
    op.execute("DROP TABLE hotline_steps_out")
    op.execute("ALTER TABLE hotline_legs DROP COLUMN muted_told")
    op.execute("ALTER TABLE hotline_legs DROP COLUMN muted")
