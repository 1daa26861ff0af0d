"""Bring a database to this release: role, tables, clock, rights, catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from config import models
from config.lines import Lines, make_lines
from config.wiring import build_ground, load_catalogues, start_recurring
from core.actor import system
from core.clock import CLOCK_MOVABLE, CLOCK_PRODUCTION
from core.database import APP_ROLE, new_engine
from core.settings import Settings
from core.unit_of_work import unit_of_work

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
#: Two processes that migrate at once take turns.
_LOCK_KEY = 0x6B6F7A62
#: Tables whose past nobody may change.
APPEND_ONLY = (
    "core_audit",
    "core_audit_chain",
    "core_facts",
    "paging_policy_versions",
    "paging_proofs",
    "cases_events",
    "intake_screenings",
    "staff_law_decisions",
)


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings for this project, on ``connection`` if one is given."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(settings: Settings) -> Lines:
    """Create or bring up everything in the database of ``settings``; may be run any number of times.

    Returns what became of the numbers of the settings.

    The owner of the database suffices, with CREATEROLE where the role of the application does not exist yet.
    """
    models.load()
    engine = new_engine(settings.database_url, role=None, pool_size=2, statement_timeout_ms=600_000)
    try:
        with one_at_a_time(engine):
            with engine.begin() as connection:
                _make_role(connection)
                command.upgrade(alembic_config(connection), "head")
                _set_clock(connection, settings)
                _grant(connection)
            return _load_rows(settings)
    finally:
        engine.dispose()


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Wait for whoever changes the schema now, and keep others waiting."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as turn:
        # The turn lasts as long as this connection: the catalogues are loaded in a transaction of their own.
        turn.execute(text("SET lock_timeout = 0"))
        turn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
        try:
            yield
        finally:
            turn.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})


def _load_rows(settings: Settings) -> Lines:
    ground = build_ground(settings)
    try:
        with unit_of_work(ground) as session:
            load_catalogues(session)
            start_recurring(session)
            return make_lines(session, system("migrate"), settings)
    finally:
        ground.engine.dispose()


def _make_role(connection: Connection) -> None:
    known = {"role": APP_ROLE}
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), known).first() is None:
        # Roles belong to the whole server: a migration of another database may make it at this moment.
        with suppress(IntegrityError, ProgrammingError), connection.begin_nested():
            connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN"))
    # Only who may grant it needs to: an administrator may have made the role and granted it before.
    right = "SET" if (connection.dialect.server_version_info or ()) >= (16,) else "MEMBER"
    taken = connection.execute(text(f"SELECT pg_has_role(current_user, :role, '{right}')"), known).scalar_one()
    if not taken:
        connection.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER"))


def _set_clock(connection: Connection, settings: Settings) -> None:
    connection.execute(text("INSERT INTO core_clock (id, shift) VALUES (1, interval '0') ON CONFLICT DO NOTHING"))
    connection.execute(text(CLOCK_PRODUCTION if settings.production else CLOCK_MOVABLE))


def _grant(connection: Connection) -> None:
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}" for table in APPEND_ONLY),
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP_ROLE}",
    ):
        connection.execute(text(statement))
