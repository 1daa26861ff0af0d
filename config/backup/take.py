"""One whole copy of the database, streamed from the server into an encrypted file."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import psycopg
from psycopg import sql

from config.backup.server import Server
from config.backup.store import BackupError, Base, Store, recipient_of, seal_stream, seal_text
from core.i18n import gettext as _

_COUNTED = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


@dataclass(frozen=True)
class Taken:
    """A finished copy."""

    base: Base
    size: int
    rows: int


def take_base(server: Server, store: Store, recipient: str) -> Taken:
    """Take a copy that can be restored by itself. Raises :class:`BackupError`; what it had written is removed."""
    key = recipient_of(recipient)
    with store.taking():
        store.sweep()
        base = store.new_base(datetime.now(UTC))
        try:
            told = _contents(server)
            size = _stream(server, base, key)
            told["moment"] = base.name
            seal_text(json.dumps(told), base.manifest, key)
        except (BackupError, OSError, psycopg.Error) as error:
            store.sweep()
            raise BackupError(str(error)) from error
        store.prune(base.moment)
    return Taken(base, size, sum(cast("dict[str, int]", told["rows"]).values()))


def _stream(server: Server, base: Base, key: object) -> int:
    # The log that the copy needs is in it, so that it can be restored even where the rest of the log is lost.
    arguments = ["--pgdata", "-", "--format", "tar", "--wal-method", "fetch", "--checkpoint", "fast"]
    with subprocess.Popen(
        server.command("pg_basebackup", *arguments),
        env=server.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None  # noqa: S101 - a pipe was asked for
        assert program.stderr is not None  # noqa: S101 - a pipe was asked for
        size = seal_stream(program.stdout, base.archive, key)
        said = program.stderr.read().decode("utf-8", "replace").strip()
    if program.returncode != 0:
        raise BackupError(said or f"pg_basebackup: {program.returncode}")
    return size


def _contents(server: Server) -> dict[str, object]:
    """Rows by table, the schema, and where the log stood: what a rehearsed restore must find again."""
    with server.connect() as connection:
        tables = [str(row[0]) for row in connection.execute(_COUNTED)]
        counts = {}
        for table in tables:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            counts[table] = int(str(row[0])) if row else 0
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        user = connection.execute("SELECT current_user, current_database()").fetchone()
    if schema is None or user is None:
        raise BackupError(_("The database has no schema of Koza."))
    told = {"schema": schema[0], "user": user[0], "database": user[1], "system": server.system}
    return {"rows": counts, **told}
