"""The second durable place: webhooks that arrive while the database is away.

A webhook is answered only after its event is durable somewhere. When the database cannot take it, it is appended
here, sealed and synced to the disk, and replayed into the database as soon as that is back.

One file per process (:mod:`hotline.journal_file`). Its writer holds a lock on it for as long as it lives; the kernel
gives the lock back when the process dies, however it dies, so whoever can lock a file may replay and remove it.

The crash window: a record may be durable although `append` never returned, or be replayed although its file was not
removed in time. Both mean "again", never "lost"; so `apply` must be idempotent, which the unique keys of the inbox are.
"""

import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotline.journal_file import (
    HEADER_BYTES,
    MAX_RECORD_BYTES,
    SUFFIX,
    TAG_BYTES,
    OpenFile,
    Record,
    create,
    is_ours,
    locked,
    read,
    record_end,
    set_aside,
    sync_directory,
)


class JournalError(Exception):
    """The record is not durable: the disk refused it. The webhook must be answered with 503."""


class ReplayHalted(Exception):  # noqa: N818 - said by `apply` on purpose, when the database is away again
    """Raised by `apply` to stop the replay now and leave everything else for the next one."""


@dataclass(slots=True)
class ReplayReport:
    """What a replay did. Only counts: contents and causes are nothing for a log."""

    busy: bool = False
    halted: bool = False
    applied: int = 0
    failed: int = 0
    files_removed: int = 0
    #: Damaged pieces set aside; each may be an event that only the carrier still knows (the reconciler asks it).
    corrupt_pieces: list[Path] = field(default_factory=list)
    #: Files that the key does not open; left untouched, because the key may be wrong rather than the data damaged.
    unreadable: list[Path] = field(default_factory=list)


class Journal:
    """The journal of this process in `directory`. Safe for threads; a forked child writes a file of its own."""

    def __init__(self, directory: Path, key: bytes) -> None:
        self._directory = directory
        self._key = key
        self._lock = threading.Lock()
        self._file: OpenFile | None = None
        _journals.add(self)

    def append(self, record: Record) -> None:
        """Seals `record` and returns when it is durable. Raises JournalError; then nothing may be taken as stored.

        After any failure the file is left behind as it is, and the next record starts a new one: what a file holds
        after a failed write or sync is not to be built upon.
        """
        data = json.dumps(record, separators=(",", ":")).encode()
        if len(data) + TAG_BYTES > MAX_RECORD_BYTES:
            raise JournalError("the record is too large")
        file = None
        try:
            with self._lock:
                if self._file is None:
                    self._file = create(self._directory, self._key)
                file = self._file
                number = file.append(data)
            file.sync(number)
        except OSError as error:
            with self._lock:
                if self._file is file:
                    self._close()
            raise JournalError(error.strerror or "the disk failed") from error

    def release(self) -> None:
        """Ends the current file, so that it can be replayed; the next record starts a new one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _after_fork(self) -> None:
        # The child shares the parent's open file and with it the parent's lock; it may neither write there nor keep
        # the lock alive after the parent's death. Its copies of the thread locks may be held by threads it has not.
        self._lock = threading.Lock()
        file, self._file = self._file, None
        if file is not None:
            file.forget()


_journals: weakref.WeakSet[Journal] = weakref.WeakSet()


def _forget_inherited() -> None:
    for journal in _journals:
        journal._after_fork()  # noqa: SLF001 - the same module


os.register_at_fork(after_in_child=_forget_inherited)


def has_pending(directory: Path) -> bool:
    """Whether a replay would find anything: cheap enough for every tick."""
    return any(directory.glob(f"*{SUFFIX}"))


def waiting(directory: Path) -> int:
    """How many records are not replayed yet, by the lengths that stand before them; no key is needed."""
    found = 0
    for path in directory.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found += _count(path.read_bytes())
    return found


def _count(content: bytes) -> int:
    position, found = HEADER_BYTES, 0
    while (end := record_end(content, position)) is not None:
        position, found = end, found + 1
    return found


def replay(
    directory: Path, key: bytes, apply: Callable[[Record], None], rank: Callable[[Record], int] = lambda _record: 0
) -> ReplayReport:
    """Hands every record of this process and of dead processes to `apply`, then removes their files.

    The records of a file go in the order of their `rank`, those of one rank as they came.

    A file goes only when each of its records was applied. An exception of `apply` keeps the file (all of it is applied
    again next time) and the replay goes on with the next record, so that one poisonous record holds up no other;
    `ReplayHalted` ends the replay. Files of other live processes are left to them. Two replays never run at once: the
    second returns `busy`. Raises OSError if the disk refuses; nothing is lost then, all is applied again next time.
    """
    report = ReplayReport()
    if not directory.is_dir():
        return report
    for journal in list(_journals):
        if journal._directory == directory:  # noqa: SLF001 - the same module
            journal.release()
    with locked(directory / "replay.lock", os.O_CREAT) as ours:
        report.busy = not ours
        if ours:
            for path in sorted(directory.glob(f"*{SUFFIX}"), key=_age):
                if not report.halted:
                    _replay_file(path, key, apply, rank, report)
    return report


def _replay_file(
    path: Path,
    key: bytes,
    apply: Callable[[Record], None],
    rank: Callable[[Record], int],
    report: ReplayReport,
) -> None:
    with locked(path) as dead:
        if not dead:
            return
        content = path.read_bytes()
        if len(content) >= HEADER_BYTES and not is_ours(content, key):
            report.unreadable.append(path)
            return
        records, damaged = read(content, key)
        if not _apply_all(sorted(records, key=rank), apply, report):
            return
        if damaged:
            report.corrupt_pieces.append(set_aside(path, damaged))
        path.unlink()
        sync_directory(path.parent)
        report.files_removed += 1


def _apply_all(records: Sequence[Record], apply: Callable[[Record], None], report: ReplayReport) -> bool:
    complete = True
    for record in records:
        try:
            apply(record)
        except ReplayHalted:
            report.halted = True
            return False
        except Exception:  # noqa: BLE001 - counted and kept; the caller sees `failed` and its own error log
            report.failed += 1
            complete = False
        else:
            report.applied += 1
    return complete


def _age(path: Path) -> tuple[int, str]:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime_ns, path.name
    return 0, path.name


__all__ = [
    "Journal",
    "JournalError",
    "Record",
    "ReplayHalted",
    "ReplayReport",
    "has_pending",
    "replay",
    "waiting",
]
