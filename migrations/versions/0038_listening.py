"""Colleagues may listen where the director allows it for the line, and only after the caller was told and agreed."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

CONSENTS = """
    CREATE TABLE hotline_listening_consents (
        contact_id UUID NOT NULL,
        account_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_why VARCHAR,
        ended_by UUID,
        words_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_hotline_listening_consents PRIMARY KEY (id),
        CONSTRAINT ck_hotline_listening_consents_ended_why CHECK (ended_why IN ('withdrawn', 'danger', 'marked')),
        CONSTRAINT ck_hotline_listening_consents_ended CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
        CONSTRAINT fk_hotline_listening_consents_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_hotline_listening_consents_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT fk_hotline_listening_consents_ended_by_staff_accounts FOREIGN KEY(ended_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """No line allows it before its director does."""
    op.execute("ALTER TABLE staff_lines ADD COLUMN listening_allowed BOOLEAN DEFAULT false NOT NULL")
    op.execute(CONSENTS)
    op.execute("CREATE INDEX ix_hotline_listening_consents_data_key_id ON hotline_listening_consents (data_key_id)")
    op.execute(
        "CREATE INDEX ix_hotline_listening_consents_contact_id ON hotline_listening_consents (contact_id, created_at)"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_hotline_listening_consents_open ON hotline_listening_consents (contact_id)"
        " WHERE ended_at IS NULL"
    )


def downgrade() -> None:
    """Who agreed, and who listened, is known from the audit alone."""
    op.execute("DROP TABLE hotline_listening_consents")
    op.execute("ALTER TABLE staff_lines DROP COLUMN listening_allowed")
