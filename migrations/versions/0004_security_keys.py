"""Security keys as a second factor, and the challenges they answer."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEYS = """
    CREATE TABLE staff_security_keys (
        account_id UUID NOT NULL,
        name_sealed BYTEA,
        credential_id BYTEA NOT NULL,
        credential BYTEA NOT NULL,
        sign_count BIGINT NOT NULL,
        added_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        last_used_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_staff_security_keys PRIMARY KEY (id),
        CONSTRAINT fk_staff_security_keys_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id),
        CONSTRAINT uq_staff_security_keys_credential_id UNIQUE (credential_id)
    )
"""
CHALLENGES = """
    CREATE TABLE staff_key_challenges (
        challenge BYTEA NOT NULL,
        purpose VARCHAR NOT NULL,
        account_id UUID NOT NULL,
        holder_id UUID NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_staff_key_challenges PRIMARY KEY (challenge),
        CONSTRAINT ck_staff_key_challenges_purpose CHECK (purpose IN ('sign_in', 'step_up', 'unlock', 'register')),
        CONSTRAINT fk_staff_key_challenges_account_id_staff_accounts FOREIGN KEY(account_id) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Make room for keys."""
    op.execute(KEYS)
    op.execute("CREATE INDEX ix_staff_security_keys_account_id ON staff_security_keys (account_id)")
    op.execute("CREATE INDEX ix_staff_security_keys_data_key_id ON staff_security_keys (data_key_id)")
    op.execute(CHALLENGES)
    op.execute("CREATE INDEX ix_staff_key_challenges_account_id ON staff_key_challenges (account_id)")
    op.execute("ALTER TABLE staff_sessions ADD COLUMN by_key BOOLEAN DEFAULT false NOT NULL")


def downgrade() -> None:
    """Forget the keys: their owners sign in with time codes again."""
    op.execute("ALTER TABLE staff_sessions DROP COLUMN by_key")
    op.execute("DROP TABLE staff_key_challenges")
    op.execute("DROP TABLE staff_security_keys")
