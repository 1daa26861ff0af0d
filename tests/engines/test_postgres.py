"""The embedded database survives what happens to machines."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.engines.binaries import find_postgres, reachable
from config.engines.errors import EngineError
from config.engines.identity import Identity
from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import Mark, working_in
from core.i18n import use_locale
from tests.support.engines import passable_folder

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("engines")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return passable_folder(tmp_path_factory, "engine")


@pytest.fixture
def engine(folder: Path) -> Iterator[PostgresEngine]:
    engine = PostgresEngine(folder)
    engine.start()
    yield engine
    engine.stop()


def ask(engine: PostgresEngine, question: str) -> object:
    with psycopg.connect(libpq(engine.url())) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def test_it_keeps_its_promises_to_the_disk_and_says_nothing(engine: PostgresEngine) -> None:
    assert ask(engine, "SHOW fsync") == "on"
    assert ask(engine, "SHOW synchronous_commit") == "on"
    assert ask(engine, "SHOW data_checksums") == "on"
    assert ask(engine, "SHOW server_encoding") == "UTF8"
    assert ask(engine, "SHOW log_min_messages") == "log"
    assert ask(engine, "SHOW listen_addresses") == ""


def test_without_the_password_nobody_enters(engine: PostgresEngine) -> None:
    url = libpq(engine.url())
    password = url.partition("koza:")[2].partition("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "x" * 32))


def test_committed_rows_survive_kill_9(engine: PostgresEngine) -> None:
    with psycopg.connect(libpq(engine.url())) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    assert engine.pid is not None
    before = ask(engine, "SELECT count(*) FROM kept")
    os.kill(engine.pid, signal.SIGKILL)
    engine.start()
    assert ask(engine, "SELECT count(*) FROM kept") == before


def test_a_new_start_ends_the_server_a_killed_run_left_even_a_stopped_one(engine: PostgresEngine, folder: Path) -> None:
    assert engine.pid is not None
    left = Mark.of(engine.pid)
    assert left is not None
    os.kill(engine.pid, signal.SIGSTOP)
    successor = PostgresEngine(folder)
    successor.start()
    try:
        assert not left.alive()
        assert ask(successor, "SELECT 1") == 1
    finally:
        successor.stop()
    assert working_in(folder / "postgres") == []


def test_a_recycled_process_id_in_the_pid_file_is_left_alone(engine: PostgresEngine, folder: Path) -> None:
    engine.stop()
    # PostgreSQL itself would refuse to start: the id lives (it is this test).
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n\n\n")
    engine.start()
    assert ask(engine, "SELECT 1") == 1


def test_permissions_that_change_later_never_put_an_empty_database_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = passable_folder(tmp_path_factory, "outside")
    monkeypatch.setattr("config.engines.postgres.state_root", lambda: outside)
    folder = passable_folder(tmp_path_factory, "closed")
    closed = {folder}
    monkeypatch.setattr(Identity, "can_enter", lambda _identity, path: path not in closed)
    engine = PostgresEngine(folder)
    engine.start()
    try:
        with psycopg.connect(libpq(engine.url())) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 41 AS n")
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        closed.clear()
        engine.start()
        assert ask(engine, "SELECT n FROM kept") == 41
    finally:
        engine.stop()
    next(outside.glob("data-*")).rename(outside / "moved")
    with use_locale("en"), pytest.raises(EngineError, match="no longer in"):
        engine.start()


def test_a_normal_user_starts_it_in_a_folder_with_a_space(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = passable_folder(tmp_path_factory, "user") / "a b"
    folder.mkdir(mode=0o700)
    user, ids = os.getuid(), list[str]()
    programs = find_postgres()
    if user == 0:
        nobody = pwd.getpwnam("nobody")
        user, ids = nobody.pw_uid, [str(nobody.pw_uid), str(nobody.pw_gid)]
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        # Ours may lie under root's own home, where no normal user would have installed them.
        programs = reachable(programs, Identity(nobody.pw_uid, nobody.pw_gid))
    command = [sys.executable, "-m", "tests.support.plain_user", str(folder), str(programs.folder), str(programs.major)]
    answer = subprocess.run([*command, *ids], capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == [user, str(folder / "postgres"), 42]
    assert (folder / "postgres.password").stat().st_uid == user
    assert sorted(path.name for path in folder.iterdir()) == [
        "postgres",
        "postgres.log",
        "postgres.password",
        "postgres.place",
    ]
