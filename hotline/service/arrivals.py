"""A first ring, a text: the moment from which nobody may be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, bindparam, func, insert, select
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import koza_now
from core.clock import now as database_now
from core.crypto import keep_data_key, prepare_data_key, seal
from core.database import table_of
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id
from core.phones import Address
from hotline.events import CallArrived, StaffTextArrived, TextArrived
from hotline.models import Call, Contact, Conversation, Message, Send
from hotline.rules import CEILING_S, REPEAT_S
from hotline.service.board import announce
from hotline.service.calls import DEADLINE
from hotline.service.holding import NotACallError, held
from hotline.service.inbox import Event, Repeated, quarantine, take_in
from hotline.service.sending import address_index
from hotline.service.statuses import apply_to_call
from hotline.service.texts import take_turns
from hotline.shapes import SmsArrival, VoiceArrival
from staff import queries as staff_queries
from staff.queries import LineRow
from staff.service import grant_line_units

_CARRIER = system("carrier")
#: A code in a text from staff counts as an answer for this long after it was sent.
REPLY_CODE_HOURS = 72


@dataclass(frozen=True, slots=True)
class Arrived:
    """A call or text that was taken now."""

    contact_id: UUID
    answer: str


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """The number that was dialled is not one of ours; the event is in quarantine."""


Result = Arrived | Repeated | UnknownLine

# Built once, because every arrival sends them.
_REPEATS = select(
    koza_now().label("now"),
    select(func.count())
    .select_from(Contact)
    .where(
        Contact.address_index == bindparam("index"),
        Contact.received_at > koza_now() - timedelta(seconds=REPEAT_S),
    )
    .scalar_subquery()
    .label("repeats"),
)
_OPEN_CONTACT = (
    select(Contact)
    .where(
        Contact.line_id == bindparam("of_line"),
        Contact.address_index == bindparam("index"),
        Contact.channel == "sms",
        Contact.ended_at.is_(None),
    )
    .with_for_update(key_share=True)
)
_CONVERSATION = select(Conversation.id).where(
    Conversation.line_id == bindparam("of_line"),
    Conversation.address_index == bindparam("index"),
)
_STORE_MESSAGE = insert(table_of(Message)).values(at=koza_now() - bindparam("ago", type_=Interval()))


def arrive_call(
    session: Session,
    arrival: VoiceArrival,
    event: Event,
    greeting: Callable[[UUID, LineRow], str],
    late_seconds: int | None = None,
) -> Result:
    """Take a first ring: contact, call, fact, and the greeting that every delivery of it gets."""
    line = staff_queries.line_by_number(session, arrival.called.value)
    if line is None:
        quarantine(session, event)
        return UnknownLine()
    contact_id = new_id()
    key_id, key_row = prepare_data_key(session)
    answer = greeting(contact_id, line)
    known = take_in(session, event, contact_id=contact_id, data_key_id=key_id, answer=answer)
    if known is not None:
        if late_seconds is not None:
            _was_answered_without_us(session, arrival.call_sid, late_seconds)
        return known
    keep_data_key(session, key_row)
    contact = _new_contact(session, contact_id, key_id, line, "voice", arrival.call_sid, arrival.caller, late_seconds)
    moment = contact.received_at
    call = Call(
        id=contact_id,
        carrier_sid=arrival.call_sid,
        conference=f"c_{new_id().hex}",
        deadline_at=moment + timedelta(seconds=CEILING_S),
        stage="greeting",
        last_seen_at=moment,
        status=arrival.status,
    )
    session.add(call)
    session.flush()
    if late_seconds is None:
        # A late call was given the safe answer and may be speaking with the duty telephone: it is not interrupted.
        set_due(session, DEADLINE, str(contact_id), call.deadline_at, centre_id=line.centre_id)
    report(session, CallArrived(contact_id, line.centre_id, line.id, late=late_seconds is not None))
    announce(session, contact)
    apply_to_call(session, contact, call)
    return Arrived(contact_id, answer)


def _was_answered_without_us(session: Session, call_sid: str, late_seconds: int) -> None:
    """A ring that was stored just after we had given up, and answered her from the journal: it is late all the same.

    She was given the safe answer and may be speaking with the duty telephone, so her ceiling interrupts nothing. Where
    she went on to the waiting room she never was in the safe answer, or has left it.
    """
    try:
        contact, call, _ = held(session, Call.carrier_sid == call_sid)
    except NotACallError:
        return
    if call.stage == "greeting" and contact.late_seconds is None:
        contact.late_seconds = late_seconds
        cancel_due(session, DEADLINE, str(contact.id))
        announce(session, contact)


def _new_contact(
    session: Session,
    contact_id: UUID,
    key_id: UUID,
    line: LineRow,
    channel: str,
    carrier_sid: str,
    address: Address,
    late_seconds: int | None,
    conversation_id: UUID | None = None,
) -> Contact:
    index = _index(session, address, channel)
    now, repeat = _repeats(session, index)
    moment = now - timedelta(seconds=late_seconds or 0)
    contact = Contact(
        id=contact_id,
        data_key_id=key_id,
        centre_id=line.centre_id,
        line_id=line.id,
        conversation_id=conversation_id,
        channel=channel,
        carrier_sid=carrier_sid,
        state="ringing" if channel == "voice" else "waiting_staff",
        address_kind=address.kind,
        address_index=index,
        received_at=moment,
        last_inbound_at=moment,
        late_seconds=late_seconds,
        repeat=repeat,
    )
    if address.kind != "withheld":
        contact.address = address.value
    session.add(contact)
    session.flush()
    if line.national:
        units = [unit for unit in staff_queries.answering_centres(session, line.id) if unit != line.centre_id]
        grant_line_units(session, _CARRIER, "contact", contact_id, units)
    return contact


def _index(session: Session, address: Address, channel: str) -> bytes | None:
    """None for withheld callers, who are never one person; a short code or a name that texts us has a thread too."""
    threaded = {"number", "whatsapp"} if channel == "voice" else {"number", "whatsapp", "short_code", "invalid"}
    return address_index(session, address.value) if address.kind in threaded and address.value else None


def _repeats(session: Session, index: bytes | None) -> tuple[datetime, int]:
    """The moment, and how many contacts of this address there were in the 24 hours before."""
    if index is None:
        return database_now(session), 0
    row = session.execute(_REPEATS, {"index": index}).one()
    return row.now, row.repeats


def arrive_text(session: Session, arrival: SmsArrival, event: Event, late_seconds: int | None = None) -> Result:
    """Take a text: into the open contact of its conversation, or a new one. The answer to the carrier is empty."""
    sent = _sent_code(session, arrival)
    if sent is not None:
        return _staff_code(session, arrival, event, sent)
    line = staff_queries.line_by_number(session, arrival.recipient.value)
    if line is None:
        quarantine(session, event)
        return UnknownLine()
    index = _index(session, arrival.sender, "sms")
    contact = None if index is None else _open_contact(session, line.id, index)
    key_row: dict[str, Any] | None = None
    if contact is None:
        contact_id = new_id()
        key_id, key_row = prepare_data_key(session)
    else:
        contact_id, key_id = contact.id, contact.data_key_id or new_id()
    known = take_in(session, event, contact_id=contact_id, data_key_id=key_id, answer="")
    if known is not None:
        return known
    if contact is None:
        keep_data_key(session, key_row or {})
        contact = _new_contact(
            session,
            contact_id,
            key_id,
            line,
            "sms",
            arrival.message_sid,
            arrival.sender,
            late_seconds,
            None if index is None else _conversation(session, line.id, index, arrival.sender.value),
        )
    else:
        contact.last_inbound_at = database_now(session)
        contact.state = "in_conversation" if contact.owner_id else "waiting_staff"
    message_id = _store_message(session, contact, arrival, late_seconds)
    report(
        session,
        TextArrived(
            contact.id,
            contact.centre_id,
            line.id,
            message_id,
            first=key_row is not None,
            late=late_seconds is not None,
        ),
    )
    announce(session, contact)
    return Arrived(contact.id, "")


def _open_contact(session: Session, line_id: UUID, index: bytes) -> Contact | None:
    # Two texts of one person at once take turns here, so that they become one contact with one key.
    take_turns(session, index)
    return session.scalars(_OPEN_CONTACT, {"of_line": line_id, "index": index}).one_or_none()


def _conversation(session: Session, line_id: UUID, index: bytes, address: str) -> UUID:
    known = session.scalars(_CONVERSATION, {"of_line": line_id, "index": index}).one_or_none()
    if known is not None:
        return known
    conversation = Conversation(id=new_id(), line_id=line_id, address_index=index)
    conversation.address = address
    session.add(conversation)
    session.flush()
    return conversation.id


def _store_message(session: Session, contact: Contact, arrival: SmsArrival, late_seconds: int | None) -> UUID:
    message_id = new_id()
    key_id = contact.data_key_id
    assert key_id is not None  # noqa: S101 - every contact has its key from the start
    row = {
        "id": message_id,
        "data_key_id": key_id,
        "conversation_id": contact.conversation_id,
        "contact_id": contact.id,
        "direction": "in",
        "carrier_sid": arrival.message_sid,
        "body_sealed": seal(session, key_id, Message.__tablename__, "body", message_id, arrival.body),
        "state": "received",
        "ago": timedelta(seconds=late_seconds or 0),
        "media": [item.content_type for item in arrival.media],
    }
    session.execute(_STORE_MESSAGE, row)
    return message_id


def _sent_code(session: Session, arrival: SmsArrival) -> Send | None:
    code = arrival.body.strip().upper()
    if len(code) != 4 or not code.isascii() or not code.isalnum():
        return None
    return session.scalars(
        select(Send)
        .where(
            Send.address_index == address_index(session, arrival.sender.value),
            Send.reply_code == code,
            Send.created_at > koza_now() - timedelta(hours=REPLY_CODE_HOURS),
        )
        .order_by(Send.created_at.desc())
        .limit(1),
    ).one_or_none()


def _staff_code(session: Session, arrival: SmsArrival, event: Event, send: Send) -> Result:
    key_id, key_row = prepare_data_key(session)
    known = take_in(session, event, contact_id=send.id, data_key_id=key_id, answer="")
    if known is not None:
        return known
    keep_data_key(session, key_row)
    for account_id, _ in staff_queries.accounts_at(session, arrival.sender.value)[:1]:
        report(session, StaffTextArrived(None, send.centre_id, account_id, send.reply_code or ""))
    return Arrived(send.id, "")


__all__ = ["Arrived", "Result", "UnknownLine", "arrive_call", "arrive_text"]
