"""Copy sheets: their forms as versions, and what was entered into the other system."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("cases_copy_sheets", "cases_copy_entries")
STATEMENTS = (
    """
    CREATE TABLE cases_copy_sheets (
        id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        centre_id UUID,
        number INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        origin VARCHAR NOT NULL,
        body JSONB NOT NULL,
        based_on UUID,
        made_by UUID,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        decided_by UUID,
        decided_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_cases_copy_sheets PRIMARY KEY (id),
        CONSTRAINT ck_cases_copy_sheets_kind CHECK (kind IN ('intake', 'case', 'decision')),
        CONSTRAINT ck_cases_copy_sheets_state CHECK (state IN ('proposed', 'current', 'past', 'dropped')),
        CONSTRAINT ck_cases_copy_sheets_origin CHECK (origin IN ('shipped', 'administrator')),
        CONSTRAINT ck_cases_copy_sheets_shipped CHECK ((origin = 'shipped') <= (centre_id IS NULL)),
        CONSTRAINT fk_cases_copy_sheets_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_copy_sheets_based_on_cases_copy_sheets FOREIGN KEY(based_on) REFERENCES cases_copy_sheets (id),
        CONSTRAINT fk_cases_copy_sheets_made_by_staff_accounts FOREIGN KEY(made_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_copy_sheets_decided_by_staff_accounts FOREIGN KEY(decided_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_cases_copy_sheets_current ON cases_copy_sheets (kind, COALESCE(centre_id, '00000000-0000-0000-0000-000000000000')) WHERE state = 'current'
    """,
    """
    CREATE UNIQUE INDEX uq_cases_copy_sheets_number ON cases_copy_sheets (kind, COALESCE(centre_id, '00000000-0000-0000-0000-000000000000'), number)
    """,
    """
    CREATE TABLE cases_copy_entries (
        intake_id UUID,
        case_id UUID,
        decision_id UUID,
        entered_by UUID NOT NULL,
        entered_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        number_sealed BYTEA,
        values_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_copy_entries PRIMARY KEY (id),
        CONSTRAINT ck_cases_copy_entries_subject CHECK (num_nonnulls(intake_id, case_id, decision_id) = 1),
        CONSTRAINT fk_cases_copy_entries_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_cases_copy_entries_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_copy_entries_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_copy_entries_entered_by_staff_accounts FOREIGN KEY(entered_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_copy_entries_case_id ON cases_copy_entries (case_id, entered_at)
    """,
    """
    CREATE INDEX ix_cases_copy_entries_data_key_id ON cases_copy_entries (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_copy_entries_decision_id ON cases_copy_entries (decision_id, entered_at)
    """,
    """
    CREATE INDEX ix_cases_copy_entries_intake_id ON cases_copy_entries (intake_id, entered_at)
    """,
)


def upgrade() -> None:
    """Make the tables of copy sheets."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What was entered elsewhere, and what administrators wrote, is gone."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
