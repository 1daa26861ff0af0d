"""A person's telephone rings for one caller at a time, whatever waves are made at once."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of several telephones that ring for one person the first goes on; the others' callers are offered again."""
    op.execute(
        """
        UPDATE routing_offers SET state = 'expired', answered_at = koza_now()
        WHERE state = 'open' AND medium = 'phone' AND id NOT IN (
            SELECT DISTINCT ON (account_id) id FROM routing_offers
            WHERE state = 'open' AND medium = 'phone' ORDER BY account_id, made_at, id
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_routing_offers_ringing ON routing_offers (account_id) "
        "WHERE state = 'open' AND medium = 'phone'"
    )


def downgrade() -> None:
    """Nothing keeps two waves from ringing one person."""
    op.execute("DROP INDEX uq_routing_offers_ringing")
