"""Whether something has to be reported to an authority is assessed: basis, decision, by whom, to whom, when."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

DUTIES = """
    CREATE TABLE intake_report_duties (
        intake_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        basis VARCHAR NOT NULL,
        opened_by UUID,
        opened_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        decision VARCHAR,
        reason_sealed BYTEA,
        decided_by UUID,
        decided_at TIMESTAMP WITH TIME ZONE,
        authority VARCHAR,
        sent_at TIMESTAMP WITH TIME ZONE,
        sent_by UUID,
        reference_sealed BYTEA,
        over_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_intake_report_duties PRIMARY KEY (id),
        CONSTRAINT ck_intake_report_duties_decision CHECK (decision IN ('report', 'no_duty')),
        CONSTRAINT ck_intake_report_duties_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
        CONSTRAINT ck_intake_report_duties_sent CHECK ((sent_at IS NULL) = (authority IS NULL)),
        CONSTRAINT ck_intake_report_duties_over CHECK ((over_at IS NOT NULL) = COALESCE(decision = 'no_duty' OR decision = 'report' AND sent_at IS NOT NULL, false)),
        CONSTRAINT fk_intake_report_duties_intake_id_intake_intakes FOREIGN KEY(intake_id) REFERENCES intake_intakes (id),
        CONSTRAINT fk_intake_report_duties_contact_id_hotline_contacts FOREIGN KEY(contact_id) REFERENCES hotline_contacts (id),
        CONSTRAINT fk_intake_report_duties_opened_by_staff_accounts FOREIGN KEY(opened_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_report_duties_decided_by_staff_accounts FOREIGN KEY(decided_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_intake_report_duties_sent_by_staff_accounts FOREIGN KEY(sent_by) REFERENCES staff_accounts (id)
    )
"""


def upgrade() -> None:
    """Nothing was assessed before."""
    op.execute(DUTIES)
    op.execute("CREATE INDEX ix_intake_report_duties_data_key_id ON intake_report_duties (data_key_id)")
    op.execute("CREATE INDEX ix_intake_report_duties_contact_id ON intake_report_duties (contact_id)")
    op.execute(
        "CREATE UNIQUE INDEX uq_intake_report_duties_open ON intake_report_duties (intake_id) WHERE over_at IS NULL"
    )


def downgrade() -> None:
    """What was assessed is known from the audit alone; what waits is due no more."""
    op.execute("DELETE FROM core_due WHERE kind = 'cases.report_duty'")
    op.execute("DROP TABLE intake_report_duties")
