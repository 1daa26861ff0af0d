"""What is shipped for a server fits the processes that there are."""

from __future__ import annotations

import re
from configparser import RawConfigParser
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
    ports = re.findall(r"server 127\.0\.0\.1:(\d+) max_fails", proxy)
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
