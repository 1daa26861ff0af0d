"""Recordings of prompts: callers hear them instead of a voice of the carrier's that does not speak their language."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE hotline_recordings (
        id UUID NOT NULL,
        prompt VARCHAR NOT NULL,
        language VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        media_type VARCHAR NOT NULL,
        milliseconds INTEGER NOT NULL,
        size INTEGER NOT NULL,
        content BYTEA,
        uploaded_by UUID,
        uploaded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_hotline_recordings PRIMARY KEY (id),
        CONSTRAINT uq_hotline_recordings_prompt_language_number UNIQUE (prompt, language, number),
        CONSTRAINT ck_hotline_recordings_state CHECK (state IN ('waiting', 'current', 'past', 'dropped')),
        CONSTRAINT ck_hotline_recordings_language CHECK (language IN ('tr', 'en', 'ar', 'ku')),
        CONSTRAINT ck_hotline_recordings_media_type CHECK (media_type IN ('audio/wav', 'audio/mpeg')),
        CONSTRAINT ck_hotline_recordings_content CHECK ((state IN ('waiting', 'current')) <= (content IS NOT NULL)),
        CONSTRAINT fk_hotline_recordings_uploaded_by_staff_accounts FOREIGN KEY(uploaded_by) REFERENCES staff_accounts (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_hotline_recordings_current ON hotline_recordings (prompt, language) WHERE state = 'current'",
    "CREATE UNIQUE INDEX uq_hotline_recordings_waiting ON hotline_recordings (prompt, language) WHERE state = 'waiting'",
)


def upgrade() -> None:
    """Make room for them; until one is brought the carrier's voice reads every prompt, as before."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """The sounds are gone, and the carrier's voice reads every prompt again."""
    op.execute("DROP TABLE hotline_recordings")
