"""Lists of decisions are found in indexes alone, and the few cases under secrecy have an index of their own."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_IN_FORCE = "WHERE state IN ('active', 'extended', 'modified')"
#: Each index of decisions: its name, what it was, and what it is.
INDEXES = (
    ("ix_cases_decisions_case_id", "(case_id)", "(case_id, decided_on, id) INCLUDE (state, first_end, codes)"),
    (
        "ix_cases_decisions_centre_id_decided_on",
        "(centre_id, decided_on, id) INCLUDE (approver)",
        "(centre_id, decided_on, id) INCLUDE (approver, case_id)",
    ),
    (
        "ix_cases_decisions_centre_id_state",
        "(centre_id, state, decided_on, id)",
        "(centre_id, state, decided_on, id) INCLUDE (case_id, codes)",
    ),
    (
        "ix_cases_decisions_ending",
        f"(centre_id, first_end, id) {_IN_FORCE}",
        f"(centre_id, first_end, id) INCLUDE (case_id) {_IN_FORCE}",
    ),
)


def upgrade() -> None:
    """Put beside the order of each list what its parts ask besides."""
    op.execute("CREATE INDEX ix_cases_cases_confidential ON cases_cases (id) WHERE confidential")
    for name, _before, after in INDEXES:
        _instead(name, after)


def downgrade() -> None:
    """The indexes as they were."""
    for name, before, _after in reversed(INDEXES):
        _instead(name, before)
    op.execute("DROP INDEX ix_cases_cases_confidential")


def _instead(name: str, what: str) -> None:
    op.execute(f"DROP INDEX {name}")
    op.execute(f"CREATE INDEX {name} ON cases_decisions {what}")
