"""Disks that are full: a small one of its own under each folder, filled to the brim, and freed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil

from tests.faults.exchange import Exchange
from tests.faults.house import House
from tests.faults.obstacles import database_stopped

#: MiB of the disk under each folder, beside what lies in it already.
_ROOM: Final = {"postgres": 96, "journal": 4, "log": 4, "tmp": 4}
_BALLAST: Final = "ballast"


def why_not() -> str:
    """Why no disks can be put under the folders of a house here; empty when they can."""
    return "" if os.geteuid() == 0 and shutil.which("mount") else "needs root, for disks of its own"


def small_disks(house: House) -> None:
    """Start a house once, so that its database is there, and put small disks under its folders."""
    (house.data_dir / "tmp").mkdir(mode=0o711, parents=True)
    # Sockets of the engines lie there too, and their account must be able to pass through.
    house.surroundings["TMPDIR"] = str(house.data_dir / "tmp")
    house.start()
    places = {name: house.data_dir / name for name in ("journal", "log", "tmp")} | {"postgres": _database(house)}
    house.halt()
    for name, folder in places.items():
        _put_under(folder, _ROOM[name])
        house.disks[name] = folder


def take_away(house: House) -> None:
    """Take the disks away again, with what lies on them; the house has been stopped."""
    for folder in house.disks.values():
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
    house.disks.clear()


def _database(house: House) -> Path:
    mark = house.mark("postgres")
    if mark is None:
        raise RuntimeError("the database does not run")
    return Path(psutil.Process(mark.pid).cwd())


def _put_under(folder: Path, room: int) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    aside, known = folder.with_name(f"{folder.name}.aside"), folder.stat()
    used = sum(path.lstat().st_blocks for path in folder.rglob("*")) // 2048 + 1
    folder.rename(aside)
    folder.mkdir()
    options = f"size={used + room}m,mode={known.st_mode & 0o777:o},uid={known.st_uid},gid={known.st_gid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "koza-faults", str(folder)], check=True)
    subprocess.run(["cp", "-a", f"{aside}/.", str(folder)], check=True)
    shutil.rmtree(aside)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """A disk on which nothing has room any more."""
    ballast = folder / _BALLAST
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    try:
        yield
    finally:
        ballast.unlink()


def disk_full(name: str, *, database: bool = True) -> Callable[[House, Exchange], Any]:
    """The disk of one folder is full; ``database``: whether PostgreSQL answers meanwhile."""

    @contextmanager
    def stands(house: House, exchange: Exchange) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(filled(house.disks[name]))
            if not database:
                stack.enter_context(database_stopped(house, exchange))
            yield

    return stands
