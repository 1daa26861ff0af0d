"""All rows of a database as text, for the search at the end; one that is taken down first leaves its dump behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from config.engines.postgres import libpq

_TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


def dump(url: str) -> bytes:
    """The rows of the database at this address; columns of bytes are hex.

    What ``pg_dump --data-only`` writes of them, at a fifth of its price: the suite takes down a database after each
    test that wants one of its own.
    """
    with psycopg.connect(libpq(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = [row[0] for row in connection.execute(_TABLES)]
        return b"".join(part for table in tables for part in _rows(connection, table))


def _rows(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> Iterator[bytes]:
    yield f"COPY {table}\n".encode()
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as rows:
        yield from map(bytes, rows)


def keep_dump(url: str, folder: Path, name: str) -> None:
    """Leave the rows of a database that is about to go in a new file of ``folder``."""
    folder.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".sql", dir=folder, delete=False) as file:
        file.write(dump(url))
