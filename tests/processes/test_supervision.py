"""``make run``'s supervisor: started, killed, started again, stopped; nothing is left and no secret is shown."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.engines.postgres import libpq
from config.engines.processes import Mark, read_marks, wait_until, with_environment, working_in
from config.local import LocalSecrets
from config.prepared import newest_revision
from tests.support.engines import passable_folder

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("supervision")]
ENGINES = ("postgres", "redis")


class Run:
    """One ``koza run`` and its log."""

    def __init__(self, data_dir: Path, port: int, **more: str) -> None:
        self.data_dir = data_dir
        environment = {**os.environ, "KOZA_DATA_DIR": str(data_dir), "PORT": str(port), "KOZA_LANG": "en"}
        for name in ("DATABASE_URL", "REDIS_URL", "TWILIO_API_URL", "KOZA_ENV", "LIVE_URL"):
            environment.pop(name, None)
        environment |= more
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.stub_house"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            self.lines.extend(iter(pipe.readline, ""))

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def says(self, text: str) -> bool:
        return wait_until(lambda: text in self.log or self.process.poll() is not None, 60) and text in self.log

    def ready(self) -> None:
        assert self.says("Ctrl-C stops everything"), self.log

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join(10)
        return status

    def marks(self) -> dict[str, Mark]:
        return read_marks(self.data_dir / "run" / "processes.json")[0]

    def engines(self) -> dict[str, Mark]:
        found: dict[str, Mark] = {}
        for name in ENGINES:
            found |= read_marks(self.data_dir / f"{name}.pid.json")[0]
        return found

    def joined(self) -> dict[str, str]:
        environment: dict[str, str] = json.loads((self.data_dir / "run" / "env.json").read_text())
        return environment

    def run_id(self) -> str:
        return read_marks(self.data_dir / "run" / "processes.json")[1]["run_id"]


@pytest.fixture(scope="module")
def port() -> int:
    """Three free ports in a row; the servers of other tests take theirs from the kernel, far above."""
    for first in range(18_000 + os.getpid() % 1000 * 3, 30_000, 3):
        try:
            for number in range(first, first + 3):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return first
    pytest.fail("no three free ports in a row")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return passable_folder(tmp_path_factory, "koza")


@pytest.fixture
def run(data_dir: Path, port: int) -> Iterator[Run]:
    run = Run(data_dir, port)
    yield run
    if run.process.poll() is None:
        run.end()


def test_it_starts_says_where_it_is_and_shows_no_secret_in_the_log(run: Run, data_dir: Path, port: int) -> None:
    run.ready()
    # What a process prints is followed beside the block, and may stand behind it.
    assert run.says("password in a log: ••• •••")
    secrets = LocalSecrets.of(data_dir)
    log, _, block = run.log.partition("Koza is running.")
    assert f"http://127.0.0.1:{port}" in block
    assert f"http://127.0.0.1:{port + 2}" in block
    assert secrets.demo_password in block
    assert "operator1@ankara" in block
    for secret in secrets.values():
        assert secret not in log


def test_a_second_run_is_sent_away(run: Run, data_dir: Path, port: int, tmp_path: Path) -> None:
    run.ready()
    again = Run(data_dir, port)
    assert again.process.wait(60) == 1
    assert again.says(f"already runs from {data_dir}")
    elsewhere = Run(tmp_path, port)
    assert elsewhere.process.wait(60) == 1
    assert elsewhere.says(f"Port {port} (web) is taken")
    assert elsewhere.says("variable PORT")


def test_the_port_that_the_sockets_will_take_is_looked_at_before_anything_starts(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        run = Run(tmp_path, port, LIVE_URL=f"http://127.0.0.1:{taken}", KOZA_LANG="tr")
        assert run.process.wait(60) == 1
        assert run.says(f"{taken} numaralı port (live)")
    assert not (tmp_path / "postgres").exists()


def test_the_door_opens_before_what_an_earlier_start_has_made_is_made_sure_of(
    tmp_path_factory: pytest.TempPathFactory, port: int
) -> None:
    folder = passable_folder(tmp_path_factory, "twice")
    made, opened = "migrated", "password in a log"

    def orders() -> list[str]:
        run = Run(folder, port)
        run.ready()
        assert run.says(made)
        with psycopg.connect(libpq(run.joined()["DATABASE_URL"]), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text)")
            connection.execute("DELETE FROM alembic_version")
            connection.execute("INSERT INTO alembic_version VALUES (%s)", [revisions.pop(0)])
        assert run.says("seeded")
        assert wait_until((folder / "prepared").exists, 30)
        assert run.end() == 0
        return sorted((made, opened), key=run.log.index)

    newest = newest_revision()
    revisions = [newest, newest, "0000", newest]
    # The first start makes it; the second finds it made; the fourth finds a database of an earlier release.
    assert [orders() for _ in range(4)] == [[made, opened], [opened, made], [opened, made], [made, opened]]


def test_every_process_and_engine_that_is_killed_comes_back(run: Run) -> None:
    run.ready()
    before = {**run.marks(), **run.engines()}
    assert set(before) == {"web", "live", "relay", "worker", "practice", "postgres", "redis"}
    for mark in before.values():
        os.kill(mark.pid, signal.SIGKILL)

    def all_new() -> bool:
        now = {**run.marks(), **run.engines()}
        return all(name in now and now[name] != mark and now[name].alive() for name, mark in before.items())

    assert wait_until(all_new, 60), run.log
    with psycopg.connect(libpq(run.joined()["DATABASE_URL"])) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_supervisor_is_succeeded_and_its_processes_are_ended(run: Run, data_dir: Path, port: int) -> None:
    run.ready()
    left = {**run.marks(), **run.engines()}
    secrets = LocalSecrets.of(data_dir)
    run.end(signal.SIGKILL)
    assert all(mark.alive() for mark in left.values())  # nobody who is on the line is cut off by this death
    counted = data_dir / "metrics" / "counter_0.db"
    counted.parent.mkdir()
    counted.touch()
    successor = Run(data_dir, port)
    successor.ready()
    try:
        assert not any(mark.alive() for mark in left.values())
        assert LocalSecrets.of(data_dir) == secrets
        assert not counted.exists()
    finally:
        assert successor.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_and_leaves_nothing(run: Run, data_dir: Path, port: int, number: signal.Signals) -> None:
    run.ready()
    run_id = run.run_id()
    sockets = run.joined()["DATABASE_URL"].partition("host=")[2]
    assert run.end(number) == 0
    assert with_environment("KOZA_RUN_ID", run_id) == []
    assert working_in(data_dir / "postgres") == []
    assert not Path(sockets).exists()
    assert sorted(path.name for path in (data_dir / "run").iterdir()) == ["supervisor.lock"]
    for taken in range(port, port + 3):
        socket.create_server(("127.0.0.1", taken)).close()


def test_a_stop_before_it_is_ready_leaves_nothing_either(run: Run, data_dir: Path) -> None:
    assert run.says("postgres |")
    assert run.end() == 0
    assert working_in(data_dir / "postgres") == []
