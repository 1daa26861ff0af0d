"""The house to be measured: real engines with every write synced to the disk, two centres, people at their screens."""

from __future__ import annotations

import http.client
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Self

import psycopg

from bench import bare, floor
from bench.carrier import Account
from config.engines.postgres import PostgresEngine
from config.engines.processes import stop_child
from config.engines.redis import RedisEngine
from config.keyfile import ensure_key_file
from config.migrate import migrate
from config.serving import APPLICATION
from config.wiring import build_ground
from core.actor import system
from core.log import configure_logging
from core.settings import Settings
from core.unit_of_work import unit_of_work
from staff import service as staff
from staff.sessions import start_session

PUBLIC_URL = "https://koza.example"
LINES = {"ankara": ("+903120000001", "06"), "izmir": ("+902320000001", "35")}
#: Screens are shared among this many people: an operator may have several, and hashing a password takes its time.
PEOPLE = 6
_BENCH = system("bench")
_START_S = 60.0


class StartError(Exception):
    """A process of the house does not answer; its log is named."""


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def responds(port: int, path: str = "/healthz") -> bool:
    """Whether a server answers that it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Process:
    """One process of the house, with its log in the house's folder."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        log: IO[bytes],
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self._started = time.perf_counter()
        self._child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its id."""
        return self._child.pid

    def wait_for(self, port: int, path: str = "/healthz") -> float:
        """Wait until it answers on ``port``; returns the seconds since it was started."""
        while not responds(port, path):
            self.check()
            time.sleep(0.005)
        return time.perf_counter() - self._started

    def check(self) -> None:
        """Raise :class:`StartError` when it has ended, or has taken too long."""
        if self._child.poll() is not None or time.perf_counter() - self._started > _START_S:
            raise StartError(f"{self.name} does not answer")

    def stop(self) -> None:
        """End it and what it started."""
        stop_child(self._child, group=True)


class House:
    """Engines, schema, people, and the processes that are started on them. Everything is gone at the end."""

    def __init__(self) -> None:
        # /var/tmp is on a disk by convention (FHS 5.15), where /tmp may be memory and a sync cost nothing.
        durable = Path("/var/tmp")  # noqa: S108 - mkdtemp makes an unguessable folder in it
        self.folder = Path(tempfile.mkdtemp(prefix="koza-bench-", dir=durable if durable.is_dir() else None))
        # As root the database runs under an account of its own, which must be able to pass through.
        self.folder.chmod(0o711)
        self._log = (self.folder / "processes.out").open("ab")
        self.postgres = PostgresEngine(self.folder)
        self.redis = RedisEngine.find(self.folder)
        self.port, self.live_port, self.bare_port = free_port(), free_port(), free_port()
        self.account = Account(
            PUBLIC_URL,
            f"AC{secrets.token_hex(16)}",
            secrets.token_hex(16),
            tuple(number for number, _ in LINES.values()),
        )
        self.tokens: list[str] = []
        self._running: list[Process] = []

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            if self.redis:
                self.redis.start()
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for process in reversed(self._running):
            process.stop()
        if self.redis:
            self.redis.stop()
        self.postgres.stop()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def postgres_pid(self) -> int:
        """The database server."""
        pid = self.postgres.pid
        if pid is None:
            raise StartError("the database is not running")
        return pid

    def environment(self, *, production: bool = False) -> dict[str, str]:
        """The environment of a process; ``production`` where it would otherwise run slower or faster than there."""
        return {
            **os.environ,
            "KOZA_ENV": "production" if production else "test",
            "KOZA_DATA_DIR": str(self.folder),
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url() if self.redis else "",
            "SECRET_KEY": "bench-" + "b" * 32,
            "DATA_KEY_FILE": str(self.folder / "data.key"),
            "PUBLIC_URL": PUBLIC_URL,
            "DASHBOARD_URL": PUBLIC_URL,
            "LIVE_URL": f"http://127.0.0.1:{self.live_port}",
            "PORT": str(self.port),
            "TWILIO_ACCOUNT_SID": self.account.account_sid,
            "TWILIO_AUTH_TOKEN": self.account.token,
            # A carrier that refuses every connection: nothing that is measured asks it for anything.
            "TWILIO_API_URL": "https://127.0.0.1:9",
            "HOTLINE_NUMBERS": ",".join(f"{number}={slug}" for slug, (number, _) in LINES.items()),
            "PYTHONUNBUFFERED": "1",
        }

    def web(self) -> Process:
        """The web process as in production, starting."""
        return self._start("web", ["bench.serve", APPLICATION, str(self.port)], production=True)

    def bare(self) -> Process:
        """The bare view behind the same server, starting."""
        return self._start("bare", ["bench.serve", "bench.bare:create", str(self.bare_port)], production=True)

    def koza(self, name: str) -> Process:
        """``koza NAME``, starting."""
        return self._start(name, ["config.cli", name], production=False)

    def wait_for_beats(self, *components: str) -> None:
        """Wait until processes without a port have shown that they live."""
        until = time.perf_counter() + _START_S
        with self._connect() as connection:
            while time.perf_counter() < until:
                row = connection.execute(
                    "SELECT count(*) FROM core_beats WHERE component = ANY(%s)", [list(components)]
                ).fetchone()
                if row is not None and row[0] == len(components):
                    return
                time.sleep(0.05)
        raise StartError(f"{', '.join(components)}: no sign of life")

    def stop(self, *processes: Process) -> None:
        """End some of the processes."""
        for process in processes:
            process.stop()
            self._running.remove(process)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self._connect() as connection:
            query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            row = connection.execute(query).fetchone()
        return int(str(row[0])) if row else 0

    def contacts(self) -> list[str]:
        """Every contact there is."""
        with self._connect() as connection:
            return [str(row[0]) for row in connection.execute("SELECT id FROM hotline_contacts").fetchall()]

    def versions(self) -> str:
        """The database's version and the settings that decide what a commit costs."""
        with self._connect() as connection:
            names = ("server_version", "fsync", "synchronous_commit", "data_checksums")
            values = [connection.execute(f"SHOW {name}").fetchone() for name in names]
        shown = [str(value[0]) if value else "?" for value in values]
        return f"PostgreSQL {shown[0]} (fsync {shown[1]}, synchronous_commit {shown[2]}, checksums {shown[3]})"

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.postgres.url().replace("+psycopg", "", 1), autocommit=True)

    def _start(self, name: str, command: list[str], *, production: bool) -> Process:
        return self.other(name, [sys.executable, "-m", *command], self.environment(production=production))

    def other(self, name: str, command: list[str], environment: dict[str, str], folder: Path | None = None) -> Process:
        """A process that is none of ours, starting; it ends with the house."""
        process = Process(name, command, environment, self._log, folder)
        self._running.append(process)
        return process

    def _prepare(self) -> None:
        production = Settings.load(self.environment(production=True))
        configure_logging(json_lines=True, level=logging.WARNING)
        ensure_key_file(Settings.load(self.environment()))
        migrate(production)
        ground = build_ground(production)
        with unit_of_work(ground) as session:
            centres = {}
            for slug, (number, province) in LINES.items():
                centre = staff.create_centre(session, _BENCH, slug=slug, name=slug, province_code=province)
                staff.add_line(session, _BENCH, number=number, centre_id=centre, name=slug)
                centres[slug] = centre
            people = [
                staff.create_account(
                    session,
                    _BENCH,
                    name=f"operator{number}@ankara",
                    display_name=f"Operator {number}",
                    password=secrets.token_urlsafe(24),
                    roles=("operator",),
                    centre_id=centres["ankara"],
                )
                for number in range(PEOPLE)
            ]
            self.tokens = [start_session(session, one.id, centres["ankara"], "tr").token for one in people]
        ground.engine.dispose()
        with self._connect() as connection:
            connection.execute(bare.TABLE)
            connection.execute(floor.TABLES)
