"""The last known roster, outside the database: which duty telephones the safe answer may ring when nothing else is up.

Routing pushes it down at each change of duty. It is sealed, because it names the private telephones of staff, and
replaced as a whole, so that a reader never sees half of it.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MAGIC: Final = b"KZR1"
_SALT_BYTES: Final = 16
_NONCE: Final = bytes(12)  # each file has its own key by its salt, and seals one text with it


class RosterError(Exception):
    """There is no roster that can be read: the text says `missing` or `unreadable`."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Duty telephones (E.164, first to be rung first) by line (E.164), as of `made_at`."""

    lines: Mapping[str, tuple[str, ...]] = field(repr=False)
    made_at: datetime

    def numbers(self, line: str) -> tuple[str, ...]:
        """The duty telephones of `line`; those of every line where it has none, since a stranger on duty is a human."""
        own = self.lines.get(line, ())
        return own or tuple(dict.fromkeys(number for numbers in self.lines.values() for number in numbers))


def write_roster(path: Path, key: bytes, roster: Roster) -> None:
    """Replaces the roster at `path`, durably. Raises OSError, and then the old one stands."""
    data = {"made_at": roster.made_at.isoformat(), "lines": {line: list(it) for line, it in roster.lines.items()}}
    salt = secrets.token_bytes(_SALT_BYTES)
    sealed = _cipher(key, salt).encrypt(_NONCE, json.dumps(data).encode(), _MAGIC)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MAGIC + salt + sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_roster(path: Path, key: bytes) -> Roster:
    """The roster at `path`. Raises RosterError, whatever is wrong with it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RosterError("missing") from error
    except OSError as error:
        raise RosterError("unreadable") from error
    head = len(_MAGIC) + _SALT_BYTES
    try:
        data = json.loads(_cipher(key, content[len(_MAGIC) : head]).decrypt(_NONCE, content[head:], content[:4]))
        return _roster(data)
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RosterError("unreadable") from error


def _roster(data: dict[str, Any]) -> Roster:
    lines = {str(line): tuple(str(number) for number in numbers) for line, numbers in data["lines"].items()}
    return Roster(lines, datetime.fromisoformat(data["made_at"]))


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=salt, info=b"koza roster 1").derive(key))
