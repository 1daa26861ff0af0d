"""Where counts live when several processes of one machine count into one folder: each in files of its own.

A process takes the first place in the folder that nobody holds; the kernel gives a place back when its process dies,
however it dies. Whoever takes it next goes on counting where the dead one stopped, so a total never falls and the
folder does not grow with every restart. Ids of processes would not do: two containers have the same ones.

The files are mapped into memory, and a write into a mapped page that the disk has no room for ends the process. So the
room is taken at the start; where there is none, a process counts for itself alone: a full disk costs the sum, never a
caller.
"""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import Metric, values
from prometheus_client.multiprocess import MultiProcessCollector

#: Read by this module and by the library, which makes its files in that folder.
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
#: The kinds of metric that Koza counts with; the library has one file for each.
_KINDS: Final = ("counter", "histogram")
#: Many times what all series of the closed sets need.
_ROOM: Final = 1 << 18


class _Place:
    """The place of this process: a number, held by a lock on a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = -1
        self._number = self._take()

    def number(self) -> int:
        return self._number

    def leave_to_parent(self) -> None:
        """In a forked child: a place of its own; where there is no room it shares its parent's."""
        with suppress(OSError):
            inherited = self._lock
            self._number = self._take()
            # The child's copy would hold the parent's place beyond the parent's death.
            os.close(inherited)

    def _take(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count():
            lock = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._make_room(number)
            except BlockingIOError:
                os.close(lock)
                continue
            except OSError:
                os.close(lock)
                raise
            self._lock = lock
            return number
        raise AssertionError("the numbers do not end")

    def _make_room(self, number: int) -> None:
        for kind in _KINDS:
            path = self._folder / f"{kind}_{number}.db"
            if not _is_sound(path):
                path.unlink(missing_ok=True)
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, _ROOM)


def share() -> None:
    """Count into the folder of the environment from now on, if it names one. Before the first metric is made."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return
    try:
        place = _Place(Path(folder))
    except OSError:
        del os.environ[FOLDER_VARIABLE]
        values.ValueClass = values.MutexValue
        return
    os.register_at_fork(after_in_child=place.leave_to_parent)
    values.ValueClass = values.MultiProcessValue(place.number)  # type: ignore[no-untyped-call]


def shared() -> Iterable[Metric] | None:
    """The sums over all processes that count into the folder of the environment; None where it names none."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    files = [str(path) for path in sorted(Path(folder).glob("*.db")) if _is_sound(path)]
    merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
    return merged


def _is_sound(path: Path) -> bool:
    """Whether the library can read the file; a machine that lost its power may leave one that it cannot."""
    try:
        MultiProcessCollector.merge([str(path)])  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - the library raises whatever the bytes lead it into
        return False
    return True
