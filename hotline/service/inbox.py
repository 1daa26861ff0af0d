"""Each thing the carrier tells us is taken once; a repeated delivery gets the answer of the first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.crypto import keyring_of, new_data_key, seal
from core.database import table_of
from core.ids import new_id
from core.log import get_logger
from core.metrics import alarms, conflicts, quarantined
from hotline.models import Conflict, InboxEntry, Quarantined

PROVIDER = "twilio"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook: its kind, the key that makes it one event, the whole form, and what must not differ."""

    kind: str
    key: str
    account_sid: str
    form: str
    #: Fields that are the same in every honest delivery of this event.
    stable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event was taken before; ``answer`` is what the first delivery got."""

    answer: str


_TAKE_IN = insert(table_of(InboxEntry)).on_conflict_do_nothing().returning(InboxEntry.id)


def take_in(session: Session, event: Event, *, contact_id: UUID, data_key_id: UUID, answer: str) -> Repeated | None:
    """Write the event down with its answer; ``None`` when this delivery is the first.

    Waits for a delivery of the same event that is being taken at this moment, so that both answer the same.
    """
    entry_id = new_id()
    table = InboxEntry.__tablename__
    body = body_index(session, event)
    row = {
        "id": entry_id,
        "data_key_id": data_key_id,
        "provider": PROVIDER,
        "account_sid": event.account_sid,
        "kind": event.kind,
        "key": event.key,
        "contact_id": contact_id,
        "payload_sealed": seal(session, data_key_id, table, "payload", entry_id, event.form),
        "body_index": body,
        "answer_sealed": seal(session, data_key_id, table, "answer", entry_id, answer),
    }
    first = session.execute(_TAKE_IN, row).first()
    if first is not None:
        return None
    return repeated(session, event)


def repeated(session: Session, event: Event) -> Repeated | None:
    """The stored answer of an event that was taken before, if it was."""
    known = session.scalars(
        select(InboxEntry).where(
            InboxEntry.provider == PROVIDER,
            InboxEntry.account_sid == event.account_sid,
            InboxEntry.kind == event.kind,
            InboxEntry.key == event.key,
        ),
    ).one_or_none()
    if known is None:
        return None
    if known.body_index != body_index(session, event):
        _keep_conflict(session, event)
    return Repeated(known.answer or "")


def body_index(session: Session, event: Event) -> bytes:
    """A keyed hash of what must not differ between two deliveries."""
    return keyring_of(session).blind_index("inbox", json.dumps(event.stable, ensure_ascii=False))


def _keep_conflict(session: Session, event: Event) -> None:
    entry_id, data_key_id = new_id(), new_data_key(session)
    session.execute(
        insert(Conflict)
        .values(
            id=entry_id,
            data_key_id=data_key_id,
            kind=event.kind,
            key=event.key,
            body_index=body_index(session, event),
            payload_sealed=seal(session, data_key_id, Conflict.__tablename__, "payload", entry_id, event.form),
        )
        .on_conflict_do_nothing(),
    )
    log.error("webhook_conflict", kind=event.kind, carrier_sid=event.key)
    conflicts.add(kind="send")
    alarms.add(kind="signature")


def quarantine(session: Session, event: Event) -> None:
    """Keep a well-signed webhook for a number that is not ours, for a person to look at."""
    entry_id, data_key_id = new_id(), new_data_key(session)
    session.execute(
        insert(Quarantined)
        .values(
            id=entry_id,
            data_key_id=data_key_id,
            kind=event.kind,
            key=event.key,
            payload_sealed=seal(session, data_key_id, Quarantined.__tablename__, "payload", entry_id, event.form),
        )
        .on_conflict_do_nothing(),
    )
    log.error("webhook_quarantined", kind=event.kind, carrier_sid=event.key)
    quarantined.add()


__all__ = ["Event", "Repeated", "quarantine", "repeated", "take_in"]
