"""The law's clock: the working calendar, duty courts, the periods that run and their reminders."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE cases_calendar_days (
        day DATE NOT NULL,
        closed_from TIME WITHOUT TIME ZONE,
        title_tr VARCHAR NOT NULL,
        title_en VARCHAR NOT NULL,
        estimated BOOLEAN DEFAULT false NOT NULL,
        origin VARCHAR NOT NULL,
        changed_by UUID,
        changed_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_cases_calendar_days PRIMARY KEY (day),
        CONSTRAINT ck_cases_calendar_days_origin CHECK (origin IN ('shipped', 'administrator')),
        CONSTRAINT fk_cases_calendar_days_changed_by_staff_accounts FOREIGN KEY(changed_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE TABLE cases_duty_courts (
        province_code VARCHAR(2) NOT NULL,
        open_from TIME WITHOUT TIME ZONE NOT NULL,
        open_until TIME WITHOUT TIME ZONE NOT NULL,
        words VARCHAR DEFAULT '' NOT NULL,
        changed_by UUID,
        changed_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_cases_duty_courts PRIMARY KEY (province_code),
        CONSTRAINT fk_cases_duty_courts_province_code_staff_provinces FOREIGN KEY(province_code) REFERENCES staff_provinces (code),
        CONSTRAINT fk_cases_duty_courts_changed_by_staff_accounts FOREIGN KEY(changed_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE TABLE cases_deadlines (
        rule VARCHAR NOT NULL,
        subject_kind VARCHAR NOT NULL,
        subject_id UUID NOT NULL,
        part VARCHAR DEFAULT '' NOT NULL,
        variant VARCHAR DEFAULT '' NOT NULL,
        case_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        state VARCHAR DEFAULT 'open' NOT NULL,
        triggers JSONB NOT NULL,
        basis VARCHAR NOT NULL,
        start_at TIMESTAMP WITH TIME ZONE NOT NULL,
        legal_day DATE,
        legal_at TIMESTAMP WITH TIME ZONE,
        unrolled_at TIMESTAMP WITH TIME ZONE,
        safe_at TIMESTAMP WITH TIME ZONE,
        duty_court BOOLEAN DEFAULT false NOT NULL,
        reading JSONB NOT NULL,
        facts JSONB NOT NULL,
        opened_by UUID,
        opened_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        closed_by UUID,
        closed_at TIMESTAMP WITH TIME ZONE,
        closed_act VARCHAR,
        lapse_told_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        CONSTRAINT pk_cases_deadlines PRIMARY KEY (id),
        CONSTRAINT ck_cases_deadlines_state CHECK (state IN ('open', 'met', 'unknown', 'lapsed_confirmed', 'cancelled')),
        CONSTRAINT ck_cases_deadlines_lapse_confirmed CHECK (state <> 'lapsed_confirmed' OR lapse_told_at IS NOT NULL),
        CONSTRAINT ck_cases_deadlines_closed_at CHECK ((state IN ('open', 'unknown')) = (closed_at IS NULL)),
        CONSTRAINT fk_cases_deadlines_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_deadlines_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_deadlines_opened_by_staff_accounts FOREIGN KEY(opened_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_deadlines_closed_by_staff_accounts FOREIGN KEY(closed_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_deadlines_case_id ON cases_deadlines (case_id)
    """,
    """
    CREATE INDEX ix_cases_deadlines_centre_live ON cases_deadlines (centre_id, unrolled_at) WHERE state IN ('open', 'unknown')
    """,
    """
    CREATE INDEX ix_cases_deadlines_live_end ON cases_deadlines (unrolled_at) WHERE state IN ('open', 'unknown')
    """,
    """
    CREATE INDEX ix_cases_deadlines_subject ON cases_deadlines (subject_kind, subject_id)
    """,
    """
    CREATE UNIQUE INDEX uq_cases_deadlines_live ON cases_deadlines (rule, subject_kind, subject_id, part) WHERE state IN ('open', 'unknown')
    """,
    """
    CREATE TABLE cases_reminders (
        id UUID NOT NULL,
        deadline_id UUID NOT NULL,
        key VARCHAR NOT NULL,
        task VARCHAR,
        state VARCHAR DEFAULT 'waiting' NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        step INTEGER DEFAULT '0' NOT NULL,
        told_at TIMESTAMP WITH TIME ZONE,
        snoozes INTEGER DEFAULT '0' NOT NULL,
        acknowledged_at TIMESTAMP WITH TIME ZONE,
        acknowledged_by UUID,
        task_id UUID,
        page_id UUID,
        CONSTRAINT pk_cases_reminders PRIMARY KEY (id),
        CONSTRAINT ck_cases_reminders_state CHECK (state IN ('waiting', 'told', 'acknowledged', 'ended')),
        CONSTRAINT ck_cases_reminders_acknowledged_at CHECK ((state = 'acknowledged') = (acknowledged_at IS NOT NULL)),
        CONSTRAINT fk_cases_reminders_deadline_id_cases_deadlines FOREIGN KEY(deadline_id) REFERENCES cases_deadlines (id),
        CONSTRAINT fk_cases_reminders_acknowledged_by_staff_accounts FOREIGN KEY(acknowledged_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_reminders_task_id_cases_tasks FOREIGN KEY(task_id) REFERENCES cases_tasks (id),
        CONSTRAINT fk_cases_reminders_page_id_paging_pages FOREIGN KEY(page_id) REFERENCES paging_pages (id)
    )
    """,
    """
    CREATE INDEX ix_cases_reminders_deadline_id ON cases_reminders (deadline_id)
    """,
    """
    CREATE INDEX ix_cases_reminders_told ON cases_reminders (deadline_id) WHERE state = 'told'
    """,
    """
    CREATE TABLE cases_closure_ticks (
        id UUID NOT NULL,
        centre_id UUID NOT NULL,
        deadline_id UUID NOT NULL,
        day DATE NOT NULL,
        next_working_day DATE NOT NULL,
        ticked_at TIMESTAMP WITH TIME ZONE,
        ticked_by UUID,
        escalated_at TIMESTAMP WITH TIME ZONE,
        task_id UUID,
        CONSTRAINT pk_cases_closure_ticks PRIMARY KEY (id),
        CONSTRAINT uq_cases_closure_ticks_deadline_id_day UNIQUE (deadline_id, day),
        CONSTRAINT fk_cases_closure_ticks_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_closure_ticks_deadline_id_cases_deadlines FOREIGN KEY(deadline_id) REFERENCES cases_deadlines (id),
        CONSTRAINT fk_cases_closure_ticks_ticked_by_staff_accounts FOREIGN KEY(ticked_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_closure_ticks_task_id_cases_tasks FOREIGN KEY(task_id) REFERENCES cases_tasks (id)
    )
    """,
    """
    CREATE INDEX ix_cases_closure_ticks_centre_day ON cases_closure_ticks (centre_id, day)
    """,
)
DROPPED = (
    "cases_closure_ticks",
    "cases_reminders",
    "cases_deadlines",
    "cases_duty_courts",
    "cases_calendar_days",
)


def upgrade() -> None:
    """The tables; ``koza migrate`` fills the calendar from the shipped data."""
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """What ran is forgotten."""
    for name in DROPPED:
        op.execute(f"DROP TABLE {name}")
    op.execute(
        "DELETE FROM core_due WHERE kind IN ('cases.reminder', 'cases.deadline_end', 'cases.protection_page', 'cases.closure_check', 'cases.closure_late')"
    )
