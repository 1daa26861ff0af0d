"""How soon a process is there, and what it holds in memory."""

from __future__ import annotations

from bench.house import House
from bench.measures import Memory, memory


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


def held(pids: dict[str, int]) -> dict[str, Memory]:
    """What each process tree holds now."""
    return {name: memory(pid) for name, pid in pids.items()}
