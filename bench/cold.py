"""How soon a process is there, and what it holds in memory."""

from __future__ import annotations

import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.house import House, Process
from bench.measures import Memory, memory

#: What would join the house of the measurement instead of making one of its own.
_GIVEN = ("DATABASE_URL", "REDIS_URL", "TWILIO_API_URL", "LIVE_URL", "KOZA_ENV", "BACKUP_DIR")


@dataclass(frozen=True)
class Start:
    """Seconds from ``koza run`` until the web process answered, and until the house said that it is ready."""

    door: float
    ready: float


def web_start(house: House, times: int) -> list[float]:
    """Seconds from ``koza web`` to its first good answer on /healthz, measured ``times`` times.

    The source is compiled by then: the house was migrated before.
    """
    found = []
    for _ in range(times):
        process = house.koza("web")
        found.append(process.wait_for(house.port))
        house.stop(process)
    return found


def run_again(house: House, times: int) -> list[Start]:
    """``koza run`` in a folder of its own where it ran before, with demo and practice exchange as ``make run`` does."""
    folder, port = house.folder / "again", _row_of_ports()
    folder.mkdir(mode=0o711)
    environment = {name: value for name, value in os.environ.items() if name not in _GIVEN}
    environment |= {"KOZA_DATA_DIR": str(folder), "PORT": str(port)}
    found = []
    for _ in range(times + 1):
        process = house.other("run", [sys.executable, "-m", "config.cli", "run"], environment, None)
        found.append(Start(process.wait_for(port), process.wait_for(port, "/readyz")))
        _settled(process, folder / "prepared")
        house.stop(process)
    # The first one made the database, its tables and the demo.
    return found[1:]


def _settled(process: Process, note: Path) -> None:
    """Wait until tables and demo are made sure of: what is cut off there begins anew at the next start."""
    while not note.exists():
        process.check()
        time.sleep(0.05)


def _row_of_ports() -> int:
    """The first of three free ports in a row."""
    for port in range(21_000, 30_000, 3):
        try:
            for one in range(port, port + 3):
                socket.create_server(("127.0.0.1", one)).close()
        except OSError:
            continue
        return port
    raise RuntimeError("no three free ports in a row")


def held(pids: dict[str, int]) -> dict[str, Memory]:
    """What each process tree holds now."""
    return {name: memory(pid) for name, pid in pids.items()}
