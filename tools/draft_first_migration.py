"""Write migrations/versions/0001_the_house.py from the models; for use before the first release only."""

from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from config import models
from core.database import metadata

HEAD = '''"""The house: every table of the first release."""

from alembic import op

# ruff: noqa: E501 - as the compiler writes it
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Plain now() until ``koza migrate`` sets the clock of the environment.
CLOCK = "CREATE FUNCTION koza_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()'"

TABLES = (
'''
TAIL = '''
FUNCTIONS = (
    """
    CREATE FUNCTION koza_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END$$
    """,
    """
    CREATE FUNCTION koza_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM pg_notify(TG_ARGV[0], ''); RETURN NULL; END$$
    """,
)
#: Nobody changes the past, whatever the role.
APPEND_ONLY = (
    "core_audit",
    "core_audit_chain",
    "core_facts",
    "paging_policy_versions",
    "paging_proofs",
    "cases_events",
    "intake_screenings",
)
#: Tables whose new rows wake a process that waits. A due row of later wakes nobody now.
NOTIFYING = (
    ("core_outbox", "INSERT", "FOR EACH STATEMENT", "koza_outbox"),
    ("core_due", "INSERT OR UPDATE", "FOR EACH ROW WHEN (NEW.at <= koza_now())", "koza_work"),
    ("hotline_sends", "INSERT", "FOR EACH STATEMENT", "koza_work"),
)


def upgrade() -> None:
    """Create everything."""
    op.execute(CLOCK)
    for statement in (*TABLES, *FUNCTIONS):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION koza_refuse_change()",
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION koza_refuse_change()",
        )
    for table, when, which, channel in NOTIFYING:
        op.execute(
            f"CREATE TRIGGER {table}_notify AFTER {when} ON {table} {which} EXECUTE FUNCTION koza_notify('{channel}')",
        )


def downgrade() -> None:
    """Drop everything."""
    for table in reversed(NAMES):
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in ("koza_notify()", "koza_refuse_change()", "koza_now()"):
        op.execute(f"DROP FUNCTION {function}")
'''


def _indented(line: str) -> str:
    return "    " + line.rstrip().replace("\t", "    ").replace("%%", "%")


def main() -> None:
    """Write the file."""
    models.load()
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    parts = []
    for table in metadata.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        indexes = sorted(table.indexes, key=lambda item: item.name or "")
        parts.extend(str(CreateIndex(index).compile(dialect=dialect)).strip() for index in indexes)
    body = "".join('    """\n' + "\n".join(map(_indented, part.splitlines())) + '\n    """,\n' for part in parts)
    names = "".join(f'    "{table.name}",\n' for table in metadata.sorted_tables)
    path = Path("migrations/versions/0001_the_house.py")
    path.write_text(HEAD + body + ")\n\nNAMES = (\n" + names + ")\n" + TAIL)


if __name__ == "__main__":
    main()
