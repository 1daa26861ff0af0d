"""Who did what to which record: append-only entries in the act's transaction, chained afterwards by the relay.

Each chain belongs to one centre (or is the ``system`` chain). A link's code covers the entry, its number and the
code before it, with length-prefixed fields, so nothing can be altered, removed, moved or inserted unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.actor import Actor
from core.clock import NOW_DEFAULT
from core.crypto import Keyring, keyring_of
from core.database import Base, table_of
from core.ids import new_id
from core.statements import Read, Write

SYSTEM_CHAIN = "system"
#: The event under which the relay logs the head of each chain.
AUDIT_HEAD = "audit_head"


class AuditEntry(Base):
    """One act. Never updated or deleted: triggers refuse it and the application's role lacks the right."""

    __tablename__ = "core_audit"
    __table_args__ = (
        Index("ix_core_audit_subject", "subject_kind", "subject_id"),
        Index("ix_core_audit_centre_id_at", "centre_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    centre_id: Mapped[UUID | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]]


class AuditPending(Base):
    """An entry that the relay has not chained yet."""

    __tablename__ = "core_audit_pending"

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(unique=True)


class AuditLink(Base):
    """An entry's place in its chain and the code that binds it there."""

    __tablename__ = "core_audit_chain"

    chain: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    code: Mapped[bytes] = mapped_column(LargeBinary)


_WRITE = Write(insert(table_of(AuditEntry)))
_WRITE_PENDING = Write(insert(table_of(AuditPending)))
_LINK = Write(insert(table_of(AuditLink)))
_CHAINED = Write(
    delete(table_of(AuditPending)).where(
        table_of(AuditPending).c.number == any_(bindparam("numbers", type_=ARRAY(BigInteger())))
    )
)
_UNCHAINED = Read(
    select(AuditPending.number.label("pending"), *table_of(AuditEntry).c)
    .join(AuditEntry, AuditEntry.id == AuditPending.entry_id)
    .order_by(AuditPending.number)
    .limit(bindparam("most", type_=Integer()))
    # A relay that has lost the lock and does not know it yet must not link what we link.
    .with_for_update(of=AuditPending)
)


def record(
    session: Session,
    actor: Actor,
    act: str,
    subject_kind: str,
    subject_id: UUID | str,
    centre_id: UUID | None = None,
    **detail: str | int | bool | None,
) -> UUID:
    """Write an act down; ``detail`` holds neutral codes, numbers and opaque ids alone. Returns the entry's id."""
    entry_id = new_id()
    row = {
        "id": entry_id,
        "centre_id": centre_id or actor.centre_id,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "act": act,
        "subject_kind": subject_kind,
        "subject_id": str(subject_id),
        "detail": detail,
    }
    _WRITE(session, row)
    _WRITE_PENDING(session, {"entry_id": entry_id})
    return entry_id


def chain_pending(session: Session, *, limit: int = 500) -> int:
    """Link pending entries to their chains, in the order they were written; only the one active relay may call."""
    rows = _UNCHAINED.all(session, most=limit)
    heads: dict[str, tuple[int, bytes]] = {}
    for entry in rows:
        chain = str(entry.centre_id) if entry.centre_id else SYSTEM_CHAIN
        number, code = heads[chain] if chain in heads else _head(session, chain)
        code = _code(_chain_key(keyring_of(session), chain), chain, number + 1, code, entry)
        heads[chain] = (number + 1, code)
        _LINK(session, {"chain": chain, "number": number + 1, "entry_id": entry.id, "code": code})
    if rows:
        _CHAINED(session, {"numbers": [entry.pending for entry in rows]})
    return len(rows)


def _head(session: Session, chain: str) -> tuple[int, bytes]:
    last = session.execute(
        select(AuditLink.number, AuditLink.code)
        .where(AuditLink.chain == chain)
        .order_by(AuditLink.number.desc())
        .limit(1),
    ).one_or_none()
    return (last.number, last.code) if last else (0, b"")


def _code(key: bytes, chain: str, number: int, before: bytes, entry: Any) -> bytes:
    """The code of one link; ``entry`` has the columns of an entry as attributes."""
    act = _joined(
        entry.id.bytes,
        entry.at.astimezone(UTC).isoformat().encode(),
        str(entry.centre_id).encode(),
        entry.actor_kind.encode(),
        str(entry.actor_id).encode(),
        entry.actor_name.encode(),
        entry.act.encode(),
        entry.subject_kind.encode(),
        entry.subject_id.encode(),
    )
    return _bound(key, chain, number, before, act, _canonical(entry.detail))


def _bound(key: bytes, chain: str, number: int, before: bytes, act: bytes, detail: bytes) -> bytes:
    message = _joined(chain.encode(), str(number).encode(), before) + act + _joined(detail)
    return hmac.digest(key, message, hashlib.sha256)


def _joined(*items: bytes) -> bytes:
    return b"".join([len(item).to_bytes(4, "big") + item for item in items])


def _canonical(detail: Any) -> bytes:
    return json.dumps(detail, sort_keys=True, ensure_ascii=True).encode()


#: Most acts of a kind have the same few details.
@lru_cache(maxsize=4096)
def _canonical_text(detail: str) -> bytes:
    return _canonical(json.loads(detail))


def _chain_key(keyring: Keyring, chain: str) -> bytes:
    return keyring.derive("audit:" + chain)


@dataclass(frozen=True)
class Head:
    """How far a chain has come: its last number, and the half of that link's code by which it is known again."""

    number: int
    mark: UUID


def mark_of(code: bytes) -> UUID:
    """What of a link's code is written down elsewhere, in a form that a log keeps."""
    # Whoever forges a link may give it a shorter code, which must be found and not end the walk.
    return UUID(bytes=code[:16].ljust(16, b"\x00"))


def heads(session: Session) -> dict[str, Head]:
    """The newest link of each chain."""
    newest = select(AuditLink.chain, func.max(AuditLink.number).label("number")).group_by(AuditLink.chain).subquery()
    rows = session.execute(
        select(AuditLink.chain, AuditLink.number, AuditLink.code).join(
            newest, (newest.c.chain == AuditLink.chain) & (newest.c.number == AuditLink.number)
        )
    )
    return {row.chain: Head(row.number, mark_of(row.code)) for row in rows}


@dataclass(frozen=True)
class ChainFault:
    """A place where a chain does not hold."""

    chain: str
    number: int
    reason: str
    #: The entry that is in no chain.
    entry_id: UUID | None = None


#: Heads that were written down elsewhere, by chain and number.
Kept = Mapping[str, Mapping[int, UUID]]
_AT_ONCE = 5000


def verify(session: Session, *, chain: str | None = None, kept: Kept | None = None) -> Iterator[ChainFault]:
    """Walk every chain, or the one named, and yield each fault.

    A gap, a missing entry, an altered entry, an entry in no chain. What a chain cannot show by itself is that its
    newest links were removed together with their entries, and others written in their place since: ``kept`` are heads
    that the relay logged, from whoever keeps the logs elsewhere. A chain shorter than one of them is cut off, a link
    unlike one was replaced.
    """
    kept = kept or {}
    known = set(session.scalars(select(AuditLink.chain).distinct())) | set(kept)
    for name in sorted(known) if chain is None else [chain]:
        yield from _verify_chain(session, name, kept.get(name, {}))
    linked = select(AuditLink.number).where(AuditLink.entry_id == AuditEntry.id).exists()
    waiting = select(AuditPending.number).where(AuditPending.entry_id == AuditEntry.id).exists()
    for entry_id in session.scalars(select(AuditEntry.id).where(~linked, ~waiting)):
        yield ChainFault("", 0, "in no chain", entry_id)


def _act_in_sql() -> ColumnElement[bytes]:
    """The fields of an entry joined as in :func:`_code`, by the database: a million rows are walked in a minute."""
    whole, at = 'YYYY-MM-DD"T"HH24:MI:SS', func.timezone("UTC", AuditEntry.at)
    written = func.to_char(at, case((func.date_trunc("second", at) == at, whole), else_=whole + ".US")) + "+00:00"
    joined: ColumnElement[bytes] = func.int4send(16).op("||", return_type=LargeBinary())(func.uuid_send(AuditEntry.id))
    for field in (
        written,
        func.coalesce(cast(AuditEntry.centre_id, Text), "None"),
        AuditEntry.actor_kind,
        func.coalesce(cast(AuditEntry.actor_id, Text), "None"),
        AuditEntry.actor_name,
        AuditEntry.act,
        AuditEntry.subject_kind,
        AuditEntry.subject_id,
    ):
        item = func.convert_to(field, "UTF8")
        joined = joined.op("||")(func.int4send(func.octet_length(item))).op("||")(item)
    return joined


def _verify_chain(session: Session, chain: str, kept: Mapping[int, UUID]) -> Iterator[ChainFault]:
    key, before, expected = _chain_key(keyring_of(session), chain), b"", 1
    # Columns and no entities, in one pass, a few thousand of them in memory.
    links: Iterable[Any] = session.execute(
        select(AuditLink.number, AuditLink.code, _act_in_sql(), cast(AuditEntry.detail, Text))
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .where(AuditLink.chain == chain)
        .order_by(AuditLink.number)
        .execution_options(yield_per=_AT_ONCE),
    )
    for number, code, act, detail in links:
        if number != expected:
            yield ChainFault(chain, expected, "missing")
        expected = number + 1
        if act is None:
            yield ChainFault(chain, number, "entry missing")
        elif not hmac.compare_digest(_bound(key, chain, number, before, act, _canonical_text(detail)), code):
            yield ChainFault(chain, number, "altered")
        if number in kept and kept[number] != mark_of(code):
            yield ChainFault(chain, number, "replaced")
        before = code
    for number in sorted(number for number in kept if number >= expected)[:1]:
        yield ChainFault(chain, number, "cut off")
