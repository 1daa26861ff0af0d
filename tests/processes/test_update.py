"""Updates that fail, with real releases, processes and a database: the release before serves on or again.

What is a stand-in: the service manager and the proxy. What ``deploy/`` asks and in which order: tests/unit/test_deploy.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from twilio.request_validator import RequestValidator

from config.cli import main
from config.engines.postgres import PostgresEngine, libpq
from config.engines.processes import wait_until
from config.revisions import newest_revision
from tests.support import planted
from tests.support.engines import passable_folder, suite_environment
from tests.support.line import fresh_sid
from tests.support.service_manager import stop

#: One worker alone starts the house.
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("update"), pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("koza-live", "koza-relay", "koza-worker", "koza-backup")
#: What a release needs for itself: everything else it may share with the one before.
OWN = ("config", "migrations")
SHARED = ("core", "dashboard", "deploy", "escalation", "hotline", "intake", "practice", "routing", "staff", "tests")
MIGRATION = """\
from alembic import op
revision, down_revision = {revision!r}, {before!r}
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE {table} (id INTEGER)")
    {then}


def downgrade() -> None:
    op.execute("DROP TABLE {table}")
"""


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@dataclass
class Server:
    """A server's folder with its releases, and the way in as the proxy leads it: to whichever web process answers."""

    home: Path
    environment: dict[str, str]
    ports: list[int]
    units: tuple[str, ...]

    def release(self, number: str, *, revision: str = "", then: str = "pass", web: str = "") -> None:
        """The present release under another number; with a migration more, and with ``web`` as its web process."""
        folder = self.home / "releases" / number
        for name in OWN:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in SHARED:
            (folder / name).symlink_to(ROOT / name)
        serving = folder / "config" / "serving.py"
        # One worker starts in half the time of two, and here it is started again and again.
        serving.write_text(web or serving.read_text(encoding="utf-8").replace("WORKERS = 2", "WORKERS = 1"), "utf-8")
        if revision:
            text = MIGRATION.format(revision=revision, before=newest_revision(), table=f"one_{revision}", then=then)
            (folder / "migrations" / "versions" / f"{revision}_one_more.py").write_text(text, encoding="utf-8")
        self.program(folder / ".venv" / "bin" / "koza", f'PYTHONPATH={folder} exec {sys.executable} -m config.cli "$@"')

    def program(self, path: Path, line: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, said: str = "") -> tuple[int, str]:
        """Run a script of ``deploy/``: its status and what it said."""
        done = subprocess.run(
            ["sh", str(self.home / "current" / "deploy" / script), *arguments],
            env={
                "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "KOZA_HOME": str(self.home),
                "KOZA_SETTINGS": str(self.home / "koza.env"),
                "KOZA_CONTROL": str(self.home / "bin" / "systemctl"),
                "KOZA_ACCOUNT": "",
                "KOZA_WEB_PORTS": f"{self.ports[0]} {self.ports[1]}",
                "KOZA_LIVE_PORT": str(self.ports[2]),
                # Whether the relay is a living one is not what is looked at here.
                "KOZA_SILENCE": "1",
            },
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def links(self) -> dict[str, str]:
        """Where the links point."""
        return {link.name: link.readlink().name for link in self.home.iterdir() if link.is_symlink()}

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(libpq(self.environment["DATABASE_URL"])) as connection:
            return connection.execute(query.encode()).fetchall()

    def groups(self) -> dict[str, str]:
        """The processes as they were started."""
        return {path.stem: path.read_text() for path in (self.home / "units").glob("*.group")}

    def schema(self) -> str:
        """What the first web process says of the schema; it also says that it serves."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[0]}/readyz", timeout=10) as answer:
            return str(json.load(answer)["schema"])


@dataclass
class Callers:
    """Somebody calls all the time; a call that no web process takes is one that the carrier would have to repeat."""

    server: Server
    calls: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._call, daemon=True)
        self.thread.start()

    def _call(self) -> None:
        while not self.over.is_set():
            sid = fresh_sid("CA")
            self.calls.append(sid)
            if not any(self._reaches(port, sid) for port in self.server.ports[:2]):
                self.refused.append(sid)
            self.over.wait(0.3)

    def _reaches(self, port: int, sid: str) -> bool:
        settings = self.server.environment
        parties = {"From": planted.number(), "To": settings["HOTLINE_NUMBERS"].partition("=")[0]}
        form = {"AccountSid": settings["TWILIO_ACCOUNT_SID"], "ApiVersion": "2010-04-01", "CallSid": sid}
        form |= {"CallStatus": "ringing", "Direction": "inbound", **parties}
        url = settings["PUBLIC_URL"] + "/twilio/voice"
        signature = RequestValidator(settings["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/twilio/voice",
            urllib.parse.urlencode(form).encode(),
            {"X-Twilio-Signature": signature},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310 - our own port
                return answer.status == 200
        except urllib.error.HTTPError:
            return False
        except OSError:
            # Nobody listens there: the proxy asks the other one.
            return False

    def stop(self) -> None:
        self.over.set()
        self.thread.join(60)

    def missing(self) -> set[str]:
        """Calls that no row tells of."""
        return set(self.calls) - {str(row[0]) for row in self.server.ask("SELECT carrier_sid FROM hotline_calls")}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Release 1 with its processes, which answer."""
    home = passable_folder(tmp_path_factory, "server")
    engine = PostgresEngine(home / "engine", durable=False)
    engine.start()
    ports = _free_ports(3)
    made = CliRunner().invoke(main, ["backup", "key", str(home / "backup.key")]).stdout.strip().splitlines()[-1]
    environment = suite_environment(engine.url(), None, home / "data") | {
        "KOZA_LANG": "en",
        "LIVE_URL": f"http://127.0.0.1:{ports[2]}",
        "PORT": str(ports[0]),
        "BACKUP_DIR": str(home / "backups"),
        "BACKUP_RECIPIENT": made.partition("=")[2],
    }
    settings = "".join(f"{name}='{value}'\n" for name, value in environment.items())
    (home / "koza.env").write_text(settings, encoding="utf-8")
    (home / "units").mkdir()
    found = Server(home, environment, ports, (*(f"koza-web@{port}" for port in ports[:2]), *OTHERS))
    manager = f'PYTHONPATH={ROOT} exec {sys.executable} -m tests.support.service_manager {home / "units"} "$@"'
    found.program(home / "bin" / "systemctl", manager)
    found.release("1")
    (home / "current").symlink_to("releases/1")
    for command in (["migrate"], ["centre", "add", "--slug", "ankara", "--name", "Ankara", "--province", "06"]):
        assert found.run("koza.sh", *command)[0] == 0
    try:
        for unit in found.units:
            subprocess.run([str(home / "bin" / "systemctl"), "restart", unit], check=True, env=os.environ | environment)
        yield found
    finally:
        for unit in found.units:
            stop(home / "units", unit)
        engine.stop()


def test_a_failed_update_leaves_the_release_before_serving_and_a_revision_is_taken_back(server: Server) -> None:
    assert wait_until(lambda: _answers(server), 90)
    callers, newest = Callers(server), newest_revision()
    try:
        # The first statement went through, the second does not: nothing of it is left, and nobody was restarted.
        server.release("2", revision="9001", then='op.execute("SELECT nothing FROM nowhere")')
        before = server.groups()
        status, said = server.run("update.sh", "2")
        assert (status, server.links(), server.groups()) == (1, {"current": "1"}, before), said
        assert "release 1 goes on" in said
        assert server.ask("SELECT version_num, to_regclass('one_9001') FROM alembic_version") == [(newest, None)]
        assert server.schema() == "ok"

        # The migration is there, the web process is not: back by itself, on the later schema.
        server.release("3", revision="9002", web="raise SystemExit('no such setting')\n")
        status, said = server.run("update.sh", "3")
        assert (status, server.links()) == (1, {"current": "1", "previous": "1"}), said
        assert "release 1 is current again; the schema stays as release 3 left it" in said
        assert server.schema() == "ahead"

        # One that starts; and all the way back, which asks before a table goes.
        server.release("4", revision="9002")
        status, said = server.run("update.sh", "4")
        assert (status, server.links(), server.schema()) == (0, {"current": "4", "previous": "1"}, "ok"), said
        status, said = server.run("rollback.sh", newest, said="y\n")
        assert (status, server.links()) == (0, {"current": "1", "previous": "1"}), said
        assert "one_9002 would be gone, with 0 entries." in said
        assert server.ask("SELECT version_num, to_regclass('one_9002') FROM alembic_version") == [(newest, None)]
        assert server.schema() == "ok"
    finally:
        callers.stop()
    assert callers.refused == []
    assert wait_until(lambda: not callers.missing(), 30), callers.missing()


def _answers(server: Server) -> bool:
    try:
        return server.schema() == "ok"
    except OSError:
        return False
