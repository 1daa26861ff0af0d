"""A first ring, a text: the moment from which nobody may be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, bindparam, case, exists, func, insert, select, update
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import koza_now
from core.crypto import asked_data_key, keep_data_key, note_data_key, prepare_data_key, seal
from core.database import table_of
from core.due import cancel_due, set_due
from core.facts import lanes_of, note_lanes, note_new, report
from core.ids import new_id
from core.phones import Address
from core.statements import Read, Write, read_together
from hotline.events import CallArrived, StaffTextArrived, TextArrived
from hotline.models import Call, Contact, Conversation, Message, Send, StatusEvent
from hotline.queries.contacts import remember_text
from hotline.rules import CEILING_S, REPEAT_S
from hotline.service.board import announce, announce_new
from hotline.service.calls import DEADLINE
from hotline.service.holding import NotACallError, held
from hotline.service.inbox import Event, Repeated, quarantine, take_in, take_in_new
from hotline.service.redacting import redact_hers
from hotline.service.sending import address_index
from hotline.service.statuses import apply_parked_to_call
from hotline.service.texts import turn_of
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

_CONTACTS = table_of(Contact)
# Built once, because every arrival sends them.
_HERS = (Contact.line_id == staff_queries.LINE_OF_NUMBER, Contact.address_index == bindparam("index"))
_BEFORE = (
    select(func.count())
    .select_from(Contact)
    .where(
        Contact.address_index == bindparam("index"),
        Contact.received_at > koza_now() - timedelta(seconds=REPEAT_S),
    )
)
_PARKED = exists().where(
    StatusEvent.kind == "voice",
    StatusEvent.carrier_sid == bindparam("sid"),
    StatusEvent.applied.is_(False),
)
#: What a first ring wants to know: the moment, her contacts of the last day, whether its end was told already.
_RING = Read(
    select(
        koza_now().label("now"),
        _BEFORE.scalar_subquery().label("repeats"),
        _PARKED.label("parked"),
    ),
)
_OPEN = (Contact.channel == "sms", Contact.ended_at.is_(None))
#: What a text wants to know: the same, her open contact on this line, and the conversation of all of them.
_TEXT = Read(
    select(
        koza_now().label("now"),
        _BEFORE.scalar_subquery().label("repeats"),
        select(Contact.id).where(*_HERS, *_OPEN).scalar_subquery().label("open_contact"),
        select(Conversation.id)
        .where(
            Conversation.line_id == staff_queries.LINE_OF_NUMBER,
            Conversation.address_index == bindparam("index"),
        )
        .scalar_subquery()
        .label("conversation"),
    ),
)
_IS_OPEN = _CONTACTS.c.id == bindparam("open_contact")
_HOLD = Read(
    select(
        _CONTACTS.c.id,
        _CONTACTS.c.data_key_id,
        _CONTACTS.c.conversation_id,
        _CONTACTS.c.centre_id,
        _CONTACTS.c.line_id,
        _CONTACTS.c.ended_at,
    )
    .where(_IS_OPEN)
    .with_for_update(key_share=True)
)
#: Asked when her contact is held: its key, and whether a reaction to what it told before still waits.
_KEY = asked_data_key(select(_CONTACTS.c.data_key_id).where(_IS_OPEN).scalar_subquery())
_LANES = lanes_of(bindparam("open_contact"))
_WROTE_AGAIN = Write(
    update(_CONTACTS)
    .where(_CONTACTS.c.id == bindparam("of_contact"))
    .values(
        last_inbound_at=koza_now(),
        state=case((_CONTACTS.c.owner_id.is_(None), "waiting_staff"), else_="in_conversation"),
    )
)
_STORE_CONTACT = Write(insert(_CONTACTS))
_STORE_CALL = Write(insert(table_of(Call)))
_STORE_CONVERSATION = Write(insert(table_of(Conversation)))
_STORE_MESSAGE = Write(insert(table_of(Message)).values(at=koza_now() - bindparam("ago", type_=Interval())))


def arrive_call(
    session: Session,
    arrival: VoiceArrival,
    event: Event,
    greeting: Callable[[UUID, LineRow], str],
    late_seconds: int | None = None,
) -> Result:
    """Take a first ring: contact, call, fact, and the greeting that every delivery of it gets."""
    index = _index(session, arrival.caller, "voice")
    found, (told,) = read_together(
        session,
        staff_queries.asked_line(arrival.called.value),
        (_RING, {"index": index, "sid": arrival.call_sid}),
        beside=True,
    )
    line = staff_queries.told_line(session, found)
    if line is None:
        quarantine(session, event)
        return UnknownLine()
    contact_id = new_id()
    key_id, key_row = prepare_data_key(session)
    answer = greeting(contact_id, line)
    known = take_in_new(session, event, contact_id=contact_id, data_key_id=key_id, answer=answer)
    if known is not None:
        if late_seconds is not None:
            _was_answered_without_us(session, arrival.call_sid, late_seconds)
        return known
    moment = told.now - timedelta(seconds=late_seconds or 0)
    keep_data_key(session, key_row)
    who = _Who(line, arrival.caller, index, told.repeats, moment, late_seconds)
    _store_contact(session, contact_id, key_id, who, "voice", arrival.call_sid)
    deadline_at = moment + timedelta(seconds=CEILING_S)
    call = {
        "id": contact_id,
        "carrier_sid": arrival.call_sid,
        "conference": f"c_{new_id().hex}",
        "deadline_at": deadline_at,
        "stage": "greeting",
        "last_seen_at": moment,
        "status": arrival.status,
    }
    _STORE_CALL(session, call)
    if late_seconds is None:
        # A late call was given the safe answer and may be speaking with the duty telephone: it is not interrupted.
        set_due(session, DEADLINE, str(contact_id), deadline_at, centre_id=line.centre_id)
    report(session, CallArrived(contact_id, line.centre_id, line.id, late=late_seconds is not None))
    announce_new(session, contact_id, line.centre_id, line.id)
    if told.parked:
        apply_parked_to_call(session, contact_id)
    return Arrived(contact_id, answer)


def _was_answered_without_us(session: Session, call_sid: str, late_seconds: int) -> None:
    """A ring that was stored just after we had given up, and answered her from the journal: it is late all the same.

    She was given the safe answer and may be speaking with the duty telephone, so her ceiling interrupts nothing. Where
    she went on to the waiting room she never was in the safe answer, or has left it.
    """
    try:
        contact, call, _ = held(session, call_sid)
    except NotACallError:
        return
    if call.stage == "greeting" and contact.late_seconds is None:
        contact.late_seconds = late_seconds
        cancel_due(session, DEADLINE, str(contact.id))
        announce(session, contact)


@dataclass(frozen=True, slots=True)
class _Who:
    """Who came to which line, and when."""

    line: LineRow
    address: Address
    index: bytes | None
    repeats: int
    moment: datetime
    late_seconds: int | None


def _store_contact(
    session: Session,
    contact_id: UUID,
    key_id: UUID,
    who: _Who,
    channel: str,
    carrier_sid: str,
    conversation_id: UUID | None = None,
) -> None:
    sealed = None
    if who.address.kind != "withheld":
        sealed = seal(session, key_id, Contact.__tablename__, "address", contact_id, who.address.value)
    row = {
        "id": contact_id,
        "data_key_id": key_id,
        "centre_id": who.line.centre_id,
        "line_id": who.line.id,
        "conversation_id": conversation_id,
        "channel": channel,
        "carrier_sid": carrier_sid,
        "state": "ringing" if channel == "voice" else "waiting_staff",
        "address_kind": who.address.kind,
        "address_sealed": sealed,
        "address_index": who.index,
        "received_at": who.moment,
        "last_inbound_at": who.moment,
        "late_seconds": who.late_seconds,
        # Who shows no number is never known to have called before.
        "repeat": 0 if who.index is None else who.repeats,
    }
    _STORE_CONTACT(session, row)
    note_new(session, contact_id)
    if who.line.national:
        units = staff_queries.answering_centres(session, who.line.id)[1:]
        grant_line_units(session, _CARRIER, "contact", contact_id, units)


def _index(session: Session, address: Address, channel: str) -> bytes | None:
    """None for withheld callers, who are never one person; a short code or a name that texts us has a thread too."""
    threaded = {"number", "whatsapp"} if channel == "voice" else {"number", "whatsapp", "short_code", "invalid"}
    if address.kind not in threaded or not address.value:
        return None
    # A number in an app is not the number in texts: what she writes in one is never answered in the other.
    apart = address.kind == "whatsapp" and channel != "voice"
    return address_index(session, address.uri if apart else address.value)


def arrive_text(session: Session, arrival: SmsArrival, event: Event, late_seconds: int | None = None) -> Result:
    """Take a text: into the open contact of its conversation, or a new one. The answer to the carrier is empty."""
    sent = _sent_code(session, arrival)
    if sent is not None:
        return _staff_code(session, arrival, event, sent)
    index = _index(session, arrival.sender, "sms")
    # Two texts of one person at once take turns here, so that they become one contact with one key.
    turn = None if index is None else turn_of(index)
    number = arrival.recipient.value
    found, (told,) = read_together(
        session,
        staff_queries.asked_line(number, turn=turn),
        (_TEXT, {"e164": number, "index": index}),
        beside=True,
    )
    line = staff_queries.told_line(session, found)
    if line is None:
        quarantine(session, event)
        return UnknownLine()
    if told.open_contact is not None:
        hers = _hold(session, told.open_contact)
        if hers.ended_at is None:
            return _further_text(session, hers, arrival, event, late_seconds)
    who = _Who(line, arrival.sender, index, told.repeats, told.now - timedelta(seconds=late_seconds or 0), late_seconds)
    return _first_text(session, who, told.conversation, arrival, event)


def _hold(session: Session, contact_id: UUID) -> Any:
    """The row of an open contact, locked, with what is wanted when it is still open."""
    of_hers = {"open_contact": contact_id}
    (hers,), key, lanes = read_together(session, (_HOLD, of_hers), (_KEY, of_hers), (_LANES, of_hers), beside=True)
    note_data_key(session, key)
    note_lanes(session, contact_id, lanes)
    return hers


def _first_text(session: Session, who: _Who, conversation_id: UUID | None, arrival: SmsArrival, event: Event) -> Result:
    contact_id = new_id()
    key_id, key_row = prepare_data_key(session)
    known = take_in_new(session, event, contact_id=contact_id, data_key_id=key_id, answer="")
    if known is not None:
        return known
    keep_data_key(session, key_row)
    if conversation_id is None and who.index is not None:
        conversation_id = _new_conversation(session, who.line.id, who.index, who.address.value)
    _store_contact(session, contact_id, key_id, who, "sms", arrival.message_sid, conversation_id)
    message_id = _store_message(session, key_id, contact_id, conversation_id, arrival, who.late_seconds)
    late = who.late_seconds is not None
    centre_id, line_id = who.line.centre_id, who.line.id
    report(session, TextArrived(contact_id, centre_id, line_id, message_id, first=True, late=late))
    announce_new(session, contact_id, centre_id, line_id)
    return Arrived(contact_id, "")


def _further_text(
    session: Session,
    hers: Any,
    arrival: SmsArrival,
    event: Event,
    late_seconds: int | None,
) -> Result:
    """``hers``: the row of the open contact, which is held."""
    key_id = hers.data_key_id or new_id()
    known = take_in_new(session, event, contact_id=hers.id, data_key_id=key_id, answer="")
    if known is not None:
        return known
    _WROTE_AGAIN(session, {"of_contact": hers.id})
    message_id = _store_message(session, key_id, hers.id, hers.conversation_id, arrival, late_seconds)
    late = late_seconds is not None
    report(session, TextArrived(hers.id, hers.centre_id, hers.line_id, message_id, first=False, late=late))
    announce_new(session, hers.id, hers.centre_id, hers.line_id)
    return Arrived(hers.id, "")


def _new_conversation(session: Session, line_id: UUID, index: bytes, address: str) -> UUID:
    conversation_id = new_id()
    key_id, key_row = prepare_data_key(session)
    keep_data_key(session, key_row)
    row = {
        "id": conversation_id,
        "data_key_id": key_id,
        "line_id": line_id,
        "address_index": index,
        "address_sealed": seal(session, key_id, Conversation.__tablename__, "address", conversation_id, address),
    }
    _STORE_CONVERSATION(session, row)
    return conversation_id


def _store_message(
    session: Session,
    key_id: UUID,
    contact_id: UUID,
    conversation_id: UUID | None,
    arrival: SmsArrival,
    late_seconds: int | None,
) -> UUID:
    message_id = new_id()
    row = {
        "id": message_id,
        "data_key_id": key_id,
        "conversation_id": conversation_id,
        "contact_id": contact_id,
        "direction": "in",
        "carrier_sid": arrival.message_sid,
        "body_sealed": seal(session, key_id, Message.__tablename__, "body", message_id, arrival.body),
        "state": "received",
        "ago": timedelta(seconds=late_seconds or 0),
        "media": [item.content_type for item in arrival.media],
    }
    _STORE_MESSAGE(session, row)
    redact_hers(session, arrival.message_sid)
    remember_text(session, message_id, arrival.body)
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
