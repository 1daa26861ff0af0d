"""Calls of one number that ended unanswered: how many a page stands for, and whom somebody is to call back and when."""

from __future__ import annotations

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE paging_pages ADD COLUMN calls INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE paging_pages ADD COLUMN called_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE paging_pages ADD COLUMN stands_until TIMESTAMP WITH TIME ZONE",
    "CREATE INDEX ix_paging_pages_standing ON paging_pages (centre_id) WHERE stands_until IS NOT NULL",
    """
    CREATE TABLE intake_callbacks (
        id UUID NOT NULL,
        centre_id UUID NOT NULL,
        line_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        address_index BYTEA NOT NULL,
        tone VARCHAR NOT NULL,
        opens_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closes_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended_why VARCHAR,
        CONSTRAINT pk_intake_callbacks PRIMARY KEY (id),
        CONSTRAINT ck_intake_callbacks_tone CHECK (tone IN ('neutral', 'ok')),
        CONSTRAINT ck_intake_callbacks_ended CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
        CONSTRAINT fk_intake_callbacks_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_intake_callbacks_line_id_staff_lines FOREIGN KEY(line_id) REFERENCES staff_lines (id),
        CONSTRAINT fk_intake_callbacks_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_intake_callbacks_open ON intake_callbacks (address_index, centre_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_intake_callbacks_centre_open ON intake_callbacks (centre_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_intake_callbacks_contact_id ON intake_callbacks (contact_id)",
)


def upgrade() -> None:
    """Make room; the pages that are open stand for one call each, and nothing is known of its number here."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Every further call has a page's row of its own, which stays; whom to call back is known to nobody any more."""
    op.execute("DROP TABLE intake_callbacks")
    op.execute("DROP INDEX ix_paging_pages_standing")
    for column in ("stands_until", "called_at", "calls"):
        op.execute(f"ALTER TABLE paging_pages DROP COLUMN {column}")
