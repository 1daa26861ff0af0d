"""Sealed columns: one data key per record's person, wrapped by the key file; AES-256-GCM bound to its place.

A dump of the database without the key file holds no number, name or message. A sealed value moved to another
table, column or row does not open, because those are its associated data. Dropping a data key erases everything
sealed with it, in backups too once they have expired.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self, cast, overload
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, bindparam, delete, event, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import NOW_DEFAULT
from core.database import Base, table_of
from core.i18n import gettext as _
from core.ids import new_id
from core.statements import Read, Write

_VERSION = b"\x01"
_NONCE = 12


class CryptoError(Exception):
    """A sealed value cannot be opened: wrong key, wrong place, or altered bytes. Never carries the value."""


@dataclass(frozen=True)
class Keyring:
    """The keys of the key file: one current wrapping key, older ones for reading, and the keys derived from the root.

    The file is JSON ``{"current": id, "keys": {id: base64 of 32 bytes}, "root": base64 of 32 bytes}``. The root
    never rotates: blind indexes and the audit chain hang on it.
    """

    current: str
    keys: dict[str, bytes] = field(repr=False)
    root: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key file. Raises :class:`CryptoError` when it is missing or malformed, without its content."""
        try:
            raw = json.loads(path.read_text())
            keys = {str(name): base64.b64decode(value) for name, value in raw["keys"].items()}
            ring = cls(str(raw["current"]), keys, base64.b64decode(raw["root"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            message = _("The key file %(file)s cannot be read.", file=path)
            raise CryptoError(message) from None
        if ring.current not in keys or any(len(key) != 32 for key in [*keys.values(), ring.root]):
            message = _("The key file %(file)s is damaged.", file=path)
            raise CryptoError(message)
        return ring

    @classmethod
    def generate(cls) -> Self:
        """Make a new ring with one key."""
        return cls("1", {"1": secrets.token_bytes(32)}, secrets.token_bytes(32))

    def with_new_key(self) -> Self:
        """Return a ring whose current key is new; older keys still open what they wrapped."""
        name = str(max(int(key) for key in self.keys) + 1)
        return type(self)(name, {**self.keys, name: secrets.token_bytes(32)}, self.root)

    def save(self, path: Path) -> None:
        """Write the key file whole or not at all, readable by its owner alone."""
        body = {
            "current": self.current,
            "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
            "root": base64.b64encode(self.root).decode(),
        }
        draft = path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(body, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
        # The new name too must be on the disk before any row is wrapped with the new key.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (``journal``, ``audit:<chain>``, ``feed``), from the root alone."""
        return hmac.digest(self.root, b"koza/" + purpose.encode(), hashlib.sha256)

    def fingerprint(self) -> str:
        """A name of this set of keys that tells nothing of them: another as soon as a key is added."""
        digest = hmac.new(self.derive("fingerprint"), digestmod=hashlib.sha256)
        for name, key in sorted(self.keys.items()):
            digest.update(f"{len(name)}:{name}".encode() + key)
        return digest.hexdigest()[:16]

    def blind_index(self, kind: str, value: str) -> bytes:
        """A keyed hash by which an encrypted value can be looked up; useless without the key file."""
        return hmac.digest(self.derive("index:" + kind), value.encode(), hashlib.sha256)

    def wrap(self, data_key: bytes, key_id: UUID) -> bytes:
        """Seal a data key with the current key, bound to its row."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.keys[self.current]).encrypt(nonce, data_key, key_id.bytes)

    def unwrap(self, wrapped: bytes, wrapping_key: str, key_id: UUID) -> bytes:
        """Open a data key. Raises :class:`CryptoError`."""
        key = self.keys.get(wrapping_key)
        if key is None:
            message = f"wrapping key {wrapping_key} is not in the key file"
            raise CryptoError(message)
        try:
            return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], key_id.bytes)
        except (InvalidTag, ValueError):
            message = "a data key does not open"
            raise CryptoError(message) from None


class DataKey(Base):
    """One wrapped key; its record, and everything that belongs to the record, is sealed with it."""

    __tablename__ = "core_data_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapping_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)


_WRITE_KEY = Write(insert(table_of(DataKey)))


def asked_data_key(key_id: ColumnElement[UUID]) -> Read:
    """A data key, to be asked together with what it is wanted for; :func:`note_data_key` takes its rows."""
    return Read(select(DataKey.id, DataKey.wrapped, DataKey.wrapping_key).where(DataKey.id == key_id))


_READ_KEY = asked_data_key(bindparam("key_id"))


def keyring_of(session: Session) -> Keyring:
    """The keyring of this unit of work."""
    return cast("Keyring", session.info["keyring"])


def _opened(session: Session) -> dict[UUID, bytes]:
    return cast("dict[UUID, bytes]", session.info.setdefault("data_keys", {}))


def prepare_data_key(session: Session) -> tuple[UUID, dict[str, Any]]:
    """Make a data key and return its id and the row to insert, for callers that fold the insert into one statement."""
    key_id, key = new_id(), secrets.token_bytes(32)
    ring = keyring_of(session)
    _opened(session)[key_id] = key
    return key_id, {"id": key_id, "wrapped": ring.wrap(key, key_id), "wrapping_key": ring.current}


def new_data_key(session: Session) -> UUID:
    """Make and store a data key; returns its id."""
    key_id, row = prepare_data_key(session)
    keep_data_key(session, row)
    return key_id


def keep_data_key(session: Session, row: dict[str, Any]) -> None:
    """Store a key that :func:`prepare_data_key` made."""
    _WRITE_KEY(session, row)


def drop_data_key(session: Session, key_id: UUID) -> None:
    """Erase: what was sealed with this key can never be opened again. The caller clears its blind indexes."""
    _opened(session).pop(key_id, None)
    session.execute(delete(DataKey).where(DataKey.id == key_id))


def _data_key(session: Session, key_id: UUID) -> bytes | None:
    opened = _opened(session)
    if key_id not in opened:
        # A key that waits to be written was made in this transaction, and is opened.
        note_data_key(session, _READ_KEY.all(session, beside=True, key_id=key_id))
    return opened.get(key_id)


def note_data_key(session: Session, rows: Sequence[Any]) -> None:
    """Open what :func:`asked_data_key` found. Raises :class:`CryptoError`."""
    for row in rows:
        _opened(session)[row.id] = keyring_of(session).unwrap(row.wrapped, row.wrapping_key, row.id)


def _place(table: str, column: str, record_id: UUID) -> bytes:
    return f"{table}\x1f{column}\x1f{record_id}".encode()


def seal(session: Session, data_key_id: UUID, table: str, column: str, record_id: UUID, text: str) -> bytes:
    """Seal ``text`` for one place. Raises :class:`CryptoError` when the key was dropped."""
    return seal_bytes(session, data_key_id, table, column, record_id, text.encode())


def seal_bytes(session: Session, data_key_id: UUID, table: str, column: str, record_id: UUID, plain: bytes) -> bytes:
    """Seal a file's content for one place, as :func:`seal` does a text."""
    key = _data_key(session, data_key_id)
    if key is None:
        message = "the data key was dropped"
        raise CryptoError(message)
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, _place(table, column, record_id))


def open_sealed(
    session: Session,
    data_key_id: UUID,
    table: str,
    column: str,
    record_id: UUID,
    sealed: bytes,
) -> str | None:
    """Open a sealed value; ``None`` when its key was dropped (erased). Raises :class:`CryptoError` if altered."""
    plain = open_bytes(session, data_key_id, table, column, record_id, sealed)
    return None if plain is None else plain.decode()


def open_bytes(
    session: Session,
    data_key_id: UUID,
    table: str,
    column: str,
    record_id: UUID,
    sealed: bytes,
) -> bytes | None:
    """Open what :func:`seal_bytes` sealed, as :func:`open_sealed` does a text."""
    key = _data_key(session, data_key_id)
    if key is None:
        return None
    if sealed[:1] != _VERSION:
        message = "unknown form of a sealed value"
        raise CryptoError(message)
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, _place(table, column, record_id))
    except (InvalidTag, ValueError):
        message = "a sealed value does not open"
        raise CryptoError(message) from None


class _Unsealed(bytes):
    """Stands in a sealed column from the assignment to the flush, which puts the sealed value in its place."""

    __slots__ = ()


class secret:  # noqa: N801 - reads as a column type in a model
    """A sealed text column: ``name = secret()`` in a :class:`Sealed` model adds the column ``name_sealed``.

    Reading opens it lazily; setting keeps the plain text in memory until the flush seals it. What was opened is kept
    beside the sealed value it came from, so that a refresh or a rollback of the row also takes back the text.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._column = f"{name}_sealed"

    @property
    def column(self) -> str:
        """Name of the column that holds the sealed bytes."""
        return self._column

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Sealed, owner: type) -> str | None: ...
    def __get__(self, record: Sealed | None, owner: type) -> Self | str | None:
        if record is None:
            return self
        sealed: bytes | None = getattr(record, self._column)
        if sealed is None:
            return None
        known = _plain_of(record).get(self._name)
        if known is not None and known[0] == sealed:
            return known[1]
        session = object_session(record)
        if session is None or record.data_key_id is None:
            return None
        text = open_sealed(session, record.data_key_id, record.__tablename__, self._name, record.id, sealed)
        if text is not None:
            _plain_of(record)[self._name] = (sealed, text)
        return text

    def __set__(self, record: Sealed, value: str | None) -> None:
        if value is None:
            _plain_of(record).pop(self._name, None)
            setattr(record, self._column, None)
            return
        marker = _Unsealed(secrets.token_bytes(8))
        _plain_of(record)[self._name] = (marker, value)
        setattr(record, self._column, marker)


def _plain_of(record: Sealed) -> dict[str, tuple[bytes, str]]:
    return cast("dict[str, tuple[bytes, str]]", record.__dict__.setdefault("_plain", {}))


class Sealed:
    """Mixin of models with secrets. ``data_key_id`` may be set to share a record's key; else one is made."""

    __tablename__: str

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    data_key_id: Mapped[UUID | None] = mapped_column(index=True)

    def __init_subclass__(cls, **kwargs: object) -> None:
        for value in list(vars(cls).values()):
            if isinstance(value, secret):
                setattr(cls, value.column, mapped_column(LargeBinary, nullable=True))
        super().__init_subclass__(**kwargs)


@event.listens_for(Session, "before_flush")
def _seal_pending(session: Session, _context: object, _instances: object) -> None:
    for record in [*session.new, *session.dirty]:
        if not isinstance(record, Sealed):
            continue
        for name, (marker, text) in list(_plain_of(record).items()):
            # A marker that is not in the column any more was taken back by a rollback.
            if not isinstance(marker, _Unsealed) or record.__dict__.get(f"{name}_sealed") is not marker:
                continue
            if record.__dict__.get("id") is None:
                record.id = new_id()
            if record.data_key_id is None:
                record.data_key_id = new_data_key(session)
            sealed = seal(session, record.data_key_id, record.__tablename__, name, record.id, text)
            setattr(record, f"{name}_sealed", sealed)
            _plain_of(record)[name] = (sealed, text)


@event.listens_for(Session, "after_soft_rollback")
def _forget_keys(session: Session, _previous: object) -> None:
    session.info.pop("data_keys", None)
