"""The way back a revision: what it would take from the database is shown before anything is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from config import models
from config.migrate import alembic_config, one_at_a_time
from core.database import new_engine
from core.settings import Settings

_COLUMNS = """
    SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
"""


class NoWayBackError(Exception):
    """There is no such revision behind the present one."""


@dataclass(frozen=True)
class Loss:
    """A table, or a column of one that stays, which would be gone; ``rows``: how many hold something there."""

    table: str
    column: str | None
    rows: int


def what_goes(settings: Settings, revision: str) -> list[Loss]:
    """Go back to ``revision`` in a transaction that is rolled back, and compare. Raises :class:`NoWayBackError`."""
    with _turn(settings) as connection:
        with connection.begin() as attempt:
            before = _columns(connection)
            _downgrade(connection, revision)
            after = _columns(connection)
            attempt.rollback()
        with connection.begin():
            return [
                Loss(table, column, _count(connection, table, column))
                for table, columns in sorted(before.items())
                for column in ([None] if table not in after else sorted(columns - after[table]))
            ]


def go_back(settings: Settings, revision: str) -> None:
    """Take the database back to ``revision``. Raises :class:`NoWayBackError`."""
    with _turn(settings) as connection, connection.begin():
        _downgrade(connection, revision)


@contextmanager
def _turn(settings: Settings) -> Iterator[Connection]:
    models.load()
    engine = new_engine(settings.database_url, role=None, pool_size=2, statement_timeout_ms=600_000)
    try:
        with one_at_a_time(engine), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _downgrade(connection: Connection, revision: str) -> None:
    config = alembic_config(connection)
    present = MigrationContext.configure(connection).get_current_revision()
    try:
        scripts = ScriptDirectory.from_config(config)
        behind = {script.revision for script in scripts.iterate_revisions(present, "base")} if present else set()
    except CommandError as error:
        raise NoWayBackError(str(present)) from error
    # Not to nothing: what empties a database is no way back.
    if revision not in behind - {present}:
        raise NoWayBackError(str(present))
    # The processes go on: what they hold is waited for shortly, or they would all wait behind us.
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    command.downgrade(config, revision)


def _columns(connection: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(text(_COLUMNS)):
        found.setdefault(table, set()).add(column)
    return found


def _count(connection: Connection, table: str, column: str | None) -> int:
    counted = "*" if column is None else f'"{column}"'
    # Both names come from the server's own catalogue.
    query = text(f'SELECT count({counted}) FROM "{table}"')  # noqa: S608
    return int(connection.execute(query).scalar_one())
