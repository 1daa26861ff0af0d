"""The register: measures under Law 6284, decisions and what became of them, breaches and coercive detention."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: In the order of their making.
TABLES = (
    "cases_measure_versions",
    "cases_authorities",
    "cases_documents",
    "cases_applications",
    "cases_application_items",
    "cases_decisions",
    "cases_decision_items",
    "cases_urgent_approvals",
    "cases_notices",
    "cases_objections",
    "cases_decision_changes",
    "cases_breaches",
)
STATEMENTS = (
    """
    CREATE TABLE cases_measure_versions (
        id UUID NOT NULL,
        code VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        origin VARCHAR NOT NULL,
        body JSONB NOT NULL,
        source VARCHAR NOT NULL,
        valid_from DATE NOT NULL,
        based_on UUID,
        made_by UUID,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        decided_by UUID,
        decided_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_cases_measure_versions PRIMARY KEY (id),
        CONSTRAINT uq_cases_measure_versions_code_number UNIQUE (code, number),
        CONSTRAINT ck_cases_measure_versions_state CHECK (state IN ('proposed', 'current', 'past', 'dropped')),
        CONSTRAINT ck_cases_measure_versions_origin CHECK (origin IN ('shipped', 'administrator')),
        CONSTRAINT fk_cases_measure_versions_based_on_cases_measure_versions FOREIGN KEY(based_on) REFERENCES cases_measure_versions (id),
        CONSTRAINT fk_cases_measure_versions_made_by_staff_accounts FOREIGN KEY(made_by) REFERENCES staff_accounts (id),
        CONSTRAINT fk_cases_measure_versions_decided_by_staff_accounts FOREIGN KEY(decided_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_cases_measure_versions_current ON cases_measure_versions (code) WHERE state = 'current'
    """,
    """
    CREATE TABLE cases_authorities (
        id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        province_code VARCHAR(2) NOT NULL,
        title VARCHAR NOT NULL,
        folded VARCHAR NOT NULL,
        made_by UUID,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_cases_authorities PRIMARY KEY (id),
        CONSTRAINT uq_cases_authorities_kind_province_code_folded UNIQUE (kind, province_code, folded),
        CONSTRAINT ck_cases_authorities_kind CHECK (kind IN ('judge', 'civil_authority', 'police_chief')),
        CONSTRAINT ck_cases_authorities_title CHECK (length(title) BETWEEN 2 AND 120),
        CONSTRAINT fk_cases_authorities_province_code_staff_provinces FOREIGN KEY(province_code) REFERENCES staff_provinces (code),
        CONSTRAINT fk_cases_authorities_made_by_staff_accounts FOREIGN KEY(made_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE TABLE cases_documents (
        case_id UUID NOT NULL,
        media_type VARCHAR NOT NULL,
        size INTEGER NOT NULL,
        sha256 VARCHAR NOT NULL,
        content_sealed BYTEA NOT NULL,
        added_by UUID,
        added_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        title_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_documents PRIMARY KEY (id),
        CONSTRAINT ck_cases_documents_media_type CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png', 'image/tiff', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/x-udf')),
        CONSTRAINT ck_cases_documents_size CHECK (size BETWEEN 1 AND 10485760),
        CONSTRAINT uq_cases_documents_case_id_sha256 UNIQUE (case_id, sha256),
        CONSTRAINT fk_cases_documents_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_documents_added_by_staff_accounts FOREIGN KEY(added_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_documents_data_key_id ON cases_documents (data_key_id)
    """,
    """
    CREATE TABLE cases_applications (
        case_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        purpose VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        authority_id UUID,
        about_id UUID,
        secrecy_asked BOOLEAN DEFAULT false NOT NULL,
        docket_index BYTEA,
        made_by UUID,
        made_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        statement_sealed BYTEA,
        docket_sealed BYTEA,
        approved_at TIMESTAMP WITH TIME ZONE,
        approval_manner VARCHAR,
        filed_at TIMESTAMP WITH TIME ZONE,
        answered_on DATE,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_applications PRIMARY KEY (id),
        CONSTRAINT ck_cases_applications_state CHECK (state IN ('draft', 'approved_by_her', 'filed', 'granted', 'partly_granted', 'refused', 'withdrawn')),
        CONSTRAINT ck_cases_applications_purpose CHECK (purpose IN ('measures', 'extension', 'secrecy', 'monitoring', 'breach')),
        CONSTRAINT ck_cases_applications_approval_manner CHECK (approval_manner IN ('oral', 'written')),
        CONSTRAINT ck_cases_applications_filed CHECK (state NOT IN ('filed', 'granted', 'partly_granted', 'refused') OR (approved_at IS NOT NULL AND filed_at IS NOT NULL)),
        CONSTRAINT fk_cases_applications_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_applications_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_applications_authority_id_cases_authorities FOREIGN KEY(authority_id) REFERENCES cases_authorities (id),
        CONSTRAINT fk_cases_applications_made_by_staff_accounts FOREIGN KEY(made_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_applications_case_id ON cases_applications (case_id)
    """,
    """
    CREATE INDEX ix_cases_applications_centre_id_filed_at ON cases_applications (centre_id, filed_at)
    """,
    """
    CREATE INDEX ix_cases_applications_data_key_id ON cases_applications (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_applications_docket_index ON cases_applications (docket_index)
    """,
    """
    CREATE INDEX ix_cases_applications_open ON cases_applications (centre_id, state) WHERE state IN ('draft', 'approved_by_her', 'filed')
    """,
    """
    CREATE TABLE cases_application_items (
        application_id UUID NOT NULL,
        code VARCHAR NOT NULL,
        measure_id UUID NOT NULL,
        CONSTRAINT pk_cases_application_items PRIMARY KEY (application_id, code),
        CONSTRAINT fk_cases_application_items_application_id_cases_applications FOREIGN KEY(application_id) REFERENCES cases_applications (id),
        CONSTRAINT fk_cases_application_items_measure_id_cases_measure_versions FOREIGN KEY(measure_id) REFERENCES cases_measure_versions (id)
    )
    """,
    """
    CREATE TABLE cases_decisions (
        case_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        application_id UUID,
        authority_id UUID NOT NULL,
        authority_kind VARCHAR NOT NULL,
        province_code VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        entry VARCHAR NOT NULL,
        decided_on DATE NOT NULL,
        issued_at TIMESTAMP WITH TIME ZONE,
        approver VARCHAR,
        docket_index BYTEA,
        number_index BYTEA,
        paper_index BYTEA,
        document_id UUID,
        codes TEXT[] DEFAULT '{}' NOT NULL,
        first_end DATE,
        last_end DATE,
        ended_on DATE,
        end_reason VARCHAR,
        entered_by UUID,
        entered_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        docket_sealed BYTEA,
        number_sealed BYTEA,
        protected_sealed BYTEA,
        against_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_decisions PRIMARY KEY (id),
        CONSTRAINT ck_cases_decisions_state CHECK (state IN ('issued', 'issued_urgent', 'submitted', 'approval_unknown', 'active', 'extended', 'modified', 'refused', 'lapsed', 'lifted', 'expired')),
        CONSTRAINT ck_cases_decisions_authority_kind CHECK (authority_kind IN ('judge', 'civil_authority', 'police_chief')),
        CONSTRAINT ck_cases_decisions_approver CHECK (approver IN ('judge', 'civil_authority')),
        CONSTRAINT ck_cases_decisions_urgent CHECK ((authority_kind = 'police_chief') = (approver IS NOT NULL)),
        CONSTRAINT ck_cases_decisions_issued_at CHECK ((authority_kind = 'police_chief') = (issued_at IS NOT NULL)),
        CONSTRAINT ck_cases_decisions_entry CHECK (entry IN ('court', 'civil', 'police_preventive', 'police_protective', 'import')),
        CONSTRAINT ck_cases_decisions_end_reason CHECK (end_reason IN ('refused', 'lapsed', 'lifted', 'modified', 'expired', 'objection')),
        CONSTRAINT fk_cases_decisions_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_decisions_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_decisions_application_id_cases_applications FOREIGN KEY(application_id) REFERENCES cases_applications (id),
        CONSTRAINT fk_cases_decisions_authority_id_cases_authorities FOREIGN KEY(authority_id) REFERENCES cases_authorities (id),
        CONSTRAINT fk_cases_decisions_document_id_cases_documents FOREIGN KEY(document_id) REFERENCES cases_documents (id),
        CONSTRAINT fk_cases_decisions_entered_by_staff_accounts FOREIGN KEY(entered_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_decisions_authority_id ON cases_decisions (authority_id)
    """,
    """
    CREATE INDEX ix_cases_decisions_centre_id_authority_id ON cases_decisions (centre_id, authority_id, decided_on, id)
    """,
    """
    CREATE INDEX ix_cases_decisions_case_id ON cases_decisions (case_id)
    """,
    """
    CREATE INDEX ix_cases_decisions_centre_id_decided_on ON cases_decisions (centre_id, decided_on, id)
    """,
    """
    CREATE INDEX ix_cases_decisions_centre_id_ended_on ON cases_decisions (centre_id, ended_on)
    """,
    """
    CREATE INDEX ix_cases_decisions_centre_id_province ON cases_decisions (centre_id, province_code, decided_on, id)
    """,
    """
    CREATE INDEX ix_cases_decisions_centre_id_state ON cases_decisions (centre_id, state, decided_on, id)
    """,
    """
    CREATE INDEX ix_cases_decisions_codes ON cases_decisions USING gin (codes)
    """,
    """
    CREATE INDEX ix_cases_decisions_data_key_id ON cases_decisions (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_decisions_docket_index ON cases_decisions (docket_index, centre_id)
    """,
    """
    CREATE INDEX ix_cases_decisions_ending ON cases_decisions (centre_id, first_end, id) WHERE state IN ('active', 'extended', 'modified')
    """,
    """
    CREATE INDEX ix_cases_decisions_number_index ON cases_decisions (number_index, centre_id)
    """,
    """
    CREATE INDEX ix_cases_decisions_paper_index ON cases_decisions (paper_index)
    """,
    """
    CREATE UNIQUE INDEX uq_cases_decisions_paper ON cases_decisions (case_id, paper_index) WHERE paper_index IS NOT NULL
    """,
    """
    CREATE TABLE cases_decision_items (
        decision_id UUID NOT NULL,
        code VARCHAR NOT NULL,
        measure_id UUID NOT NULL,
        detail_sealed BYTEA,
        start_basis VARCHAR NOT NULL,
        length_count INTEGER,
        length_unit VARCHAR,
        stated_end DATE,
        begins DATE,
        ends DATE,
        safe_ends DATE,
        ended_on DATE,
        end_reason VARCHAR,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_decision_items PRIMARY KEY (id),
        CONSTRAINT ck_cases_decision_items_start_basis CHECK (start_basis IN ('decision', 'service', 'pronouncement')),
        CONSTRAINT ck_cases_decision_items_length_unit CHECK (length_unit IN ('days', 'weeks', 'months')),
        CONSTRAINT ck_cases_decision_items_length CHECK ((length_count IS NULL) = (length_unit IS NULL)),
        CONSTRAINT ck_cases_decision_items_length_count CHECK (length_count > 0),
        CONSTRAINT ck_cases_decision_items_ended CHECK ((ended_on IS NULL) = (end_reason IS NULL)),
        CONSTRAINT ck_cases_decision_items_end_reason CHECK (end_reason IN ('refused', 'lapsed', 'lifted', 'modified', 'expired', 'objection')),
        CONSTRAINT fk_cases_decision_items_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_decision_items_measure_id_cases_measure_versions FOREIGN KEY(measure_id) REFERENCES cases_measure_versions (id)
    )
    """,
    """
    CREATE INDEX ix_cases_decision_items_code ON cases_decision_items (code, decision_id)
    """,
    """
    CREATE INDEX ix_cases_decision_items_data_key_id ON cases_decision_items (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_decision_items_decision_id ON cases_decision_items (decision_id)
    """,
    """
    CREATE TABLE cases_urgent_approvals (
        decision_id UUID NOT NULL,
        state VARCHAR NOT NULL,
        submitted_at TIMESTAMP WITH TIME ZONE,
        unknown_at TIMESTAMP WITH TIME ZONE,
        answered_at TIMESTAMP WITH TIME ZONE,
        learned_at TIMESTAMP WITH TIME ZONE,
        told_by UUID,
        source_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_urgent_approvals PRIMARY KEY (id),
        CONSTRAINT ck_cases_urgent_approvals_state CHECK (state IN ('pending', 'approved', 'refused', 'unknown', 'lapsed')),
        CONSTRAINT ck_cases_urgent_approvals_lapsed_by_confirmation CHECK (state <> 'lapsed' OR (source_sealed IS NOT NULL AND learned_at IS NOT NULL AND told_by IS NOT NULL)),
        CONSTRAINT uq_cases_urgent_approvals_decision_id UNIQUE (decision_id),
        CONSTRAINT fk_cases_urgent_approvals_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_urgent_approvals_told_by_staff_accounts FOREIGN KEY(told_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_urgent_approvals_data_key_id ON cases_urgent_approvals (data_key_id)
    """,
    """
    CREATE TABLE cases_notices (
        id UUID NOT NULL,
        decision_id UUID NOT NULL,
        party VARCHAR NOT NULL,
        manner VARCHAR NOT NULL,
        served_on DATE NOT NULL,
        recorded_by UUID,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        CONSTRAINT pk_cases_notices PRIMARY KEY (id),
        CONSTRAINT ck_cases_notices_party CHECK (party IN ('protected', 'perpetrator')),
        CONSTRAINT ck_cases_notices_manner CHECK (manner IN ('served', 'pronounced')),
        CONSTRAINT fk_cases_notices_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_notices_recorded_by_staff_accounts FOREIGN KEY(recorded_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_notices_decision_id ON cases_notices (decision_id)
    """,
    """
    CREATE TABLE cases_objections (
        decision_id UUID NOT NULL,
        party VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        filed_on DATE NOT NULL,
        decided_on DATE,
        recorded_by UUID,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        docket_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_objections PRIMARY KEY (id),
        CONSTRAINT ck_cases_objections_state CHECK (state IN ('filed', 'accepted', 'rejected')),
        CONSTRAINT ck_cases_objections_party CHECK (party IN ('protected', 'perpetrator', 'ministry', 'prosecutor')),
        CONSTRAINT ck_cases_objections_decided_on CHECK ((state = 'filed') = (decided_on IS NULL)),
        CONSTRAINT fk_cases_objections_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_objections_recorded_by_staff_accounts FOREIGN KEY(recorded_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_objections_data_key_id ON cases_objections (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_objections_decision_id ON cases_objections (decision_id)
    """,
    """
    CREATE UNIQUE INDEX uq_cases_objections_open ON cases_objections (decision_id, party) WHERE state = 'filed'
    """,
    """
    CREATE TABLE cases_decision_changes (
        decision_id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        decided_on DATE NOT NULL,
        until DATE,
        document_id UUID,
        recorded_by UUID,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        docket_sealed BYTEA,
        number_sealed BYTEA,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_decision_changes PRIMARY KEY (id),
        CONSTRAINT ck_cases_decision_changes_kind CHECK (kind IN ('extension', 'modification', 'lifting')),
        CONSTRAINT fk_cases_decision_changes_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_decision_changes_document_id_cases_documents FOREIGN KEY(document_id) REFERENCES cases_documents (id),
        CONSTRAINT fk_cases_decision_changes_recorded_by_staff_accounts FOREIGN KEY(recorded_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_decision_changes_data_key_id ON cases_decision_changes (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_decision_changes_decided_on ON cases_decision_changes (decided_on, decision_id)
    """,
    """
    CREATE INDEX ix_cases_decision_changes_decision_id ON cases_decision_changes (decision_id)
    """,
    """
    CREATE TABLE cases_breaches (
        case_id UUID NOT NULL,
        centre_id UUID NOT NULL,
        decision_id UUID NOT NULL,
        codes JSONB NOT NULL,
        state VARCHAR NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        reported_by UUID,
        reported_at TIMESTAMP WITH TIME ZONE DEFAULT koza_now() NOT NULL,
        filed_with VARCHAR,
        filed_on DATE,
        docket_index BYTEA,
        account_sealed BYTEA,
        letter_sealed BYTEA,
        docket_sealed BYTEA,
        number_sealed BYTEA,
        decided_on DATE,
        days INTEGER,
        objected_on DATE,
        starts_on DATE,
        ends_on DATE,
        id UUID NOT NULL,
        data_key_id UUID,
        CONSTRAINT pk_cases_breaches PRIMARY KEY (id),
        CONSTRAINT ck_cases_breaches_state CHECK (state IN ('reported', 'filed', 'accepted', 'refused', 'objected', 'executed')),
        CONSTRAINT ck_cases_breaches_filed_with CHECK (filed_with IN ('prosecutor', 'court')),
        CONSTRAINT ck_cases_breaches_days CHECK (days BETWEEN 1 AND 366),
        CONSTRAINT ck_cases_breaches_ordered CHECK (state NOT IN ('accepted', 'executed') OR days IS NOT NULL),
        CONSTRAINT ck_cases_breaches_executed CHECK ((state = 'executed') = (starts_on IS NOT NULL AND ends_on IS NOT NULL)),
        CONSTRAINT ck_cases_breaches_ends_on CHECK (ends_on >= starts_on),
        CONSTRAINT fk_cases_breaches_case_id_cases_cases FOREIGN KEY(case_id) REFERENCES cases_cases (id),
        CONSTRAINT fk_cases_breaches_centre_id_staff_centres FOREIGN KEY(centre_id) REFERENCES staff_centres (id),
        CONSTRAINT fk_cases_breaches_decision_id_cases_decisions FOREIGN KEY(decision_id) REFERENCES cases_decisions (id),
        CONSTRAINT fk_cases_breaches_reported_by_staff_accounts FOREIGN KEY(reported_by) REFERENCES staff_accounts (id)
    )
    """,
    """
    CREATE INDEX ix_cases_breaches_case_id ON cases_breaches (case_id)
    """,
    """
    CREATE INDEX ix_cases_breaches_centre_id_occurred_at ON cases_breaches (centre_id, occurred_at)
    """,
    """
    CREATE INDEX ix_cases_breaches_data_key_id ON cases_breaches (data_key_id)
    """,
    """
    CREATE INDEX ix_cases_breaches_decision_id ON cases_breaches (decision_id)
    """,
    """
    CREATE INDEX ix_cases_breaches_open ON cases_breaches (centre_id, state) WHERE state IN ('reported', 'filed', 'objected')
    """,
    """
    ALTER TABLE cases_applications ADD CONSTRAINT fk_cases_applications_about_id_cases_decisions FOREIGN KEY(about_id) REFERENCES cases_decisions (id)
    """,
)


def upgrade() -> None:
    """Make the register's tables; the measures are loaded by ``koza migrate``."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """The register is gone with everything in it."""
    op.execute("ALTER TABLE cases_applications DROP CONSTRAINT fk_cases_applications_about_id_cases_decisions")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
