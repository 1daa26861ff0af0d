"""Who did what to which record: append-only entries in the act's transaction, chained afterwards by the relay.

Each chain belongs to one centre (or is the ``system`` chain). A link's code covers the entry, its number and the
code before it, with length-prefixed fields, so nothing can be altered, removed, moved or inserted unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.actor import Actor
from core.clock import NOW_DEFAULT
from core.crypto import Keyring, keyring_of
from core.database import Base, table_of
from core.ids import new_id
from core.statements import Write

SYSTEM_CHAIN = "system"


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
    rows = session.execute(
        select(AuditPending.number, AuditEntry)
        .join(AuditEntry, AuditEntry.id == AuditPending.entry_id)
        .order_by(AuditPending.number)
        .limit(limit),
    ).all()
    heads: dict[str, tuple[int, bytes]] = {}
    for _, entry in rows:
        chain = str(entry.centre_id) if entry.centre_id else SYSTEM_CHAIN
        number, code = heads[chain] if chain in heads else _head(session, chain)
        code = _code(keyring_of(session), chain, number + 1, code, entry)
        heads[chain] = (number + 1, code)
        session.add(AuditLink(chain=chain, number=number + 1, entry_id=entry.id, code=code))
    session.flush()
    if rows:
        session.execute(delete(AuditPending).where(AuditPending.number.in_([number for number, _ in rows])))
    return len(rows)


def _head(session: Session, chain: str) -> tuple[int, bytes]:
    last = session.execute(
        select(AuditLink.number, AuditLink.code)
        .where(AuditLink.chain == chain)
        .order_by(AuditLink.number.desc())
        .limit(1),
    ).one_or_none()
    return (last.number, last.code) if last else (0, b"")


def _code(keyring: Keyring, chain: str, number: int, before: bytes, entry: AuditEntry) -> bytes:
    fields = [
        chain.encode(),
        str(number).encode(),
        before,
        entry.id.bytes,
        entry.at.astimezone(UTC).isoformat().encode(),
        str(entry.centre_id).encode(),
        entry.actor_kind.encode(),
        str(entry.actor_id).encode(),
        entry.actor_name.encode(),
        entry.act.encode(),
        entry.subject_kind.encode(),
        entry.subject_id.encode(),
        json.dumps(entry.detail, sort_keys=True, ensure_ascii=True).encode(),
    ]
    message = b"".join(len(item).to_bytes(4, "big") + item for item in fields)
    return hmac.digest(keyring.derive("audit:" + chain), message, hashlib.sha256)


def heads(session: Session) -> dict[str, int]:
    """The newest number of each chain."""
    rows = session.execute(select(AuditLink.chain, func.max(AuditLink.number).label("head")).group_by(AuditLink.chain))
    return {row.chain: row.head for row in rows}


@dataclass(frozen=True)
class ChainFault:
    """A place where a chain does not hold."""

    chain: str
    number: int
    reason: str
    #: The entry that is in no chain.
    entry_id: UUID | None = None


def verify(session: Session, *, chain: str | None = None) -> Iterator[ChainFault]:
    """Walk every chain, or the one named, and yield each fault: a gap, a missing entry, an altered entry, or an entry in no chain.

    What a chain cannot show by itself is that its newest links were removed together with their entries; the numbers
    of the heads that the relay logs tell that to whoever keeps the logs elsewhere.
    """  # noqa: E501
    known = session.scalars(select(AuditLink.chain).distinct().order_by(AuditLink.chain)).all()
    for name in known if chain is None else [chain]:
        yield from _verify_chain(session, name)
    linked = select(AuditLink.number).where(AuditLink.entry_id == AuditEntry.id).exists()
    waiting = select(AuditPending.number).where(AuditPending.entry_id == AuditEntry.id).exists()
    for entry_id in session.scalars(select(AuditEntry.id).where(~linked, ~waiting)):
        yield ChainFault("", 0, "in no chain", entry_id)


def _verify_chain(session: Session, chain: str) -> Iterator[ChainFault]:
    before, expected = b"", 1
    links: Iterable[Any] = session.execute(
        select(AuditLink, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .where(AuditLink.chain == chain)
        .order_by(AuditLink.number)
        .execution_options(yield_per=1000),
    )
    for link, entry in links:
        if link.number != expected:
            yield ChainFault(chain, expected, "missing")
        expected = link.number + 1
        if entry is None:
            yield ChainFault(chain, link.number, "entry missing")
        elif not hmac.compare_digest(_code(keyring_of(session), chain, link.number, before, entry), link.code):
            yield ChainFault(chain, link.number, "altered")
        before = link.code
