"""PostgreSQL as a foreground child: made on first start, recovered after any death."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import conninfo, sql

from config.engines.binaries import PostgresBinaries, find_postgres, reachable
from config.engines.errors import EngineError
from config.engines.identity import engine_environment, engine_identity, socket_folder, state_root
from config.engines.processes import (
    Ladder,
    Mark,
    read_marks,
    stop_child,
    wait_until,
    working_in,
    write_marks,
    write_private,
)
from core.i18n import gettext as _

_USER = "koza"
#: Written into the place file when the data are in the folder itself, so that the folder may be moved.
_INSIDE = "inside"
_DATABASE = "koza"
#: Crash recovery replays the log before the first connection; a minute is many gigabytes of it.
_READY_SECONDS = 60.0
#: SIGINT is a fast, clean shutdown; SIGQUIT leaves recovery to the next start; SIGKILL also ends a stopped process.
_LADDER: Ladder = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0))

#: PostgreSQL's own log may not show what people said: no statements, no parameters, no DETAIL with key values, and
#: no errors at all (the application that caused one gets it).
_QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
_ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    # A backup finds the log of its own time, and one that nobody fetches never fills the disk.
    "wal_keep_size": "256MB",
    "max_slot_wal_keep_size": "4GB",
}
#: Only for a test suite's throw-away data: a power cut may ruin it, a killed process does not.
_THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}


def libpq(url: str) -> str:
    """An address for psycopg itself and the server's tools, which do not know SQLAlchemy's name of the driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class PostgresEngine:
    """One embedded server on one data folder, reached through a unix socket with a generated password."""

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        log: IO[bytes] | int | None = None,
        user: str = _USER,
        database: str = _DATABASE,
        options: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Nothing is touched before :meth:`start`.

        ``folder`` holds the data, the password and the pid file; ``durable=False`` is for tests; ``log`` receives the
        server's own messages (default: a file in ``folder``). ``user``, ``database`` and ``options`` are for a folder
        that another made, with other names and settings.
        """
        self._user = user
        self._database = database
        self._options = options
        self._folder = folder
        self._durable = durable
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self._identity = engine_identity()
        self._binaries: PostgresBinaries | None = None
        self._data = folder / "postgres"

    @property
    def pid(self) -> int | None:
        """The server's process id while it is this object's child."""
        return self._child.pid if self._child else None

    @property
    def folder_of_programs(self) -> Path:
        """Where this server's tools (pg_dump, pg_restore) are; known after :meth:`start`."""
        if self._binaries is None:
            raise EngineError("The database has not been started.")
        return self._binaries.folder

    def url(self, database: str | None = None) -> str:
        """The ``DATABASE_URL`` of a started server; it contains the password."""
        if self._sockets is None:
            raise EngineError("The database has not been started.")
        user, usual = quote(self._user, safe=""), quote(self._database, safe="")
        return f"postgresql+psycopg://{user}:{self._password()}@/{database or usual}?host={self._sockets}"

    def start(self) -> None:
        """Start, or end what is left and start again; returns when it answers, else raises :class:`EngineError`."""
        self._folder.mkdir(mode=0o711 if self._identity.uid is not None else 0o700, parents=True, exist_ok=True)
        self._clean_up_after_a_crash()
        self._data = self._data_folder()
        version = self._data / "PG_VERSION"
        made = version.exists()
        if not made and self._place_file.exists():
            raise EngineError(
                _("The database is no longer in %(folder)s: bring it back, or restore a backup.", folder=self._data)
            )
        self._binaries = reachable(find_postgres(int(version.read_text()) if made else None), self._identity)
        if self._sockets is None:
            self._sockets = socket_folder(self._identity, "koza-pg-")
        if not made:
            self._make_data_folder(self._binaries, self._sockets)
        self._remember_place()
        self._spawn()
        self._wait_until_ready()
        self._create_database()

    def alive(self) -> bool:
        """True while the server process runs (it may still be hung: ask it with a query and a limit)."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Shut down cleanly, also a server that a killed run left; one that does not obey is killed and recovers."""
        self._clean_up_after_a_crash()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    @property
    def _pid_file(self) -> Path:
        return self._folder / "postgres.pid.json"

    def _password(self) -> str:
        path = self._folder / "postgres.password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8")

    def _data_folder(self) -> Path:
        """Where the data are, or on first start are to be.

        ``folder/postgres``; as root a place outside, where the engine's account cannot enter ``folder``. Decided once
        and written down: permissions that change later must not put a new, empty database in the place of the old.
        """
        if self._place_file.exists():
            place = self._place_file.read_text(encoding="utf-8")
            return self._folder / "postgres" if place == _INSIDE else Path(place)
        inside = self._folder / "postgres"
        if (inside / "PG_VERSION").exists() or self._identity.can_enter(self._folder):
            return inside
        name = f"data-{hashlib.sha256(str(self._folder.resolve()).encode()).hexdigest()[:16]}"
        outside = state_root() / name
        if not (self._folder / "postgres.password").exists() and outside.exists():
            # What lies there belonged to a folder of this name that was deleted; its password is gone with it.
            return outside.with_name(f"{name}-{secrets.token_hex(4)}")
        return outside

    @property
    def _place_file(self) -> Path:
        return self._folder / "postgres.place"

    def _remember_place(self) -> None:
        inside = self._data == self._folder / "postgres"
        write_private(self._place_file, _INSIDE if inside else str(self._data))

    def _make_data_folder(self, binaries: PostgresBinaries, private: Path) -> None:
        """``initdb`` beside the target and rename: a start that was killed half-way leaves nothing half-made."""
        partial = self._data.with_name(f"{self._data.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        self._identity.own(partial)
        # A file, for the engine's account cannot open a pipe of ours; never an argument, which everybody can list.
        password = private / "password"
        write_private(password, self._password())
        self._identity.own(password)
        # One order and one meaning of letters on every machine; Turkish folding is done in Python (core.text).
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
        answer = self._identity.run(
            [
                *[str(binaries.initdb), "-D", str(partial), "-U", self._user, f"--pwfile={password}"],
                *["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *locale, "--data-checksums"],
                *([] if self._durable else ["--no-sync"]),
            ]
        )
        password.unlink()
        if answer.returncode != 0:
            raise EngineError(_("The data folder could not be made: %(reason)s", reason=answer.stderr.strip()))
        partial.rename(self._data)

    def _spawn(self) -> None:
        assert self._binaries is not None  # noqa: S101 - set by start()
        options = {**_ALWAYS, **_QUIET, **({} if self._durable else _THROW_AWAY), **self._options}
        options["unix_socket_directories"] = str(self._sockets)
        command = [str(self._binaries.postgres), "-D", str(self._data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        log = self._log if self._log is not None else (self._folder / "postgres.log").open("ab")
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=self._identity.uid,
            group=self._identity.gid,
            extra_groups=None if self._identity.uid is None else [],
            env=engine_environment(),
            start_new_session=True,
        )
        if self._log is None and not isinstance(log, int):
            log.close()
        if mark := Mark.of(self._child.pid):
            write_marks(self._pid_file, {"postgres": mark}, sockets=str(self._sockets))

    def _wait_until_ready(self) -> None:
        def answers() -> bool:
            if not self.alive():
                return True
            try:
                self._connect("postgres").close()
            except psycopg.OperationalError:
                return False
            return True

        ready = wait_until(answers, _READY_SECONDS)
        if not self.alive():
            raise EngineError(
                _("PostgreSQL ended while starting; its log is %(file)s.", file=self._folder / "postgres.log")
            )
        if not ready:
            raise EngineError(_("PostgreSQL did not answer within %(n)d seconds.", n=_READY_SECONDS))

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        info = conninfo.make_conninfo(
            host=str(self._sockets), user=self._user, password=self._password(), dbname=database, connect_timeout=5
        )
        return psycopg.connect(info, autocommit=True)

    def _create_database(self) -> None:
        with self._connect("postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self._database]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._database)))

    def _clean_up_after_a_crash(self) -> None:
        """End what is left of this or a killed run: the server, its children, its socket folder, its pid file.

        PostgreSQL refuses to start when the id in ``postmaster.pid`` belongs to anybody, which after a restart of a
        container is the rule. The file is removed only when no process works in the data folder any more: that is
        what the file protects from.
        """
        if self._child is not None:
            stop_child(self._child, _LADDER)
            self._child = None
        marks, more = read_marks(self._pid_file)
        if server := marks.get("postgres"):
            server.stop(_LADDER)
        self._data = self._data_folder()
        self._finish_orphans()
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        left = Path(more.get("sockets", ""))
        if left.name.startswith("koza-pg-") and left != self._sockets:
            shutil.rmtree(left, ignore_errors=True)
        self._pid_file.unlink(missing_ok=True)

    def _finish_orphans(self) -> None:
        """Backends notice the death of their server by themselves; one that was stopped or hung is killed."""
        for orphan in working_in(self._data):
            orphan.stop(((signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)))
