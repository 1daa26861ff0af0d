"""Thousands of rows in a second: collected per table, sealed where the model seals, and copied in one go.

A room's models are its own, so rows are written by table name; a column that no longer exists stops the work at once.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY
from sqlalchemy.orm import Session

from core.crypto import prepare_data_key, seal
from core.database import metadata
from core.facts import Fact

_FACTS = "core_facts"


class Bulk:
    """Rows of many tables, written together in the order that their foreign keys ask for."""

    def __init__(self, session: Session, dice: Random) -> None:
        self.session = session
        self.dice = dice
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def id_at(self, moment: datetime) -> UUID:
        """An id as it would have been given at ``moment`` (UUIDv7), so that lists by id stand in the order of time."""
        stamp = int(moment.timestamp() * 1000) << 80
        noise = self.dice.getrandbits(74)
        return UUID(int=stamp | 7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & (1 << 62) - 1)

    def hex(self, characters: int) -> str:
        """Made-up hexadecimal characters, for SIDs and tokens."""
        return f"{self.dice.getrandbits(characters * 4):0{characters}x}"

    def add(self, table: str, **values: Any) -> None:
        """Collect one row; every row of a table names the same columns."""
        self._rows.setdefault(table, []).append(values)

    def key(self) -> UUID:
        """A new data key for one record."""
        key_id, row = prepare_data_key(self.session)
        self.add("core_data_keys", **row)
        return key_id

    def sealed(self, key_id: UUID, table: str, column: str, record_id: UUID, text: str | None) -> bytes | None:
        """The value of the column ``<column>_sealed``."""
        return None if text is None else seal(self.session, key_id, table, column, record_id, text)

    def fact(self, at: datetime, fact: Fact) -> None:
        """Collect a fact. Nobody reacts to it: what it led to is written beside it."""
        self.add(
            _FACTS,
            id=self.id_at(at),
            kind=type(fact).__name__,
            contact_id=fact.contact_id,
            centre_id=fact.centre_id,
            payload=fact.payload(),
            at=at,
        )

    def collected(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """What waits to be written, table by table."""
        return list(self._rows.items())

    def write(self) -> None:
        """Copy everything into the database."""
        self._rows.get(_FACTS, []).sort(key=lambda row: row["at"])
        raw: Any = self.session.connection().connection.driver_connection
        for table in metadata.sorted_tables:
            rows = self._rows.pop(table.name, [])
            if rows:
                unknown = set(rows[0]) - set(table.columns.keys())
                if unknown:
                    raise LookupError(f"{table.name} has no columns {', '.join(sorted(unknown))}")
                arrays = {column.name for column in table.columns if isinstance(column.type, ARRAY)}
                _copy(raw, table.name, rows, arrays)
        if self._rows:
            raise LookupError(f"no tables {', '.join(sorted(self._rows))}")


def _copy(raw: Connection[Any], table: str, rows: list[dict[str, Any]], arrays: set[str]) -> None:
    names = list(rows[0])
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
    )
    with raw.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row([row[name] if name in arrays else _plain(row[name]) for name in names])


def _plain(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
