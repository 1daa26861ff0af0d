"""What is shipped for a server fits the processes that there are."""

from __future__ import annotations

import os
import re
import subprocess
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
PROCESSES = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines() if line)


def test_every_process_has_a_unit_and_no_unit_lacks_its_process() -> None:
    named = {path.stem.removeprefix("koza-").removesuffix("@") for path in UNITS.glob("koza-*.service")}
    assert named == set(PROCESSES)


@pytest.mark.parametrize("process", sorted(PROCESSES))
def test_a_unit_starts_its_process_for_ever_and_without_rights(process: str) -> None:
    unit = RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    # Of web there are two, so that one answers while the other is restarted.
    several, chosen = ("@", "/usr/bin/env PORT=%i ") if process == "web" else ("", "")
    unit.read(UNITS / f"koza-{process}{several}.service", encoding="utf-8")
    service = unit["Service"]
    assert service["ExecStart"] == f"{chosen}/opt/koza/current/.venv/bin/{PROCESSES[process]}"
    assert (service["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("koza", "yes", "strict")
    assert unit["Install"]["WantedBy"] == unit["Unit"]["PartOf"] == "koza.target"


def test_the_proxy_and_the_scripts_know_the_same_two_web_processes() -> None:
    proxy = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    # One that were put aside would still be aside when the other is restarted.
    ports = re.findall(r"server 127\.0\.0\.1:(\d+) max_fails=0;", proxy)
    assert f"KOZA_WEB_PORTS:-{' '.join(ports)}" in (ROOT / "deploy" / "steps.sh").read_text(encoding="utf-8")
    assert len(ports) == 2
    # What was sent to one process may not be sent to the other: a call would take one step twice.
    assert re.findall(r"^ *proxy_next_upstream (.*);", proxy, re.MULTILINE) == ["error"]


def test_every_way_through_the_proxy_names_host_and_browser() -> None:
    written = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    bodies = re.findall(r"location \S+ \{([^}]*)\}", written)
    assert len(bodies) == 3
    # A location that sets one header loses all that stand above it.
    for body in (part for part in bodies if "proxy_set_header" in part):
        assert "proxy_set_header Host $host;" in body
        assert "proxy_set_header X-Forwarded-For $remote_addr;" in body


def test_who_writes_beside_the_backups_may_write_there() -> None:
    # The worker puts the offline roster there (config.roster).
    for process in ("backup", "worker"):
        unit = (UNITS / f"koza-{process}.service").read_text(encoding="utf-8")
        assert re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)[0].endswith("/var/backups/koza")


@dataclass
class Server:
    """A server's folders; its releases and its service manager only tell what they were asked."""

    home: Path

    def write(self, name: str, lines: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def release(self, number: str, lines: str = "") -> None:
        """A release whose koza tells what it was asked."""
        told = f'echo "koza-{number} $*" >>{self.home}/told'
        self.write(f"releases/{number}/.venv/bin/koza", f"{told}\n{lines}")
        deploy = self.home / "releases" / number / "deploy"
        deploy.symlink_to(ROOT / "deploy")

    def link(self, name: str, number: str) -> None:
        (self.home / name).symlink_to(f"releases/{number}")

    def links(self) -> dict[str, str]:
        """Where the links point; no other may be left behind."""
        return {path.name: str(path.readlink()) for path in self.home.iterdir() if path.is_symlink()}

    def run(self, script: str, *arguments: str, **more: str) -> tuple[int, str]:
        """Run a script, with ``more`` in its environment: its status, and what it said."""
        environment = {
            **more,
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "KOZA_HOME": str(self.home),
            "KOZA_SETTINGS": str(self.home / "koza.env"),
            "KOZA_UNITS": str(UNITS),
            "KOZA_ACCOUNT": "",
            "KOZA_SILENCE": "0",
            "KOZA_TRIES": "2",
            "KOZA_ROUNDS": "2",
        }
        done = subprocess.run(
            ["sh", str(ROOT / "deploy" / script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def told(self) -> list[str]:
        path = self.home / "told"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Two releases, the first of them current; whoever is asked by curl is well."""
    server = Server(tmp_path)
    (tmp_path / "koza.env").write_text("SECRET='a b $c'\n", encoding="utf-8")
    server.write("bin/systemctl", f'echo "$*" >>{tmp_path}/told')
    server.write("bin/curl", "exit 0")
    server.write("bin/sleep", "exit 0")
    server.release("1")
    server.release("2")
    server.link("current", "1")
    return server


#: In this order: of the two web processes one always answers.
RESTARTED = [
    *("restart koza-web@8000", "restart koza-web@8010", "restart koza-relay", "restart koza-worker"),
    *("restart koza-live", "restart koza-backup", "is-active --quiet koza-backup"),
]


def test_a_command_runs_in_the_current_release_with_the_settings(server: Server) -> None:
    server.release("3", 'echo "$SECRET" >&2')
    (server.home / "current").unlink()
    server.link("current", "3")
    assert server.run("koza.sh", "doctor", "--json") == (0, "a b $c\n")
    assert server.told() == ["koza-3 doctor --json"]


def test_an_update_copies_migrates_and_goes_over(server: Server) -> None:
    status, said = server.run("update.sh", "2")
    assert (status, server.links()) == (0, {"current": "releases/2", "previous": "releases/1"}), said
    assert server.told() == ["koza-2 backup", "koza-2 migrate", *RESTARTED, "koza-2 doctor"]
    assert "copy it" not in said


def test_an_update_says_which_units_are_others(server: Server, tmp_path: Path) -> None:
    deploy = server.home / "releases" / "2" / "deploy"
    deploy.unlink()
    server.write("releases/2/deploy/systemd/koza-relay.service", "another")
    assert "koza-relay.service is another in this release" in server.run("update.sh", "2")[1]


def test_without_a_copy_or_its_schema_a_release_is_not_gone_over_to(server: Server) -> None:
    server.release("3", '[ "$1" != backup ]')
    server.release("4", '[ "$1" != migrate ]')
    for number, told in (("3", ["koza-3 backup"]), ("4", ["koza-4 backup", "koza-4 migrate"])):
        (server.home / "told").unlink(missing_ok=True)
        status, said = server.run("update.sh", number)
        assert (status, server.links(), server.told()) == (1, {"current": "releases/1"}, told)
        assert "release 1 goes on" in said


@pytest.mark.parametrize(
    "silent", ["8000/healthz", "8010/healthz", "8001/healthz", "8000/healthz/pager", "8000/readyz"]
)
def test_an_update_goes_back_where_one_of_the_processes_does_not_come_up(server: Server, silent: str) -> None:
    server.link("previous", "0")
    # The release before is well: what decides is where the link points.
    server.write("bin/curl", f'case "$*-$(readlink {server.home}/current)" in *:{silent}-releases/2) exit 7;; esac')
    status, said = server.run("update.sh", "2")
    assert (status, server.links()) == (1, {"current": "releases/1", "previous": "releases/0"})
    assert "release 2 does not start: back to 1" in said
    assert server.told()[-len(RESTARTED) :] == RESTARTED


def test_a_release_that_is_not_there_or_already_runs_changes_nothing(server: Server) -> None:
    (server.home / "releases" / "3").mkdir()
    for number, reason in (("1", "is the current one"), ("3", "has no .venv"), ("9", "has no .venv")):
        status, said = server.run("update.sh", number)
        assert status == 1
        assert reason in said
    assert (server.links(), server.told()) == ({"current": "releases/1"}, [])


def test_a_way_back_to_nothing_changes_nothing_and_says_so(server: Server) -> None:
    for arguments in ((), ("0008",)):
        assert server.run("rollback.sh", *arguments) == (1, "there is no release before 1; nothing was changed\n")
    for number, reason in (("1", "there is no release before 1"), ("9", "has no .venv"), ("", "has no .venv")):
        server.link("previous", number)
        status, said = server.run("rollback.sh")
        assert status == 1
        assert reason in said
        assert "nothing was changed" in said
        assert server.links() == {"current": "releases/1", "previous": f"releases/{number}".rstrip("/")}
        (server.home / "previous").unlink()
    assert server.told() == []


def test_a_way_back_leaves_the_schema_unless_a_revision_is_named(server: Server) -> None:
    server.run("update.sh", "2")
    (server.home / "told").unlink()
    assert server.run("rollback.sh")[0] == 0
    assert server.links() == {"current": "releases/1", "previous": "releases/1"}
    assert server.told() == RESTARTED
    server.run("update.sh", "2")
    (server.home / "told").unlink()
    assert server.run("rollback.sh", "0008")[0] == 0
    # The later release takes its own changes back, after a copy, when none of its processes runs any more.
    assert server.told() == [*RESTARTED, "koza-2 backup", "koza-2 migrate --back-to 0008"]


def test_a_second_link_that_was_left_half_made_is_in_nobodys_way(server: Server) -> None:
    server.link(".current.new", "2")
    assert server.run("update.sh", "2")[0] == 0
    assert server.links() == {"current": "releases/2", "previous": "releases/1"}


@pytest.mark.parametrize("failing", ["backup", "migrate"])
def test_a_schema_that_was_not_taken_back_is_told_with_the_way_to_try_again(server: Server, failing: str) -> None:
    server.run("update.sh", "2")
    (server.home / "told").unlink()
    program = server.home / "releases" / "2" / ".venv" / "bin" / "koza"
    program.write_text(f'{program.read_text(encoding="utf-8")}[ "$1" != {failing} ]\n', encoding="utf-8")
    status, said = server.run("rollback.sh", "0008")
    assert (status, server.links()["current"]) == (1, "releases/1")
    assert "release 1 is current again" in said
    again = f"KOZA_RELEASE=2 {server.home}/releases/2/deploy/koza.sh"
    assert f"to try again: {again} backup, then {again} migrate --back-to 0008" in said
    (server.home / "told").unlink()
    server.run("koza.sh", "backup", KOZA_RELEASE="2")
    assert server.told() == ["koza-2 backup"]


def test_an_update_goes_on_where_whoever_began_it_is_cut_off(server: Server) -> None:
    server.write("bin/systemctl", f'kill -HUP "$PPID"; echo "$*" >>{server.home}/told')
    status, said = server.run("update.sh", "2")
    assert (status, server.links()) == (0, {"current": "releases/2", "previous": "releases/1"}), said
    assert server.told() == ["koza-2 backup", "koza-2 migrate", *RESTARTED, "koza-2 doctor"]
