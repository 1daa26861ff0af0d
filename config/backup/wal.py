"""The write-ahead log on its way to the backups, all the time: what a whole copy of last night does not hold yet."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path
from typing import IO

import psycopg

from config.backup.log import HISTORY, PARTIAL, WHOLE
from config.backup.server import SLOT, Server
from config.backup.store import BackupError, Store, recipient_of, seal_stream
from config.engines.processes import stop_child
from core.i18n import gettext as _

#: How often the log is carried over: what can be lost at the most when the machine and its disk are gone.
SHIP_EVERY_S = 20.0
#: How much of the log waits here while it cannot be carried over. From then on the server keeps it for the slot, as
#: long as that goes: what fills this disk stops the hotline.
MOST_WAITING_BYTES = 4 << 30


class LogKeeper:
    """Receives the log from the server as it is written, and carries it over encrypted.

    ``pg_receivewal`` holds a slot on the server, so nothing is missed while this process is away; the server bounds
    what it keeps for the slot, for a full disk would stop the hotline. Where the slot was lost, or is not there (a new
    server, a restored one), the log begins anew and only a whole copy taken after that leads to it.
    """

    def __init__(
        self, server: Server, store: Store, recipient: str, folder: Path, most_waiting: int = MOST_WAITING_BYTES
    ) -> None:
        self._server = server
        self.system = server.system
        self._log = store.log(server.system)
        self._store = store
        self._recipient = recipient_of(recipient)
        self._most_waiting = most_waiting
        # One folder for each server: a receiver goes on from what it finds, and would ask another server for it.
        self._folder = folder / server.system
        # On the disk, not here: a process that is killed before the copy was taken must still know that it is wanted.
        self._wanted = self._folder / "copy-wanted"
        self._receiver: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._shipped_size: tuple[str, int, int] | None = None

    def start(self) -> None:
        """Make the slot and begin to receive. Raises :class:`BackupError`, also while another process does."""
        self._store.prepare()
        self._log.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._be_alone()
        for half in self._log.folder.glob("*.part"):
            half.unlink()
        if self._too_much_waits():
            self.ship()
        if not has_slot(self._server):
            self._begin_anew()
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

    def copy_wanted_since(self) -> int | None:
        """When the log began anew with no copy that leads to it yet; None while one does."""
        return self._wanted.stat().st_mtime_ns if self._wanted.exists() else None

    def copy_was_taken(self, since: int | None) -> None:
        """A whole copy is there that was begun when :meth:`copy_wanted_since` said ``since``."""
        if since is not None and since == self.copy_wanted_since():
            self._wanted.unlink()

    def ship(self) -> int:
        """Carry over what came since the last time; returns the number of files.

        Where that fails, and too much waits here by now, nothing more is received until it succeeds.
        """
        try:
            return self._ship()
        except Exception:
            if self._too_much_waits():
                self._stop_receiving()
            raise

    def _ship(self) -> int:
        whole = sorted(path for path in self._folder.iterdir() if WHOLE.fullmatch(path.name))
        for path in whole:
            self._carry(path, self._log.folder / f"{path.name}.age")
            # The open form of this segment is history now.
            (self._log.folder / f"{path.name}{PARTIAL}.age").unlink(missing_ok=True)
            path.unlink()
        known = self._log.histories()
        told = [path for path in self._folder.iterdir() if HISTORY.fullmatch(path.name) and path.name not in known]
        for path in told:
            self._carry(path, self._log.folder / f"{path.name}.age")
        return len(whole) + len(told) + self._ship_open()

    def stop(self) -> None:
        """Stop receiving and carry over the rest."""
        self._stop_receiving()
        self.ship()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _stop_receiving(self) -> None:
        if self._receiver is not None:
            stop_child(self._receiver)
            self._receiver = None

    def _too_much_waits(self) -> bool:
        return sum(path.stat().st_size for path in self._folder.iterdir()) > self._most_waiting

    def _be_alone(self) -> None:
        if self._lock is not None:
            return
        lock = (self._folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise BackupError(_("Another process keeps the log in %(folder)s.", folder=self._folder)) from error
        self._lock = lock

    def _begin_anew(self) -> None:
        """Save what was received before, and forget it: the receiver would ask for what the server no longer has."""
        self._wanted.touch(mode=0o600)
        self.ship()
        for path in self._folder.iterdir():
            if WHOLE.fullmatch(path.name.removesuffix(PARTIAL)):
                path.unlink()
        make_slot(self._server)

    def _ship_open(self) -> int:
        newest = max(self._folder.glob(f"*{PARTIAL}"), default=None)
        if newest is None:
            return 0
        stat = newest.stat()
        state = (newest.name, stat.st_size, stat.st_mtime_ns)
        if state == self._shipped_size:
            return 0
        self._carry(newest, self._log.folder / f"{newest.name}.age")
        self._shipped_size = state
        return 1

    def _carry(self, path: Path, target: Path) -> None:
        with path.open("rb") as source:
            seal_stream(source, target, self._recipient)


def has_slot(server: Server) -> bool:
    """Whether the server still holds the log for us; False after we were away for longer than it keeps it."""
    try:
        with server.connect() as connection:
            status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s"
            known = connection.execute(status, [SLOT]).fetchone()
    except psycopg.Error as error:
        raise BackupError(_("The database does not answer.")) from error
    return known is not None and known[0] != "lost"


def make_slot(server: Server) -> None:
    """Make the slot that holds the log until we have it, in place of a lost one."""
    try:
        with server.connect() as connection:
            lost = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
            connection.execute(lost, [SLOT])
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [SLOT])
    except psycopg.Error as error:
        raise BackupError(_("The account of DATABASE_URL may not replicate (ALTER ROLE … REPLICATION).")) from error
