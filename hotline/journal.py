"""The second durable place: webhooks that arrive while the database is away.

A webhook is answered only after its event is durable somewhere. When the database cannot take it, it is appended
here, sealed and synced to the disk, and replayed into the database as soon as that is back.

One file per process. Its writer holds a lock on it for as long as it lives; the kernel gives the lock back when the
process dies, however it dies, so whoever can lock a file may replay and remove it. A file is a header (magic, random
file id, tag) and records: length (4 bytes, big endian), then AES-256-GCM of the JSON. Each file has its own key,
derived from the journal key and the file id, so a record's number can be its nonce; number and length are
authenticated, so records cannot be swapped, repeated or cut unseen. The header's tag tells a wrong key from damage.

The crash window: a record may be durable although `append` never returned, or be replayed although its file was not
removed in time. Both mean "again", never "lost"; so `apply` must be idempotent, which the unique keys of the inbox are.
"""

import contextlib
import fcntl
import hmac
import itertools
import json
import os
import secrets
import struct
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Record = dict[str, Any]

SUFFIX: Final = ".journal"
CORRUPT_SUFFIX: Final = ".corrupt"
#: A webhook is at most 256 KiB; sealed JSON of it stays far below this. A longer length field is damage.
MAX_RECORD_BYTES: Final = 4 * 1024 * 1024

_MAGIC: Final = b"KZJ1"
_FILE_ID_BYTES: Final = 16
_TAG_BYTES: Final = 16
_HEADER_BYTES: Final = len(_MAGIC) + _FILE_ID_BYTES + _TAG_BYTES
_LENGTH: Final = struct.Struct(">I")
_NUMBER: Final = struct.Struct(">Q")
#: The number whose nonce seals the header; no file comes near it.
_HEADER_NUMBER: Final = 2**64 - 1


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
        self._file: _OpenFile | None = None
        _journals.add(self)

    def append(self, record: Record) -> None:
        """Seals `record` and returns when it is durable. Raises JournalError; then nothing may be taken as stored.

        After any failure the file is left behind as it is, and the next record starts a new one: what a file holds
        after a failed write or sync is not to be built upon.
        """
        data = json.dumps(record, separators=(",", ":")).encode()
        if len(data) + _TAG_BYTES > MAX_RECORD_BYTES:
            raise JournalError("the record is too large")
        with self._lock:
            try:
                if self._file is None:
                    self._file = _create(self._directory, self._key)
                self._file.append(data)
            except OSError as error:
                self._close()
                raise JournalError(error.strerror or "the disk failed") from error

    def release(self) -> None:
        """Ends the current file, so that it can be replayed; the next record starts a new one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _after_fork(self) -> None:
        # The child shares the parent's open file and with it the parent's lock; it may neither write there nor keep
        # the lock alive after the parent's death. Its copy of the thread lock may be held by a thread it has not.
        self._lock = threading.Lock()
        self._close()


_numbers = itertools.count()
_journals: weakref.WeakSet[Journal] = weakref.WeakSet()


def _forget_inherited() -> None:
    for journal in _journals:
        journal._after_fork()  # noqa: SLF001 - the same module


os.register_at_fork(after_in_child=_forget_inherited)


class _OpenFile:
    def __init__(self, descriptor: int, file_key: AESGCM) -> None:
        self._descriptor = descriptor
        self._key = file_key
        self._number = 0

    def append(self, data: bytes) -> None:
        length = _LENGTH.pack(len(data) + _TAG_BYTES)
        sealed = self._key.encrypt(_nonce(self._number), data, length)
        _write_all(self._descriptor, length + sealed)
        os.fsync(self._descriptor)
        self._number += 1

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def _create(directory: Path, key: bytes) -> _OpenFile:
    """A new locked file, itself and its name durable before the first record goes in."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file_id = secrets.token_bytes(_FILE_ID_BYTES)
    # Process and number order the files that one process wrote within one tick of the file system's clock.
    path = directory / f"{os.getpid():010}-{next(_numbers):08}-{file_id.hex()}{SUFFIX}"
    # Locked before it has the name that a replay looks for: otherwise a replay could take it for a dead process's.
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write_all(descriptor, _header(key, file_id))
        os.fsync(descriptor)
        draft.rename(path)
        _sync_directory(directory)
    except OSError:
        # On a full disk each request would leave one behind.
        with contextlib.suppress(OSError):
            draft.unlink()
        os.close(descriptor)
        raise
    return _OpenFile(descriptor, _file_key(key, file_id))


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
    position, found = _HEADER_BYTES, 0
    while (end := _record_end(content, position)) is not None:
        position, found = end, found + 1
    return found


