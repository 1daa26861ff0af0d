"""What the institution decided where the law leaves it to decide."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "staff_law_decisions"
DECISIONS = f"""
    CREATE TABLE {TABLE} (
        id UUID NOT NULL,
        matter VARCHAR NOT NULL,
        decision VARCHAR NOT NULL,
        decided_by VARCHAR NOT NULL,
        reference VARCHAR NOT NULL,
        decided_on DATE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_{TABLE} PRIMARY KEY (id),
        CONSTRAINT ck_{TABLE}_matter CHECK (matter IN ('transfer_abroad', 'circular_2019_12', 'information_notice'))
    )
"""


def upgrade() -> None:
    """Make room for decisions, which nobody changes afterwards."""
    op.execute(DECISIONS)
    op.execute(f"CREATE INDEX ix_{TABLE}_matter_recorded_at ON {TABLE} (matter, recorded_at)")
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION koza_refuse_change()",
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION koza_refuse_change()",
    )


def downgrade() -> None:
    """Forget the decisions; the audit still says that there were some."""
    op.execute(f"DROP TABLE {TABLE}")
