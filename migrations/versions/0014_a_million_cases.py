"""Very many cases: what waits of a period stands on the period, and lists and counts have their indexes."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LIVE = "state IN ('open', 'unknown')"
#: What a trigger has to look at: of a row that is, and of one that was.
_TOLD = "({0}.told_at IS NOT NULL OR {0}.state = 'told')"
_CHANGED = "(OLD.state, OLD.step, OLD.told_at) IS DISTINCT FROM (NEW.state, NEW.step, NEW.told_at)"
STATEMENTS = (
    "ALTER TABLE cases_deadlines ADD COLUMN told BOOLEAN DEFAULT false NOT NULL",
    "ALTER TABLE cases_deadlines ADD COLUMN waits_step INTEGER",
    """
    UPDATE cases_deadlines SET told = known.told, waits_step = known.step FROM (
        SELECT deadline_id, bool_or(told_at IS NOT NULL) AS told, max(step) FILTER (WHERE state = 'told') AS step
        FROM cases_reminders WHERE told_at IS NOT NULL OR state = 'told' GROUP BY deadline_id
    ) known WHERE id = known.deadline_id
    """,
    # The period is locked before its reminders are read, so that of two who write at once the second reads both.
    """
    CREATE FUNCTION koza_period_told() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        period uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.deadline_id ELSE NEW.deadline_id END;
    BEGIN
        PERFORM 1 FROM cases_deadlines WHERE id = period FOR NO KEY UPDATE;
        UPDATE cases_deadlines SET told = known.told, waits_step = known.step FROM (
            SELECT coalesce(bool_or(told_at IS NOT NULL), false) AS told,
                max(step) FILTER (WHERE state = 'told') AS step
            FROM cases_reminders WHERE deadline_id = period
        ) known
        WHERE id = period AND (cases_deadlines.told, waits_step) IS DISTINCT FROM (known.told, known.step);
        RETURN NULL;
    END $$
    """,
    f"CREATE TRIGGER cases_reminders_told_made AFTER INSERT ON cases_reminders FOR EACH ROW WHEN ({_TOLD.format('NEW')}) EXECUTE FUNCTION koza_period_told()",
    f"CREATE TRIGGER cases_reminders_told_changed AFTER UPDATE ON cases_reminders FOR EACH ROW WHEN ({_CHANGED}) EXECUTE FUNCTION koza_period_told()",
    f"CREATE TRIGGER cases_reminders_told_gone AFTER DELETE ON cases_reminders FOR EACH ROW WHEN ({_TOLD.format('OLD')}) EXECUTE FUNCTION koza_period_told()",
    f"CREATE INDEX ix_cases_deadlines_told ON cases_deadlines (centre_id, safe_at, opened_at, id) WHERE told AND {_LIVE}",
    f"CREATE INDEX ix_cases_deadlines_told_of_case ON cases_deadlines (case_id) WHERE told AND {_LIVE}",
    "CREATE INDEX ix_cases_deadlines_waits ON cases_deadlines (centre_id, case_id, rule, waits_step, state, id) WHERE waits_step IS NOT NULL",
    "CREATE INDEX ix_cases_closure_ticks_centre_following ON cases_closure_ticks (centre_id, next_working_day)",
    "CREATE INDEX ix_cases_cases_centre_id_id ON cases_cases (centre_id, id)",
    "CREATE INDEX ix_cases_cases_centre_id_state ON cases_cases (centre_id, state, id)",
    "ALTER TABLE cases_decision_changes ADD COLUMN centre_id UUID",
    "UPDATE cases_decision_changes c SET centre_id = d.centre_id FROM cases_decisions d WHERE d.id = c.decision_id",
    # The release before this one does not name the centre, and serves on this schema until it is replaced.
    """
    CREATE FUNCTION koza_change_of_centre() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.centre_id := (SELECT centre_id FROM cases_decisions WHERE id = NEW.decision_id);
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER cases_decision_changes_centre BEFORE INSERT ON cases_decision_changes FOR EACH ROW WHEN (NEW.centre_id IS NULL) EXECUTE FUNCTION koza_change_of_centre()",
    "ALTER TABLE cases_decision_changes ALTER COLUMN centre_id SET NOT NULL",
    "ALTER TABLE cases_decision_changes ADD CONSTRAINT fk_cases_decision_changes_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id)",
    "DROP INDEX ix_cases_decision_changes_decided_on",
    "CREATE INDEX ix_cases_decision_changes_centre_id_decided_on ON cases_decision_changes (centre_id, decided_on, kind)",
    "DROP INDEX ix_cases_decisions_centre_id_decided_on",
    "CREATE INDEX ix_cases_decisions_centre_id_decided_on ON cases_decisions (centre_id, decided_on, id) INCLUDE (approver)",
    "DROP INDEX ix_cases_decisions_centre_id_ended_on",
    "CREATE INDEX ix_cases_decisions_centre_id_ended_on ON cases_decisions (centre_id, ended_on, state)",
    "CREATE INDEX ix_cases_applications_centre_id_answered_on ON cases_applications (centre_id, answered_on, state)",
    "CREATE INDEX ix_cases_breaches_centre_id_decided_on ON cases_breaches (centre_id, decided_on)",
    "DROP INDEX ix_staff_grants_grantee_id",
    "CREATE INDEX ix_staff_grants_grantee_id ON staff_grants (grantee_id, subject_kind, grantee_kind, subject_id, until) WHERE revoked_at IS NULL",
    "CREATE INDEX ix_cases_tasks_due_at ON cases_tasks (due_at, id) WHERE done_at IS NULL",
)
#: As they were.
BACK = (
    "DROP INDEX ix_staff_grants_grantee_id",
    "CREATE INDEX ix_staff_grants_grantee_id ON staff_grants (grantee_id) WHERE revoked_at IS NULL",
    "DROP INDEX ix_cases_decisions_centre_id_ended_on",
    "CREATE INDEX ix_cases_decisions_centre_id_ended_on ON cases_decisions (centre_id, ended_on)",
    "DROP INDEX ix_cases_decisions_centre_id_decided_on",
    "CREATE INDEX ix_cases_decisions_centre_id_decided_on ON cases_decisions (centre_id, decided_on, id)",
    "ALTER TABLE cases_decision_changes DROP COLUMN centre_id",
    "CREATE INDEX ix_cases_decision_changes_decided_on ON cases_decision_changes (decided_on, decision_id)",
)
INDEXES = (
    "ix_cases_breaches_centre_id_decided_on",
    "ix_cases_applications_centre_id_answered_on",
    "ix_cases_tasks_due_at",
    "ix_cases_cases_centre_id_state",
    "ix_cases_cases_centre_id_id",
    "ix_cases_closure_ticks_centre_following",
)


def upgrade() -> None:
    """Add what the periods know of their reminders, and the indexes."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What is dropped is known from other rows."""
    op.execute("DROP TRIGGER cases_decision_changes_centre ON cases_decision_changes")
    op.execute("DROP FUNCTION koza_change_of_centre()")
    for statement in BACK:
        op.execute(statement)
    for index in INDEXES:
        op.execute(f"DROP INDEX {index}")
    for name in ("gone", "changed", "made"):
        op.execute(f"DROP TRIGGER cases_reminders_told_{name} ON cases_reminders")
    op.execute("DROP FUNCTION koza_period_told()")
    for column in ("waits_step", "told"):
        op.execute(f"ALTER TABLE cases_deadlines DROP COLUMN {column}")