def replay(directory: Path, key: bytes, apply: Callable[[Record], None]) -> ReplayReport:
    """Hands every record of this process and of dead processes to `apply`, then removes their files.

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
    with _locked(directory / "replay.lock", os.O_CREAT) as ours:
        report.busy = not ours
        if ours:
            for path in sorted(directory.glob(f"*{SUFFIX}"), key=_age):
                if not report.halted:
                    _replay_file(path, key, apply, report)
    return report


def _replay_file(path: Path, key: bytes, apply: Callable[[Record], None], report: ReplayReport) -> None:
    with _locked(path) as dead:
        if not dead:
            return
        content = path.read_bytes()
        if len(content) >= _HEADER_BYTES and not _is_ours(content, key):
            report.unreadable.append(path)
            return
        records, damaged = _read(content, key)
        if not _apply_all(records, apply, report):
            return
        if damaged:
            report.corrupt_pieces.append(_set_aside(path, damaged))
        path.unlink()
        _sync_directory(path.parent)
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


def _read(content: bytes, key: bytes) -> tuple[list[Record], bytes]:
    """The records of a file and the bytes that are none: a torn tail, or records that do not open."""
    if len(content) < _HEADER_BYTES:
        return [], content
    cipher = _file_key(key, _file_id(content))
    records: list[Record] = []
    damaged = b""
    position, number = _HEADER_BYTES, 0
    while position < len(content):
        end = _record_end(content, position)
        if end is None:
            return records, damaged + content[position:]
        record = _open(content[position:end], number, cipher)
        if record is None:
            damaged += content[position:end]
        else:
            records.append(record)
        position, number = end, number + 1
    return records, damaged


def _record_end(content: bytes, position: int) -> int | None:
    """Where the record at `position` ends, None if it is torn or its length is no length."""
    if position + _LENGTH.size > len(content):
        return None
    (length,) = _LENGTH.unpack_from(content, position)
    end: int = position + _LENGTH.size + length
    return end if _TAG_BYTES <= length <= MAX_RECORD_BYTES and end <= len(content) else None


def _header(key: bytes, file_id: bytes) -> bytes:
    start = _MAGIC + file_id
    return start + _file_key(key, file_id).encrypt(_nonce(_HEADER_NUMBER), b"", start)


def _is_ours(content: bytes, key: bytes) -> bool:
    """Whether `key` made the header of this file."""
    return hmac.compare_digest(content[:_HEADER_BYTES], _header(key, _file_id(content)))


def _file_id(content: bytes) -> bytes:
    return content[len(_MAGIC) : len(_MAGIC) + _FILE_ID_BYTES]


def _open(piece: bytes, number: int, cipher: AESGCM) -> Record | None:
    try:
        data = cipher.decrypt(_nonce(number), piece[_LENGTH.size :], piece[: _LENGTH.size])
    except InvalidTag:
        return None
    record: Record = json.loads(data)
    return record


def _set_aside(path: Path, damaged: bytes) -> Path:
    """The damaged piece, durable under another name, before the file that held it may go."""
    aside = path.with_suffix(CORRUPT_SUFFIX)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_all(descriptor, damaged)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _sync_directory(path.parent)
    return aside


@contextlib.contextmanager
def _locked(path: Path, flags: int = 0) -> Iterator[bool]:
    """Whether the file could be locked, held inside the block. A file that is gone counts as not ours."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield path.exists()
    finally:
        os.close(descriptor)


def _age(path: Path) -> tuple[int, str]:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime_ns, path.name
    return 0, path.name


def _file_key(key: bytes, file_id: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=file_id, info=b"koza journal 1").derive(key))


def _nonce(number: int) -> bytes:
    return bytes(4) + _NUMBER.pack(number)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
