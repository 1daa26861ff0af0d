"""The machine in neutral words: what decides the figures, nothing that tells whose it is."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version

import psutil

_SHOWN = ("flask", "granian", "sqlalchemy", "psycopg", "gevent", "flask-socketio", "redis")


@dataclass(frozen=True)
class Machine:
    """Cores, memory, system, Python; and how busy it was with other things."""

    cores: int
    gigabytes: int
    system: str
    load: float

    @classmethod
    def now(cls) -> Machine:
        """The machine as it is at this moment."""
        return cls(
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            gigabytes=round(psutil.virtual_memory().total / 2**30),
            system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            load=os.getloadavg()[0],
        )

    def line(self) -> str:
        """One line for the page."""
        return f"{self.cores} cores, {self.gigabytes} GB, {self.system}"


def libraries() -> str:
    """The libraries on the measured paths with their versions."""
    return ", ".join(f"{name} {version(name)}" for name in _SHOWN)
