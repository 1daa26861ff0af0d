"""Redis as a foreground child. Nothing that must survive lives in it: damaged data are thrown away, never repaired."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

from config.engines.binaries import find_redis
from config.engines.errors import EngineError
from config.engines.identity import Identity, engine_environment, socket_folder
from config.engines.processes import Ladder, Mark, read_marks, stop_child, wait_until, write_marks, write_private
from core.i18n import gettext as _

_READY_SECONDS = 15.0
_LADDER: Ladder = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


class RedisEngine:
    """One embedded server on one folder, reached through a unix socket with a generated password."""

    def __init__(
        self, folder: Path, program: Path, *, durable: bool = True, log: IO[bytes] | int | None = None
    ) -> None:
        """Nothing is touched before :meth:`start`; ``log`` receives the server's messages (default: a file)."""
        self._folder = folder
        self._program = program
        self._durable = durable
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self._data = folder / "redis"

    @classmethod
    def find(cls, folder: Path, *, durable: bool = True, log: IO[bytes] | int | None = None) -> RedisEngine | None:
        """An engine for the server on PATH or in the wheel; ``None`` where there is neither."""
        program = find_redis()
        return cls(folder, program, durable=durable, log=log) if program else None

    @property
    def pid(self) -> int | None:
        """The server's process id while it is this object's child."""
        return self._child.pid if self._child else None

    def url(self, database: int = 0) -> str:
        """The ``REDIS_URL`` of a started server; it contains the password."""
        if self._sockets is None:
            raise EngineError("Redis has not been started.")
        return f"unix://:{self._password()}@{self._sockets}/redis.sock?db={database}"

    def start(self) -> None:
        """Start and wait until it answers; unreadable data are dropped and it is started once more, empty."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clean_up_after_a_crash()
        if self._sockets is None:
            self._sockets = socket_folder(Identity(), "koza-redis-")
        if not self._attempt():
            self._end_child()
            shutil.rmtree(self._data, ignore_errors=True)
            if not self._attempt():
                self.stop()
                raise EngineError(
                    _(
                        "Redis (%(program)s) does not start; its log is %(file)s.",
                        program=self._program,
                        file=self._folder / "redis.log",
                    )
                )

    def alive(self) -> bool:
        """True while the server process runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Stop it, also one that a killed run left, and remove its socket."""
        self._clean_up_after_a_crash()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    @property
    def _pid_file(self) -> Path:
        return self._folder / "redis.pid.json"

    def _password(self) -> str:
        path = self._folder / "redis.password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8")

    def _settings(self) -> str:
        """The server's configuration; given on standard input, so that the password is in no process list."""
        lines = [
            "port 0",
            f'unixsocket "{self._sockets}/redis.sock"',
            "unixsocketperm 700",
            f"requirepass {self._password()}",
            f'dir "{self._data.resolve()}"',
            "daemonize no",
            'save ""',
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            "loglevel warning",
        ]
        return "\n".join(lines) + "\n"

    def _attempt(self) -> bool:
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self._log if self._log is not None else (self._folder / "redis.log").open("ab")
        self._child = subprocess.Popen(
            [str(self._program), "-"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=engine_environment(),
            start_new_session=True,
        )
        if self._log is None and not isinstance(log, int):
            log.close()
        assert self._child.stdin is not None  # noqa: S101 - PIPE was asked for
        self._child.stdin.write(self._settings().encode())
        self._child.stdin.close()
        if mark := Mark.of(self._child.pid):
            write_marks(self._pid_file, {"redis": mark}, sockets=str(self._sockets))
        return wait_until(lambda: not self.alive() or self._answers(), _READY_SECONDS) and self.alive()

    def _answers(self) -> bool:
        # Two inline commands by hand: the client library costs a quarter of a second of every start.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
            talk.settimeout(1)
            try:
                talk.connect(f"{self._sockets}/redis.sock")
                talk.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < len(("AUTH", "PING")) and (part := talk.recv(1024)):
                    answer += part
            except OSError:
                return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _end_child(self) -> None:
        if self._child is not None:
            stop_child(self._child, _LADDER)
            self._child = None

    def _clean_up_after_a_crash(self) -> None:
        """End the server of this or a killed run and remove a killed run's socket folder."""
        self._end_child()
        marks, more = read_marks(self._pid_file)
        if server := marks.get("redis"):
            server.stop(_LADDER)
        left = Path(more.get("sockets", ""))
        if left.name.startswith("koza-redis-") and left != self._sockets:
            shutil.rmtree(left, ignore_errors=True)
        self._pid_file.unlink(missing_ok=True)
