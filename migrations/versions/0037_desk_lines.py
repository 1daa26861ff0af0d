"""Who cannot sign in takes the line from a telephone: her staff number, from where she called in, and until when."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

#: By chance, so that nobody who knows one knows the next; as `staff.service.set_pin` draws them.
NUMBERS = """
    DO $$
    DECLARE
        one UUID;
        drawn INTEGER;
    BEGIN
        FOR one IN SELECT id FROM staff_accounts WHERE pin_hash IS NOT NULL LOOP
            LOOP
                drawn := 100000 + floor(random() * 900000)::INTEGER;
                EXIT WHEN NOT EXISTS (SELECT FROM staff_accounts WHERE staff_number = drawn);
            END LOOP;
            UPDATE staff_accounts SET staff_number = drawn WHERE id = one;
        END LOOP;
    END $$
"""

LINES = """
    CREATE TABLE routing_desk_lines (
        account_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        address_sealed BYTEA,
        began_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        why VARCHAR,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_routing_desk_lines PRIMARY KEY (id),
        CONSTRAINT ck_routing_desk_lines_ended CHECK ((ended_at IS NULL) = (why IS NULL)),
        CONSTRAINT ck_routing_desk_lines_why CHECK (why IN ('called_in', 'shift_over', 'signed_in', 'unreachable', 'account_gone')),
        CONSTRAINT fk_routing_desk_lines_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT fk_routing_desk_lines_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id)
    )
"""


def upgrade() -> None:
    """Who has a PIN gets a number; the number from which somebody calls in is kept sealed."""
    op.execute("ALTER TABLE staff_accounts ADD COLUMN staff_number INTEGER")
    op.execute("ALTER TABLE staff_accounts ADD CONSTRAINT uq_staff_accounts_staff_number UNIQUE (staff_number)")
    op.execute(NUMBERS)
    op.execute("ALTER TABLE hotline_legs ADD COLUMN address_sealed BYTEA")
    op.execute(LINES)
    op.execute(
        "CREATE UNIQUE INDEX uq_routing_desk_lines_open ON routing_desk_lines (account_id) WHERE ended_at IS NULL"
    )
    op.execute("CREATE INDEX ix_routing_desk_lines_centre_id ON routing_desk_lines (centre_id, ended_at)")
    op.execute("CREATE INDEX ix_routing_desk_lines_data_key_id ON routing_desk_lines (data_key_id)")
    op.execute("ALTER TABLE routing_offers ADD COLUMN desk_line_id UUID")
    op.execute(
        "ALTER TABLE routing_offers ADD CONSTRAINT fk_routing_offers_desk_line_id_routing_desk_lines"
        " FOREIGN KEY(desk_line_id) REFERENCES routing_desk_lines (id)"
    )
    op.execute(
        "CREATE INDEX ix_routing_offers_desk_line_id ON routing_offers (desk_line_id, made_at) WHERE desk_line_id IS NOT NULL"
    )


def downgrade() -> None:
    """Nobody has the line by telephone; who took whom stays in the offers."""
    op.execute("ALTER TABLE routing_offers DROP COLUMN desk_line_id")
    op.execute("DROP TABLE routing_desk_lines")
    op.execute("ALTER TABLE hotline_legs DROP COLUMN address_sealed")
    op.execute("ALTER TABLE staff_accounts DROP COLUMN staff_number")
