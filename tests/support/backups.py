"""A machine with a demonstration on it whose backups go to a folder, and empty folders of other machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from config.backup.server import Server
from config.backup.store import Base, Store
from config.backup.wal import LogKeeper
from config.cli import main
from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import wait_until
from core.settings import Settings
from tests.support.engines import passable_folder, suite_environment

_RECEIVED = "SELECT coalesce(min(flush_lsn) >= pg_current_wal_lsn(), false) FROM pg_stat_replication"


@dataclass
class Machine:
    """One machine with a demonstration on it, and the place where its backups go."""

    engine: PostgresEngine
    environment: dict[str, str]
    secret: Path
    folder: Path

    @property
    def store(self) -> Store:
        return Store(Path(self.environment["BACKUP_DIR"]))

    @property
    def settings(self) -> Settings:
        return Settings.load(self.environment)

    @contextmanager
    def log_kept(self) -> Iterator[LogKeeper]:
        """The log is received and carried over; the slot is gone afterwards, as with a machine that was left."""
        recipient = self.environment["BACKUP_RECIPIENT"]
        keeper = LogKeeper(Server.at(self.engine.url()), self.store, recipient, self.settings.data_dir / "wal")
        keeper.start()
        try:
            yield keeper
        finally:
            keeper.stop()
            self.forget_slot()

    def forget_slot(self) -> None:
        """The server no longer holds the log for anybody, as after a long absence."""
        # The receiver has ended; its connection may need a moment more.
        held = "FROM pg_replication_slots WHERE active"
        assert wait_until(lambda: not self.query(f"SELECT 1 {held}"), 120)
        self.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")

    def carried(self, keeper: LogKeeper) -> None:
        """Everything that was committed until now is with the backups."""
        assert wait_until(lambda: self.query(_RECEIVED) == [(True,)], 120)
        keeper.ship()

    def koza(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self.environment)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(libpq(self.engine.url()), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def copied(self) -> list[Base]:
        """The copies that it has; the first is taken now if there is none."""
        if not self.store.bases():
            assert self.koza("backup").exit_code == 0
        return self.store.bases()

    def restore(self, into: str, *, data_key: Path | None = None, secret: Path | None = None) -> Result:
        return self.koza(
            *("restore", self.environment["BACKUP_DIR"], "--key", str(secret or self.secret)),
            *("--data-key", str(data_key or self.environment["DATA_KEY_FILE"]), "--into", str(self.folder / into)),
        )


@contextmanager
def backed_up(factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that can take its first copy."""
    folder = passable_folder(factory, "backed-up")
    data_dir = folder / "data"
    engine = PostgresEngine(data_dir, durable=False)
    engine.start()
    environment = suite_environment(engine.url(), None, data_dir) | {"KOZA_ENV": "demo", "KOZA_LANG": "en"}
    secret = folder / "backup.key"
    made = CliRunner().invoke(main, ["backup", "key", str(secret)], env=environment)
    name, _, recipient = made.stdout.strip().splitlines()[-1].partition("=")
    machine = Machine(engine, environment | {"BACKUP_DIR": str(folder / "backups"), name: recipient}, secret, folder)
    for command in ("migrate", "demo"):
        assert machine.koza(command).exit_code == 0
    try:
        yield machine
    finally:
        engine.stop()


def counted(folder: Path, statement: str) -> list[tuple[object, ...]]:
    """An answer of a restored folder, with a server on it as ``koza run`` would start it."""
    engine = PostgresEngine(folder)
    engine.start()
    try:
        with psycopg.connect(libpq(engine.url())) as connection:
            return connection.execute(statement.encode()).fetchall()
    finally:
        engine.stop()
