"""``koza run``: engines, migrations, demo, every process, one log; and no process left when it ends.

The order of things, for whoever has to find out at night what went wrong:

1. take the data folder's lock (a second run of the same folder is told where the first one is);
2. end what a killed run left, by id and start time and by the run's own mark in the environment;
3. see that the ports are free; 4. start PostgreSQL and Redis unless they are given;
5. migrate, and make the demo; this comes last where an earlier start of this release did so;
6. start web, and when it answers live, relay, worker and the practice exchange; start them again whenever they die;
7. on Ctrl-C or SIGTERM stop them in the opposite order of who needs whom.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from config.children import Child, Household, Tended, answer, koza_job, module_job
from config.console import Console
from config.engines.errors import EngineError
from config.engines.postgres import PostgresEngine
from config.engines.processes import read_marks, stop_child, stop_together, wait_until, with_environment, write_marks
from config.engines.redis import RedisEngine
from config.language import locale_of
from config.local import (
    LocalSecrets,
    RunLock,
    child_environment,
    data_dir_of,
    practice_arguments,
    practice_port,
    publish_environment,
    wants_practice,
    withdraw_environment,
)
from config.ports import PortTakenError, check_ports, live_port
from config.prepared import Prepared
from config.startup import startup_block
from core.i18n import gettext as _
from core.i18n import set_locale
from core.settings import METRICS_FOLDER

#: Who is stopped first: doors, then those who work behind them.
STOP_ORDER = ("web", "live", "practice", "worker", "relay")
_TICK_SECONDS = 0.1
_STEP_POLL_SECONDS = 0.02
_DOOR_SECONDS = 10.0
_READY_SECONDS = 90.0
_SET_UP_SECONDS = 30.0


class StartError(Exception):
    """Koza cannot start; the message is for the person who typed the command."""


class Supervisor:
    """One run of Koza on one data folder."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._data_dir = data_dir_of(environ)
        self._console = Console(environ)
        self._run_id = secrets.token_hex(8)
        self._stopping = threading.Event()
        self._lock = RunLock(self._data_dir)
        self._postgres: PostgresEngine | None = None
        self._redis: RedisEngine | None = None
        self._household: Household | None = None
        self._practice = wants_practice(environ)
        self._production = environ.get("KOZA_ENV", "demo") == "production"
        self._prepared = Prepared(self._data_dir, environ.get("KOZA_ENV", "demo"))

    def run(self) -> int:
        """Run until stopped; returns the exit status."""
        set_locale(locale_of(self._environ))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: self._stopping.set())
        try:
            self._prepare()
            child = self._start_engines()
            # Whoever calls while we start is answered by what is there; the same is made sure of when all have begun.
            known = self._postgres is not None and self._prepared.holds(child["DATABASE_URL"])
            if not known:
                self._bring_up_to_date(child)
            self._start_children(child)
            self._announce(child)
            if known:
                self._make_sure(child)
            self._keep()
        except (StartError, EngineError, PortTakenError) as problem:
            self._console.block(f"\n{problem}\n")
            return 1
        finally:
            self._stop()
        return 0

    def _prepare(self) -> None:
        # Passable but not listable: as root the database runs under an account of its own below this folder.
        self._data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        if not self._lock.take():
            raise StartError(_("Koza already runs from %(folder)s.", folder=self._data_dir))
        end_left_over(self._pid_file, self._console)
        # Nobody of this folder lives now. Counts begin anew: another release may have counted other things.
        shutil.rmtree(self._data_dir / METRICS_FOLDER, ignore_errors=True)
        write_marks(self._pid_file, {}, run_id=self._run_id)
        port = self._port()
        live_url = self._environ.get("LIVE_URL", "")
        wanted = {"web": port, "live": live_port(live_url, port)}
        if self._practice:
            wanted["practice"] = practice_port(self._environ)
        check_ports(wanted, live_url=live_url)

    def _port(self) -> int:
        raw = self._environ.get("PORT") or "8000"
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 65533:
            raise StartError(_("PORT must be a number from 1 to 65533."))
        return int(raw)

    @property
    def _pid_file(self) -> Path:
        return self._data_dir / "run" / "processes.json"

    def _start_engines(self) -> dict[str, str]:
        database_url = self._environ.get("DATABASE_URL")
        if not database_url:
            self._postgres = PostgresEngine(self._data_dir)
            self._say("postgres", _("starting"))
            self._postgres.start()
            database_url = self._postgres.url()
        redis_url = self._environ.get("REDIS_URL")
        if not redis_url:
            self._redis = RedisEngine.find(self._data_dir)
            if self._redis is None:
                self._say("redis", _("not found; Koza polls instead (install redis-server, or set REDIS_URL)"))
            else:
                self._redis.start()
                redis_url = self._redis.url()
        child = child_environment(
            self._environ,
            data_dir=self._data_dir,
            database_url=database_url,
            redis_url=redis_url,
            run_id=self._run_id,
        )
        secret_names = (
            "DATABASE_URL",
            "REDIS_URL",
            "SECRET_KEY",
            "TWILIO_AUTH_TOKEN",
            "TWILIO_API_SECRET",
            "METRICS_TOKEN",
        )
        self._console.hide([child[name] for name in secret_names if child.get(name)])
        if not self._production:
            self._console.hide(LocalSecrets.of(self._data_dir).values())
        return child

    def _bring_up_to_date(self, child: Mapping[str, str]) -> None:
        self._prepared.forget()
        self._step("migrate", child, _("bringing the database up to date"))
        if child.get("KOZA_ENV") == "demo":
            self._step("demo", child, _("two demo centres and thirty days of made-up history"))
        if not self._stopping.is_set():
            self._prepared.note()

    def _make_sure(self, child: Mapping[str, str]) -> None:
        """The same beside a house that serves already: what is wrong is said, and ends nothing."""
        try:
            self._bring_up_to_date(child)
        except StartError as problem:
            self._say("koza", f"{problem}")

    def _step(self, name: str, child: Mapping[str, str], doing: str) -> None:
        """Run one short command to its end, with its output in the log."""
        if self._stopping.is_set():
            return
        self._say(name, doing)
        job = koza_job(name)
        process = subprocess.Popen(
            job.command,
            env=dict(child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        reader = self._console.follow(name, process.stdout) if process.stdout else None
        while process.poll() is None and not self._stopping.wait(_STEP_POLL_SECONDS):
            self._tend()
        status = stop_child(process, group=True)
        if reader:
            reader.join()
        if status != 0 and not self._stopping.is_set():
            raise StartError(_("koza %(name)s failed; the reason stands above.", name=name))

    def _start_children(self, child: Mapping[str, str]) -> None:
        if self._stopping.is_set():
            return
        web = koza_job("web", health=self._port(), overlaps=True)
        others = [
            koza_job("relay", yields=True),
            koza_job("live", health=live_port(child.get("LIVE_URL", ""), self._port()), yields=True),
            koza_job("worker"),
            *([koza_job("backup", "run")] if child.get("BACKUP_DIR") else []),
        ]
        if self._practice:
            others.append(module_job("practice", "practice.server", *practice_arguments(child)))
        engines = [
            Tended(name, engine.alive, engine.start, self._console)
            for name, engine in (("postgres", self._postgres), ("redis", self._redis))
            if engine is not None
        ]
        household = self._household = Household(self._pid_file, self._run_id, engines)
        household.start([Child(web, child, self._console)])
        publish_environment(child, self._data_dir)
        # The door first, with all that the machine has: whoever calls now waits for it, and for nothing else here.
        self._until(lambda: answer(self._port(), "/healthz", 2.0) == 200, _DOOR_SECONDS)
        if not self._stopping.is_set():
            household.start([Child(job, child, self._console) for job in others])

    def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Tend until the condition holds or the house is to stop; False when the time was over first."""

        def met() -> bool:
            self._tend()
            return self._stopping.is_set() or condition()

        return wait_until(met, seconds, every=_TICK_SECONDS)

    def _announce(self, child: Mapping[str, str]) -> None:
        """Tend until the house is ready, then print the block."""
        if not self._until(lambda: answer(self._port(), "/readyz", 2.0) == 200, _READY_SECONDS):
            self._say("koza", _("not ready yet; /readyz says what is missing"))
            return
        if not self._stopping.is_set():
            local = LocalSecrets.of(self._data_dir) if child.get("KOZA_ENV") == "demo" else None
            redis = bool(child.get("REDIS_URL"))
            set_up = self._set_up_code(child)
            self._console.block(startup_block(child, local, practice=self._practice, redis=redis, set_up=set_up))

    def _set_up_code(self, child: Mapping[str, str]) -> str:
        """What leads into a house that has nobody yet; in any other there is nothing to say."""
        if child.get("KOZA_ENV") == "demo":
            return ""
        job = koza_job("setup", "--if-open")
        with suppress(subprocess.SubprocessError):
            told = subprocess.run(
                job.command,
                env=dict(child),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=_SET_UP_SECONDS,
            )
            return told.stdout.strip()
        # The house runs all the same, and koza setup says what is wrong.
        return ""

    def _keep(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            self._tend()

    def _tend(self) -> None:
        if self._household:
            self._household.tend()

    def _stop(self) -> None:
        steps: list[Callable[[], object]] = []
        if self._household:
            household = self._household
            self._say("koza", _("stopping"))
            steps.append(lambda: household.stop(STOP_ORDER))
        steps += [engine.stop for engine in (self._redis, self._postgres) if engine is not None]
        steps += [lambda: withdraw_environment(self._data_dir), self._lock.release]
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - the rest must be stopped all the same
                self._say("koza", f"{error}")

    def _say(self, source: str, text: str) -> None:
        self._console.line(source, text)


def end_left_over(pid_file: Path, console: Console) -> None:
    """End the processes of a run that was killed: those it wrote down, and any that carry its mark."""
    marks, more = read_marks(pid_file)
    left = {mark.pid: mark for mark in marks.values() if mark.alive()}
    if run_id := more.get("run_id"):
        left |= {mark.pid: mark for mark in with_environment("KOZA_RUN_ID", run_id)}
    if left:
        console.line("koza", _("ending %(count)d processes of a run that was killed", count=len(left)))
    stop_together(left.values())
    pid_file.unlink(missing_ok=True)


def run(environ: Mapping[str, str] = os.environ) -> int:
    """Entry of ``koza run``."""
    return Supervisor(environ).run()
