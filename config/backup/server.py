"""The database as PostgreSQL's own backup programs reach it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import conninfo

from config.backup.store import BackupError
from config.engines.binaries import find_postgres
from config.engines.errors import EngineError
from config.engines.postgres import libpq
from core.i18n import gettext as _

#: Holds the log on the server until it has been copied from there; what it may hold is bounded on the server.
SLOT = "koza_backup"


@dataclass(frozen=True)
class Server:
    """An address without its password, which no list of processes shall show, and the fitting programs."""

    address: str
    password: str = field(repr=False)
    programs: Path
    #: What PostgreSQL calls itself: kept by copies and restores, another for every new data folder.
    system: str

    @classmethod
    def at(cls, database_url: str) -> Server:
        """Ask the server for its version. Raises :class:`BackupError`."""
        plain = libpq(database_url)
        try:
            parts = conninfo.conninfo_to_dict(plain)
            with psycopg.connect(plain, connect_timeout=5) as connection:
                major = connection.info.server_version // 10_000
                system = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        except psycopg.Error as error:
            raise BackupError(_("The database does not answer.")) from error
        password = str(parts.pop("password", "") or "")
        try:
            folder = find_postgres(major).folder
        except EngineError as error:
            raise BackupError(str(error)) from error
        return cls(conninfo.make_conninfo("", **parts), password, folder, str(system[0]) if system else "")

    def command(self, program: str, *arguments: str) -> list[str]:
        """A program of the server's own version with the address it shall use."""
        return [str(self.programs / program), "--dbname", self.address, "--no-password", *arguments]

    def environment(self) -> dict[str, str]:
        """What the programs run with: the password stands here, readable by this account alone."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": self.password}

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of our own."""
        return psycopg.connect(self.address, password=self.password or None, connect_timeout=5, autocommit=True)
