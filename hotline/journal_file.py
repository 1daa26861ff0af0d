"""One file of the journal: how it is written, made durable, read again, and locked.

A file is a header (magic, random file id, tag) and records: length (4 bytes, big endian), then AES-256-GCM of the
JSON. Each file has its own key, derived from the journal key and the file id, so a record's number can be its nonce;
number and length are authenticated, so records cannot be swapped, repeated or cut unseen. The header's tag tells a
wrong key from damage.
"""

import contextlib
import errno
import fcntl
import hmac
import itertools
import json
import os
import secrets
import struct
import threading
from collections.abc import Iterator
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
TAG_BYTES: Final = 16
HEADER_BYTES: Final = len(_MAGIC) + _FILE_ID_BYTES + TAG_BYTES
_LENGTH: Final = struct.Struct(">I")
_NUMBER: Final = struct.Struct(">Q")
#: The number whose nonce seals the header; no file comes near it.
_HEADER_NUMBER: Final = 2**64 - 1

_numbers = itertools.count()


class OpenFile:
    """A file that records are appended to, and made durable together: one wait for the disk serves all who wait."""

    def __init__(self, descriptor: int, file_key: AESGCM) -> None:
        self._descriptor = descriptor
        self._key = file_key
        self._written = 0
        self._synced = 0
        self._failed: OSError | None = None
        self._syncing = threading.Lock()

    def append(self, data: bytes) -> int:
        """Write a record, one caller at a time; returns how many there are now. It is not durable yet."""
        length = _LENGTH.pack(len(data) + TAG_BYTES)
        sealed = self._key.encrypt(_nonce(self._written), data, length)
        _write_all(self._descriptor, length + sealed)
        self._written += 1
        return self._written

    def sync(self, records: int) -> None:
        """Return when the first ``records`` records are durable. Raises OSError; of none after those is it known."""
        with self._syncing:
            self._sync(records)

    def _sync(self, records: int) -> None:
        if self._synced >= records:
            return
        if self._failed is not None:
            raise self._failed
        written = self._written
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._failed = error
            raise
        self._synced = written

    def close(self) -> None:
        """Make durable what others wait for, and end the file."""
        with self._syncing:
            with contextlib.suppress(OSError):
                self._sync(self._written)
            self._failed = self._failed or OSError(errno.EBADF, "the file is closed")
            self.forget()

    def forget(self) -> None:
        """End the file without a word."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def create(directory: Path, key: bytes) -> OpenFile:
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
        sync_directory(directory)
    except OSError:
        # On a full disk each request would leave one behind.
        with contextlib.suppress(OSError):
            draft.unlink()
        os.close(descriptor)
        raise
    return OpenFile(descriptor, _file_key(key, file_id))


def read(content: bytes, key: bytes) -> tuple[list[Record], bytes]:
    """The records of a file and the bytes that are none: a torn tail, or records that do not open."""
    if len(content) < HEADER_BYTES:
        return [], content
    cipher = _file_key(key, _file_id(content))
    records: list[Record] = []
    damaged = b""
    position, number = HEADER_BYTES, 0
    while position < len(content):
        end = record_end(content, position)
        if end is None:
            return records, damaged + content[position:]
        record = _open(content[position:end], number, cipher)
        if record is None:
            damaged += content[position:end]
        else:
            records.append(record)
        position, number = end, number + 1
    return records, damaged


def record_end(content: bytes, position: int) -> int | None:
    """Where the record at `position` ends, None if it is torn or its length is no length."""
    if position + _LENGTH.size > len(content):
        return None
    (length,) = _LENGTH.unpack_from(content, position)
    end: int = position + _LENGTH.size + length
    return end if TAG_BYTES <= length <= MAX_RECORD_BYTES and end <= len(content) else None


def _header(key: bytes, file_id: bytes) -> bytes:
    start = _MAGIC + file_id
    return start + _file_key(key, file_id).encrypt(_nonce(_HEADER_NUMBER), b"", start)


def is_ours(content: bytes, key: bytes) -> bool:
    """Whether `key` made the header of this file."""
    return hmac.compare_digest(content[:HEADER_BYTES], _header(key, _file_id(content)))


def _file_id(content: bytes) -> bytes:
    return content[len(_MAGIC) : len(_MAGIC) + _FILE_ID_BYTES]


def _open(piece: bytes, number: int, cipher: AESGCM) -> Record | None:
    try:
        data = cipher.decrypt(_nonce(number), piece[_LENGTH.size :], piece[: _LENGTH.size])
    except InvalidTag:
        return None
    record: Record = json.loads(data)
    return record


def set_aside(path: Path, damaged: bytes) -> Path:
    """The damaged piece, durable under another name, before the file that held it may go."""
    aside = path.with_suffix(CORRUPT_SUFFIX)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write_all(descriptor, damaged)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)
    return aside


@contextlib.contextmanager
def locked(path: Path, flags: int = 0) -> Iterator[bool]:
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


def _file_key(key: bytes, file_id: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=file_id, info=b"koza journal 1").derive(key))


def _nonce(number: int) -> bytes:
    return bytes(4) + _NUMBER.pack(number)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(directory: Path) -> None:
    """Make what was made, named or removed in the folder durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = [
    "CORRUPT_SUFFIX",
    "HEADER_BYTES",
    "MAX_RECORD_BYTES",
    "SUFFIX",
    "TAG_BYTES",
    "OpenFile",
    "Record",
    "create",
    "is_ours",
    "locked",
    "read",
    "record_end",
    "set_aside",
    "sync_directory",
]
