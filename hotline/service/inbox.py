"""Each thing the carrier tells us is taken once; a repeated delivery gets the answer of the first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import koza_now
from core.crypto import drop_data_key, keyring_of, new_data_key, seal
from core.database import table_of
from core.due import set_due
from core.ids import new_id
from core.log import get_logger
from core.metrics import alarms, conflicts, quarantined
from core.statements import ONE_BY_ONE, Read, Write
from hotline.models import Conflict, InboxEntry, Quarantined

PROVIDER = "twilio"
#: What was set aside may be looked at for so many days. The reconciler never looks back as far.
KEPT_DAYS = 30
#: Due rows of the keys of those days; the subject is the key's id.
KEPT_LONG_ENOUGH = "hotline.set_aside"
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
    provider: str = PROVIDER


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event was taken before; ``answer`` is what the first delivery got."""

    answer: str


_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtext('hotline.set_aside'))")
_TAKE_IN = Read(insert(table_of(InboxEntry)).on_conflict_do_nothing().returning(InboxEntry.id))
_WRITE_DOWN = Write(insert(table_of(InboxEntry)))


def take_in(session: Session, event: Event, *, contact_id: UUID, data_key_id: UUID, answer: str) -> Repeated | None:
    """Write the event down with its answer; ``None`` when this delivery is the first.

    Waits for a delivery of the same event that is being taken at this moment, so that both answer the same.
    """
    row = _entry(session, event, contact_id, data_key_id, answer)
    if _TAKE_IN.first(session, row, beside=True) is not None:
        return None
    return repeated(session, event)


def take_in_new(session: Session, event: Event, *, contact_id: UUID, data_key_id: UUID, answer: str) -> Repeated | None:
    """As :func:`take_in`, for an event that hardly ever comes twice.

    It is taken for the first delivery, and its row leaves together with what follows from it. When it was not, nothing
    of that is written, the work is done again one by one (:func:`core.unit_of_work.run`), and it shows here.
    """
    if ONE_BY_ONE in session.info:
        return take_in(session, event, contact_id=contact_id, data_key_id=data_key_id, answer=answer)
    _WRITE_DOWN(session, _entry(session, event, contact_id, data_key_id, answer))
    return None


def _entry(session: Session, event: Event, contact_id: UUID, data_key_id: UUID, answer: str) -> dict[str, Any]:
    entry_id = new_id()
    table = InboxEntry.__tablename__
    return {
        "id": entry_id,
        "data_key_id": data_key_id,
        "provider": event.provider,
        "account_sid": event.account_sid,
        "kind": event.kind,
        "key": event.key,
        "contact_id": contact_id,
        "payload_sealed": seal(session, data_key_id, table, "payload", entry_id, event.form),
        "body_index": body_index(session, event),
        "answer_sealed": seal(session, data_key_id, table, "answer", entry_id, answer),
    }


def repeated(session: Session, event: Event) -> Repeated | None:
    """The stored answer of an event that was taken before, if it was."""
    known = session.scalars(
        select(InboxEntry).where(
            InboxEntry.provider == event.provider,
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
    index = body_index(session, event)
    same = (Conflict.kind == event.kind, Conflict.key == event.key, Conflict.body_index == index)
    if _set_aside(session, Conflict, event, *same, body_index=index):
        log.error("webhook_conflict", kind=event.kind, carrier_sid=event.key)
        conflicts.add(kind="send")
        alarms.add(kind="signature")


def quarantine(session: Session, event: Event) -> None:
    """Keep a well-signed webhook that belongs to nobody here, for a person to look at."""
    if _set_aside(session, Quarantined, event, Quarantined.kind == event.kind, Quarantined.key == event.key):
        log.error("webhook_quarantined", kind=event.kind, carrier_sid=event.key)
        quarantined.add()
        alarms.add(kind="quarantine")


def _set_aside(
    session: Session,
    table: type[Quarantined | Conflict],
    event: Event,
    *same: ColumnElement[bool],
    **more: Any,
) -> bool:
    """Keep an event out of the house, sealed with the day's key; False when it is there already.

    All of this takes turns: it is rare, and so a day has one key and no key lies about without a row.
    """
    session.execute(_TAKE_TURNS)
    if session.execute(select(table.id).where(*same)).first() is not None:
        return False
    entry_id, key_id = new_id(), _key_of_the_day(session)
    session.execute(
        insert(table).values(
            id=entry_id,
            data_key_id=key_id,
            kind=event.kind,
            key=event.key,
            payload_sealed=seal(session, key_id, table.__tablename__, "payload", entry_id, event.form),
            **more,
        ),
    )
    return True


def _key_of_the_day(session: Session) -> UUID:
    today = func.date_trunc("day", koza_now())
    used = union_all(
        *(select(table.data_key_id).where(table.received_at >= today) for table in (Quarantined, Conflict)),
    )
    found: UUID | None = session.execute(used.limit(1)).scalar()
    if found is not None:
        return found
    key_id = new_data_key(session)
    set_due(session, KEPT_LONG_ENOUGH, str(key_id), timedelta(days=KEPT_DAYS + 1))
    return key_id


def drop_day(session: Session, key_id: UUID) -> None:
    """Forget what was set aside on one day, and the key it was sealed with."""
    for table in (Quarantined, Conflict):
        session.execute(delete(table).where(table.data_key_id == key_id))
    drop_data_key(session, key_id)


__all__ = [
    "KEPT_DAYS",
    "KEPT_LONG_ENOUGH",
    "Event",
    "Repeated",
    "drop_day",
    "quarantine",
    "repeated",
    "take_in",
    "take_in_new",
]
