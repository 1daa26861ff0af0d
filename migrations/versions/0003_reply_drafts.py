"""Replies that are not yet sent, kept for their authors."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DRAFTS = """
    CREATE TABLE hotline_drafts (
        contact_id UUID NOT NULL,
        author_id UUID NOT NULL,
        body_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_hotline_drafts PRIMARY KEY (id),
        CONSTRAINT uq_hotline_drafts_contact_id_author_id UNIQUE (contact_id, author_id),
        CONSTRAINT fk_hotline_drafts_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_hotline_drafts_author_id_staff_accounts FOREIGN KEY(author_id) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Make room for drafts."""
    op.execute(DRAFTS)
    op.execute("CREATE INDEX ix_hotline_drafts_data_key_id ON hotline_drafts (data_key_id)")


def downgrade() -> None:
    """Throw the drafts away: nothing else reads them."""
    op.execute("DROP TABLE hotline_drafts")
