"""The house under test: ``koza run`` itself with its own engines, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import requests

from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import Mark, read_marks, stop_child, wait_until, working_in
from config.local import DEMO_HOTLINES, DEMO_ONCALL_NUMBERS, LocalSecrets
from tests.support.dumps import keep_dump

_OUTSIDE = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "DASHBOARD_URL", "LIVE_URL", "DATA_KEY_FILE", "SECRET_KEY")
_READY_SECONDS = 180.0
_STOP_SECONDS = 60.0
_ENGINES = ("postgres", "redis")


def free_ports() -> int:
    """The first of three free ports in a row, away from those that the kernel gives to others."""
    for first in range(20_000 + os.getpid() % 1000 * 3, 31_000, 3):
        try:
            for number in range(first, first + 3):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return first
    raise RuntimeError("no three free ports in a row")


@dataclass
class House:
    """One running house, asked from outside as a carrier, a browser and an operator of machines would."""

    data_dir: Path
    port: int = field(default_factory=free_ports)
    #: ``demo`` brings the demonstration's people and its thirty days of made-up history; ``test`` brings nothing.
    env: str = "test"
    #: The carrier is a process beside ``koza run``, with the machine's own clock, and outlives it.
    apart: bool = False
    #: What the house's processes find in their environment beside the usual.
    surroundings: dict[str, str] = field(default_factory=dict)
    #: Small disks of their own under some of its folders, by what lies there.
    disks: dict[str, Path] = field(default_factory=dict)
    #: By how much the clock of its database was moved.
    moved: timedelta = timedelta()
    #: When it was ended last, by the machine's clock.
    ended_at: float = 0.0
    _process: subprocess.Popen[bytes] | None = None
    _carrier: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where webhooks and pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        """Where the sockets are."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def exchange_url(self) -> str:
        """Where the practice exchange is."""
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def log(self) -> Path:
        """Everything that the processes wrote."""
        return self.data_dir / "log" / "house.log"

    def start(self) -> None:
        """Start ``koza run`` and wait until it says that it is ready. Raises ``RuntimeError`` with the log's end."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
        for name in _OUTSIDE:
            environment.pop(name, None)
        # A process that is started again finds its modules compiled, as it would on any ordinary machine.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment |= {"KOZA_ENV": self.env, "KOZA_DATA_DIR": str(self.data_dir), "PORT": str(self.port)}
        if self.apart:
            self._start_carrier()
            environment["TWILIO_API_URL"] = self.exchange_url
        self.log.parent.mkdir(exist_ok=True)
        said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "config.cli", "run"],
                env={**environment, "KOZA_LANG": "en", **self.surroundings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self._process
        said = wait_until(
            lambda: b"Ctrl-C stops everything" in self.log.read_bytes()[said_before:] or process.poll() is not None,
            _READY_SECONDS,
            every=0.1,
        )
        if not said or process.poll() is not None:
            self.stop()
            raise RuntimeError(f"the house did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def _start_carrier(self) -> None:
        if self._carrier is not None:
            return
        self.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        account = LocalSecrets.of(self.data_dir)
        known = {"TWILIO_ACCOUNT_SID": account.account_sid, "TWILIO_AUTH_TOKEN": account.auth_token}
        numbers = f"{DEMO_HOTLINES},{DEMO_ONCALL_NUMBERS}"
        with (self.data_dir / "carrier.log").open("ab") as log:
            self._carrier = subprocess.Popen(
                [sys.executable, "-m", "practice.server", "--numbers", numbers],
                env={"PATH": os.environ.get("PATH", os.defpath), "PORT": str(self.port), **known},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if not wait_until(lambda: self.answers(self.exchange_url) is not None, _READY_SECONDS, every=0.1):
            raise RuntimeError("the carrier did not start")

    def stop(self) -> None:
        """End it, and the carrier; the rows of its database stay behind for the search at the end."""
        if (self.data_dir / "run" / "env.json").exists() and self.query("SELECT 1"):
            keep_dump(self.environment()["DATABASE_URL"], self.data_dir, "database")
        self.halt()
        if self._carrier is not None:
            stop_child(self._carrier)
            self._carrier = None

    def halt(self) -> None:
        """Ctrl-C, and after a while force."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.ended_at = time.time()

    def sleep(self, by: timedelta) -> None:
        """Let time go by while nothing of the house runs: its database alone is started, for one statement."""
        engine = PostgresEngine(self.data_dir)
        engine.start()
        try:
            with psycopg.connect(libpq(engine.url()), autocommit=True) as connection:
                connection.execute("UPDATE core_clock SET shift = shift + %s", [by])
        finally:
            engine.stop()
        self.moved += by

    def skip(self, by: timedelta) -> None:
        """Let time go by while it runs, as its database tells it."""
        self.rows("UPDATE core_clock SET shift = shift + %(by)s RETURNING 1", by=by)
        self.moved += by

    @property
    def supervisor(self) -> int:
        """The process id of ``koza run``. Raises ``RuntimeError`` when it is not running."""
        if self._process is None:
            raise RuntimeError("the house does not run")
        return self._process.pid

    def environment(self) -> dict[str, str]:
        """What a command given beside the running house joins."""
        joined: dict[str, str] = json.loads((self.data_dir / "run" / "env.json").read_text(encoding="utf-8"))
        return joined

    def mark(self, name: str) -> Mark | None:
        """The present process of a name: the supervisor's child or the engine's server."""
        if name in _ENGINES:
            return read_marks(self.data_dir / f"{name}.pid.json")[0].get(name)
        return read_marks(self.data_dir / "run" / "processes.json")[0].get(name)

    def workers(self, name: str) -> list[int]:
        """Processes that the process of this name has started and that serve."""
        mark = self.mark(name)
        if mark is None:
            return []
        try:
            children = psutil.Process(mark.pid).children()
            return [one.pid for one in children if "resource_tracker" not in " ".join(one.cmdline())]
        except psutil.Error:
            return []

    def database_processes(self) -> list[Mark]:
        """The database's server and everything that it started."""
        mark = self.mark("postgres")
        if mark is None:
            return []
        try:
            folder = Path(psutil.Process(mark.pid).cwd())
        except psutil.Error:
            return []
        return working_in(folder)

    def answers(self, url: str, seconds: float = 2.0) -> int | None:
        """The status with which a server of the house answers, None if it does not in time."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.get(url, timeout=seconds).status_code
        except requests.RequestException:
            return None

    def redis_answers(self) -> bool:
        """Whether Redis answers."""
        try:
            with redis.Redis.from_url(self.environment()["REDIS_URL"], socket_timeout=1.0) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def query(self, statement: str, **values: Any) -> list[tuple[Any, ...]] | None:
        """Rows of a statement, None while the database does not answer within a few seconds."""
        try:
            with psycopg.connect(
                libpq(self.environment()["DATABASE_URL"]), connect_timeout=2, options="-c statement_timeout=4000"
            ) as connection:
                return connection.execute(statement.encode(), values).fetchall()
        except psycopg.Error:
            return None

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement; waits for the database. Raises ``TimeoutError`` when it stays away."""
        found: list[list[tuple[Any, ...]]] = []

        def answered() -> bool:
            answer = self.query(statement, **values)
            if answer is not None:
                found.append(answer)
            return answer is not None

        if not wait_until(answered, 60.0, every=0.2):
            raise TimeoutError("the database does not answer")
        return found[0]
