"""A clock of the application's machine that is wrong by hours, while the database's is right.

``faketime`` would do, but its 0.9.10 breaks every ``sleep`` of Python 3.11 when it is to leave the clock alone that
only measures (wolfcw/libfaketime issue 426). Three functions of the C library are all that is needed.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.obstacles import database_stopped

_SOURCE: Final = Path(__file__).with_name("wrong_clock.c")
#: By so much the carrier's time of an event and ours may differ: it was on its way.
_DATED_S: Final = 30.0


def why_not() -> str:
    """Why no clock can be put wrong here; empty when it can."""
    return "" if shutil.which("cc") else "needs a C compiler"


def movable_clock(house: House) -> None:
    """Let the house's processes read their clock through a file; engines have an environment of their own."""
    house.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    library = house.data_dir / "wrong_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    house.surroundings |= {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(_file(house))}
    _put_wrong(house, 0)


def _file(house: House) -> Path:
    return house.data_dir / "clock"


def _put_wrong(house: House, seconds: int) -> None:
    # In place: the processes look at this very file.
    with _file(house).open("r+b" if _file(house).exists() else "wb") as file:
        file.write(struct.pack("l", seconds))


def clock_wrong(by: int, *, database: bool = True) -> Callable[[House, Exchange], Any]:
    """The clock of the house's processes jumps by seconds; ``database``: whether PostgreSQL answers meanwhile."""

    @contextmanager
    def stands(house: House, exchange: Exchange) -> Iterator[None]:
        with ExitStack() as stack:
            if not database:
                stack.enter_context(database_stopped(house, exchange))
            _put_wrong(house, by)
            try:
                yield
            finally:
                _put_wrong(house, 0)

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
