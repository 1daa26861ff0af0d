"""A page says for how many unanswered calls of one number it stands, and when she called last."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room; the pages that are open stand for one call each, and nothing is known of its number here."""
    op.execute("ALTER TABLE paging_pages ADD COLUMN calls INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE paging_pages ADD COLUMN called_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    """Every further call has a page's row of its own, which stays; how many they are is no longer written down."""
    for column in ("called_at", "calls"):
        op.execute(f"ALTER TABLE paging_pages DROP COLUMN {column}")
