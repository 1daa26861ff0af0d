"""Papers: petitions from a case's records, and lists that a centre brings along."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("cases_petitions", "cases_lists")
STATEMENTS = (
    """
    CREATE TABLE cases_petitions (
        application_id UUID NOT NULL,
        template_version INTEGER,
        written_by UUID,
        written_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        released_by UUID,
        released_at TIMESTAMP WITH TIME ZONE,
        particulars_sealed BYTEA,
        paper_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_petitions PRIMARY KEY (id),
        CONSTRAINT uq_cases_petitions_application_id UNIQUE (application_id),
        CONSTRAINT ck_cases_petitions_released_by CHECK ((released_at IS NULL) = (released_by IS NULL)),
        CONSTRAINT ck_cases_petitions_paper CHECK ((released_at IS NULL) = (paper_sealed IS NULL)),
        CONSTRAINT ck_cases_petitions_template_version CHECK ((released_at IS NULL) = (template_version IS NULL)),
        CONSTRAINT fk_cases_petitions_application_id_cases_applications FOREIGN KEY(application_id) REFERENCES cases_applications (id),
        CONSTRAINT fk_cases_petitions_written_by_staff_accounts FOREIGN KEY(written_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_petitions_released_by_staff_accounts FOREIGN KEY(released_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_petitions_data_key_id ON cases_petitions (data_key_id)
    """,
    # A case that a centre brought along began elsewhere: no intake of this house opened it.
    """
    ALTER TABLE cases_cases ALTER COLUMN intake_id DROP NOT NULL
    """,
    """
    CREATE TABLE cases_lists (
        centre_id UUID NOT NULL,
        state VARCHAR NOT NULL,
        content_sealed BYTEA,
        uploaded_by UUID NOT NULL,
        uploaded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        confirmed_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        made JSONB DEFAULT '{}' NOT NULL,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_lists PRIMARY KEY (id),
        CONSTRAINT ck_cases_lists_state CHECK (state IN ('uploaded', 'confirmed', 'undone', 'dropped')),
        CONSTRAINT ck_cases_lists_content CHECK ((state = 'uploaded') = (content_sealed IS NOT NULL)),
        CONSTRAINT fk_cases_lists_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_lists_uploaded_by_staff_accounts FOREIGN KEY(uploaded_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_lists_data_key_id ON cases_lists (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_lists_centre_id_uploaded_at ON cases_lists (centre_id, uploaded_at)
    """,
)


def upgrade() -> None:
    """Make the tables of papers; a case may have come without an intake."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Petitions and lists are gone. Refused by the database while cases stand that no intake opened."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE cases_cases ALTER COLUMN intake_id SET NOT NULL")
