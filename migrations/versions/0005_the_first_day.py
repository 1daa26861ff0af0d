"""Set-up in the browser: its one-time codes, how far it is, and the fallback telephone that answered."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SET_UP = """
    CREATE TABLE staff_set_up (
        id INTEGER DEFAULT 1 NOT NULL,
        begun_at TIMESTAMP WITH TIME ZONE,
        gaps_known_at TIMESTAMP WITH TIME ZONE,
        no_texts_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_staff_set_up PRIMARY KEY (id),
        CONSTRAINT ck_staff_set_up_one CHECK (id = 1)
    )
"""
CODES = """
    CREATE TABLE staff_set_up_codes (
        id UUID NOT NULL,
        code_hash BYTEA NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        code_until TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        token_hash BYTEA,
        token_until TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_staff_set_up_codes PRIMARY KEY (id),
        CONSTRAINT uq_staff_set_up_codes_code_hash UNIQUE (code_hash),
        CONSTRAINT uq_staff_set_up_codes_token_hash UNIQUE (token_hash)
    )
"""


def upgrade() -> None:
    """Make room for set-up. A house that has its centre is never asked for it."""
    op.execute(SET_UP)
    op.execute(CODES)
    op.execute("ALTER TABLE staff_lines ADD COLUMN fallback_proven_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    """Forget how set-up went; what was made in it stays."""
    op.execute("ALTER TABLE staff_lines DROP COLUMN fallback_proven_at")
    op.execute("DROP TABLE staff_set_up_codes")
    op.execute("DROP TABLE staff_set_up")
