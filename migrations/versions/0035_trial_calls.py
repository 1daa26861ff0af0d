"""Trial calls: which telephone was tried before which shift, and what came of it."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TRIALS = """
    CREATE TABLE routing_trials (
        id UUID NOT NULL,
        shift_id UUID NOT NULL,
        account_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        contact_point_id UUID NOT NULL,
        leg_id UUID,
        state VARCHAR DEFAULT 'ringing' NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_routing_trials PRIMARY KEY (id),
        CONSTRAINT ck_routing_trials_state CHECK (state IN ('ringing', 'proven', 'silent', 'dropped')),
        CONSTRAINT fk_routing_trials_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT fk_routing_trials_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_routing_trials_contact_point_id_staff_contact_points FOREIGN KEY(contact_point_id) REFERENCES staff_contact_points (id)
    )
"""


def upgrade() -> None:
    """Nobody was tried yet."""
    op.execute(TRIALS)
    op.execute("CREATE INDEX ix_routing_trials_shift_id ON routing_trials (shift_id)")


def downgrade() -> None:
    """What was tried is forgotten; a telephone that did not answer stays suspect."""
    op.execute("DROP TABLE routing_trials")
