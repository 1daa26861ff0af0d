"""Ordinary words agreed for an emergency, how long a thread may be silent, a doubt who writes, texts of the machine."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WORDS = """
    CREATE TABLE intake_agreed_words (
        centre_id UUID NOT NULL,
        words_sealed BYTEA,
        word_index BYTEA NOT NULL,
        added_by UUID,
        added_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        removed_by UUID,
        removed_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_agreed_words PRIMARY KEY (id),
        CONSTRAINT fk_intake_agreed_words_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_intake_agreed_words_added_by_staff_accounts FOREIGN KEY(added_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_agreed_words_removed_by_staff_accounts FOREIGN KEY(removed_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """No words were agreed before, nobody was doubted, and the machine wrote to nobody."""
    op.execute(WORDS)
    op.execute("CREATE INDEX ix_intake_agreed_words_data_key_id ON intake_agreed_words (data_key_id)")
    op.execute(
        "CREATE UNIQUE INDEX uq_intake_agreed_words_current ON intake_agreed_words (centre_id, word_index) WHERE removed_at IS NULL"
    )
    op.execute("ALTER TABLE intake_text_policies ADD COLUMN silent_hours INTEGER DEFAULT 12 NOT NULL")
    op.execute(
        "ALTER TABLE intake_text_policies ADD CONSTRAINT ck_intake_text_policies_silent_hours CHECK (silent_hours BETWEEN 1 AND 720)"
    )
    op.execute("ALTER TABLE intake_safe_contacts ADD COLUMN doubted_at TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE hotline_messages ADD COLUMN automatic VARCHAR")


def downgrade() -> None:
    """Agreed words are asked for again."""
    op.execute("ALTER TABLE hotline_messages DROP COLUMN automatic")
    op.execute("ALTER TABLE intake_safe_contacts DROP COLUMN doubted_at")
    op.execute("ALTER TABLE intake_text_policies DROP CONSTRAINT ck_intake_text_policies_silent_hours")
    op.execute("ALTER TABLE intake_text_policies DROP COLUMN silent_hours")
    op.execute("DROP TABLE intake_agreed_words")
