"""What was done before closed days, why an application was withdrawn, and which task the clock gave for which period."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE cases_applications ADD COLUMN withdrawal_sealed BYTEA",
    "ALTER TABLE cases_closure_ticks ADD COLUMN done VARCHAR",
    "ALTER TABLE cases_closure_ticks ADD COLUMN words_sealed BYTEA",
    "ALTER TABLE cases_closure_ticks ADD COLUMN data_key_id UUID",
    "CREATE INDEX ix_cases_closure_ticks_data_key_id ON cases_closure_ticks (data_key_id)",
    # What was ticked off before anybody was asked what was done.
    "UPDATE cases_closure_ticks SET done = 'other' WHERE ticked_at IS NOT NULL",
    "ALTER TABLE cases_closure_ticks ADD CONSTRAINT ck_cases_closure_ticks_done CHECK (done IN ('asked', 'filed', 'told', 'covered', 'other'))",
    "ALTER TABLE cases_closure_ticks ADD CONSTRAINT ck_cases_closure_ticks_ticked CHECK ((ticked_at IS NULL) = (done IS NULL))",
    """
    CREATE TABLE cases_clock_tasks (
        task_id UUID NOT NULL,
        deadline_id UUID NOT NULL,
        task VARCHAR NOT NULL,
        CONSTRAINT pk_cases_clock_tasks PRIMARY KEY (task_id),
        CONSTRAINT fk_cases_clock_tasks_task_id_cases_tasks FOREIGN KEY(task_id) REFERENCES cases_tasks (id),
        CONSTRAINT fk_cases_clock_tasks_deadline_id_cases_deadlines FOREIGN KEY(deadline_id) REFERENCES cases_deadlines (id)
    )
    """,
    "CREATE INDEX ix_cases_clock_tasks_deadline_id ON cases_clock_tasks (deadline_id)",
    # Which questions were asked at an end stood nowhere; these two kinds are known.
    """
    INSERT INTO cases_clock_tasks (task_id, deadline_id, task)
    SELECT task_id, deadline_id, task FROM cases_reminders WHERE task_id IS NOT NULL AND task IS NOT NULL
    UNION
    SELECT task_id, deadline_id, 'tick_before_closure' FROM cases_closure_ticks WHERE task_id IS NOT NULL
    """,
)


def upgrade() -> None:
    """Make room for what was done, and remember what each task of the clock is about."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What was done and why something was withdrawn is gone; tasks stay, nothing finishes them by itself."""
    op.execute("DROP TABLE cases_clock_tasks")
    op.execute("ALTER TABLE cases_closure_ticks DROP CONSTRAINT ck_cases_closure_ticks_ticked")
    op.execute("ALTER TABLE cases_closure_ticks DROP CONSTRAINT ck_cases_closure_ticks_done")
    op.execute("DROP INDEX ix_cases_closure_ticks_data_key_id")
    for column in ("data_key_id", "words_sealed", "done"):
        op.execute(f"ALTER TABLE cases_closure_ticks DROP COLUMN {column}")
    op.execute("ALTER TABLE cases_applications DROP COLUMN withdrawal_sealed")
