"""The nightly count: days that were compared with the carrier's lists, and what nobody can explain."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE hotline_counted_days (
        day DATE NOT NULL,
        calls INTEGER NOT NULL,
        texts INTEGER NOT NULL,
        counted_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_hotline_counted_days PRIMARY KEY (day)
    )
    """,
    """
    CREATE TABLE hotline_unexplained (
        id UUID NOT NULL,
        centre_id UUID,
        contact_id UUID,
        channel VARCHAR NOT NULL,
        carrier_sid VARCHAR NOT NULL,
        why VARCHAR NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        noted_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_hotline_unexplained PRIMARY KEY (id),
        CONSTRAINT ck_hotline_unexplained_why CHECK (why IN ('missing', 'aside', 'not_over', 'by_nobody', 'nobody_asked')),
        CONSTRAINT fk_hotline_unexplained_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_hotline_unexplained_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id)
    )
    """,
    "CREATE INDEX ix_hotline_unexplained_noted_at ON hotline_unexplained (noted_at)",
)


def upgrade() -> None:
    """Nothing was counted yet; the previous release writes none of these rows."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What was counted is gone; the next count looks at seven days again."""
    op.execute("DROP TABLE hotline_unexplained")
    op.execute("DROP TABLE hotline_counted_days")
