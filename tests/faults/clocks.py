"""A clock of the application's machine that is wrong by hours, while the database's is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.obstacles import database_stopped

_NAME: Final = "faketime/libfaketimeMT.so.1"
#: By so much the carrier's time of an event and ours may differ: it was on its way.
_DATED_S: Final = 30.0


def _library() -> Path | None:
    """The library that puts itself between a process and its machine's clock."""
    roots = [Path("/usr/lib"), *Path("/usr/lib").glob("*-linux-gnu"), Path("/usr/local/lib")]
    return next((root / _NAME for root in roots if (root / _NAME).exists()), None)


def why_not() -> str:
    """Why no clock can be put wrong here; empty when it can."""
    return "" if _library() else "needs faketime"


def movable_clock(house: House) -> None:
    """Let the house's processes read their clock through a file; engines have an environment of their own."""
    house.surroundings |= {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(_file(house)),
        "FAKETIME_CACHE_DURATION": "1",
        # What waits and measures goes by the clock that nobody sets.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    house.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    _file(house).write_text("+0\n")


def _file(house: House) -> Path:
    return house.data_dir / "clock"


def clock_wrong(by: str, *, database: bool = True) -> Callable[[House, Exchange], Any]:
    """The clock of the house's processes jumps; ``database``: whether PostgreSQL answers meanwhile."""

    @contextmanager
    def stands(house: House, exchange: Exchange) -> Iterator[None]:
        with ExitStack() as stack:
            if not database:
                stack.enter_context(database_stopped(house, exchange))
            _file(house).write_text(f"{by}\n")
            try:
                yield
            finally:
                _file(house).write_text("+0\n")

    return stands


def dated_wrongly(house: House, exchange: Exchange) -> list[str]:
    """Contacts whose time in the house is not the carrier's, and how many minutes lie between."""
    calls, messages = exchange.truth()
    known = {sid: float(one["created_at"]) for sid, one in {**calls, **messages}.items()}
    rows = house.rows("SELECT carrier_sid, extract(epoch FROM received_at) FROM hotline_contacts")
    wrong = [
        f"{sid}: by {(float(at) - known[sid]) / 60:.0f} min"
        for sid, at in rows
        if sid in known and abs(float(at) - known[sid]) > _DATED_S
    ]
    return [f"dated wrongly: {', '.join(wrong)}"] if wrong else []
