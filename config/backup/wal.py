"""The write-ahead log on its way to the backups, all the time: what a whole copy of last night does not hold yet."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg

from config.backup.server import SLOT, Server
from config.backup.store import BackupError, Store, recipient_of, seal_stream
from config.engines.processes import stop_child
from core.i18n import gettext as _

#: How often the log is carried over: what can be lost at the most when the machine and its disk are gone.
SHIP_EVERY_S = 20.0
_WHOLE = re.compile(r"[0-9A-F]{24}")
_PARTIAL = ".partial"


class LogKeeper:
    """Receives the log from the server as it is written, and carries it over encrypted.

    ``pg_receivewal`` holds a slot on the server, so nothing is missed while this process is away; the server bounds
    what it keeps for the slot, for a full disk would stop the hotline.
    """

    def __init__(self, server: Server, store: Store, recipient: str, folder: Path) -> None:
        self._server = server
        self._store = store
        self._recipient = recipient_of(recipient)
        self._folder = folder
        self._receiver: subprocess.Popen[bytes] | None = None
        self._shipped_size: tuple[str, int, int] | None = None

    def start(self) -> None:
        """Make the slot and begin to receive. Raises :class:`BackupError`."""
        self._store.prepare()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_slot(self._server)
        self._receiver = subprocess.Popen(
            self._server.command(
                "pg_receivewal", "--directory", str(self._folder), "--slot", SLOT, "--synchronous", "--no-loop"
            ),
            env=self._server.environment(),
            stdin=subprocess.DEVNULL,
        )

    def alive(self) -> bool:
        """Whether the log is being received; it is not while the database is away."""
        return self._receiver is not None and self._receiver.poll() is None

    def ship(self) -> int:
        """Carry over what came since the last time; returns the number of files."""
        whole = sorted(path for path in self._folder.iterdir() if _WHOLE.fullmatch(path.name))
        for path in whole:
            self._carry(path, self._store.wal / f"{path.name}.age")
            # The open form of this segment is history now.
            (self._store.wal / f"{path.name}{_PARTIAL}.age").unlink(missing_ok=True)
            path.unlink()
        return len(whole) + self._ship_open()

    def stop(self) -> None:
        """Stop receiving and carry over the rest."""
        if self._receiver is not None:
            stop_child(self._receiver)
            self._receiver = None
        self.ship()

    def _ship_open(self) -> int:
        newest = max(self._folder.glob(f"*{_PARTIAL}"), default=None)
        if newest is None:
            return 0
        stat = newest.stat()
        state = (newest.name, stat.st_size, stat.st_mtime_ns)
        if state == self._shipped_size:
            return 0
        self._carry(newest, self._store.wal / f"{newest.name}.age")
        self._shipped_size = state
        return 1

    def _carry(self, path: Path, target: Path) -> None:
        with path.open("rb") as source:
            seal_stream(source, target, self._recipient)


def make_slot(server: Server) -> None:
    """Make the slot that holds the log until we have it, unless it is there and good."""
    try:
        with server.connect() as connection:
            known = connection.execute(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [SLOT]
            ).fetchone()
            if known is not None and known[0] == "lost":
                # We were away for longer than the server keeps the log; the next whole copy closes the gap.
                connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
                known = None
            if known is None:
                connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [SLOT])
    except psycopg.Error as error:
        raise BackupError(_("The account of DATABASE_URL may not replicate (ALTER ROLE … REPLICATION).")) from error
