"""Copy sheets: a centre may give up its own and use the house's again."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a return a version like every other."""
    op.execute("ALTER TABLE cases_copy_sheets ADD COLUMN returns BOOLEAN DEFAULT false NOT NULL")
    op.execute(
        "ALTER TABLE cases_copy_sheets ADD CONSTRAINT ck_cases_copy_sheets_returns"
        " CHECK (returns <= (centre_id IS NOT NULL))"
    )


def downgrade() -> None:
    """Undo it: where a centre gave its sheet up, the house's keeps standing; what proposed it is gone."""
    op.execute("UPDATE cases_copy_sheets SET state = 'past' WHERE returns AND state = 'current'")
    op.execute("UPDATE cases_copy_sheets SET state = 'dropped' WHERE returns AND state = 'proposed'")
    op.execute("ALTER TABLE cases_copy_sheets DROP COLUMN returns")
