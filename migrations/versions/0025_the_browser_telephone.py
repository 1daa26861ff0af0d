"""The telephone in a browser: whose it is, under which word the carrier knows it, and since when it was last there."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SOFTPHONES = """
    CREATE TABLE routing_softphones (
        account_id UUID NOT NULL,
        session_id UUID NOT NULL,
        identity VARCHAR NOT NULL,
        registered BOOLEAN DEFAULT false NOT NULL,
        last_heartbeat_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        chosen_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_routing_softphones PRIMARY KEY (account_id),
        CONSTRAINT fk_routing_softphones_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT uq_routing_softphones_identity UNIQUE (identity)
    )
"""


def upgrade() -> None:
    """Nobody has chosen one yet; the previous release rings the telephones that it knows."""
    op.execute(SOFTPHONES)


def downgrade() -> None:
    """Everybody's telephone rings again."""
    op.execute("DROP TABLE routing_softphones")
