"""Lines that are too quiet to be well."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SILENT_LINES = """
    CREATE TABLE hotline_silent_lines (
        line_id UUID NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        noted_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_hotline_silent_lines PRIMARY KEY (line_id),
        CONSTRAINT fk_hotline_silent_lines_line_id_staff_lines FOREIGN KEY(line_id) REFERENCES staff_lines (id)
    )
"""


def upgrade() -> None:
    """None is known to be silent until the first look."""
    op.execute(SILENT_LINES)


def downgrade() -> None:
    """Nobody looks any more."""
    op.execute("DROP TABLE hotline_silent_lines")
