"""Calling her back: a person begins it, her own telephone first, and nothing leaves but by a permit of the gate.

The telephone of who calls rings and must press 1. Then the room above asks the gate once more and orders the call with
the permit that it gave, or says why not. Hers rings once; nothing is said to whoever answers but by the person in the
room, and to a machine nothing at all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.clock import after
from core.clock import now as database_now
from core.facts import report
from core.ids import new_id
from hotline.events import CallBackAnswered, CallBackBegan, CallBackConfirmed, CallBackLeft, CallBackOver
from hotline.models import CALLER, HERS, Call, CallBack, Contact, Leg, Permit
from hotline.rules import CEILING_S
from hotline.service.board import announce
from hotline.service.call_back_rows import hold_call_back
from hotline.service.legs import RING_S, call_staff
from hotline.service.sending import Owner, new_send, part_with
from staff import queries as staff_queries
from staff.service import copy_bars, grant_line_units

#: A call that could not leave within so many seconds after the key does not leave any more: who pressed it would not
#: be prepared for it.
LEAVES_WITHIN_S: Final = 45
#: What became of her telephone, by the carrier's word for it or by that of the send, and what is said of the call.
_OUTCOMES: Final = {
    "busy": "busy",
    "no-answer": "no_answer",
    "cancelled": "forbidden",
    "expired": "forbidden",
}


_CARRIER = system("carrier")


class AlreadyCalledError(Exception):
    """She is being called, or is on the line with us; or whoever wants to call has somebody."""


class NothingToCallError(Exception):
    """She showed no number that could be called."""


def begin_call_back(
    session: Session, actor: Actor, contact_id: UUID, account_id: UUID, address: str, *, language: str = "tr"
) -> UUID:
    """Ring the telephone ``address`` of the one who calls her back. Returns the row that knows how far it came.

    Raises :class:`AlreadyCalledError` and :class:`NothingToCallError`.
    """
    contact = session.get_one(Contact, contact_id)
    if contact.address_index is None or contact.address_kind != "number":
        raise NothingToCallError
    if _on_the_line(session, contact.address_index):
        raise AlreadyCalledError
    made = session.execute(
        insert(CallBack)
        .values(
            id=new_id(),
            of_contact_id=contact_id,
            centre_id=contact.centre_id,
            line_id=contact.line_id,
            address_index=contact.address_index,
            account_id=account_id,
            conference=f"c_{new_id().hex}",
        )
        .on_conflict_do_nothing()
        .returning(CallBack.id),
    ).scalar()
    if made is None:
        raise AlreadyCalledError
    leg = call_staff(
        session,
        centre_id=contact.centre_id,
        account_id=account_id,
        address=address,
        purpose=CALLER,
        owner=Owner(CALLER, str(made)),
        script={},
        not_after=after(RING_S),
        line_id=contact.line_id,
        language=language,
    )
    row = session.get_one(CallBack, made)
    row.caller_leg_id = leg.id
    session.flush()
    report(session, CallBackBegan(contact_id, contact.centre_id, row.id, actor.id))
    announce(session, contact)
    return row.id


def _on_the_line(session: Session, address_index: bytes) -> bool:
    """Whether a call of this number is going on, in which somebody is to answer her instead."""
    open_call = (
        select(Call.id)
        .join(Contact, Contact.id == Call.id)
        .where(Contact.address_index == address_index, Call.ended_at.is_(None))
    )
    return session.execute(open_call.limit(1)).first() is not None


def place_call_back(session: Session, call_back_id: UUID, permit_id: UUID) -> None:
    """Call her now, by a permit that the gate has just given; whoever pressed 1 enters the room and waits for her.

    Nothing happens where the call back came to its end meanwhile or left already.
    """
    row = hold_call_back(session, call_back_id)
    if row is None or row.state != "ringing":
        return
    caller = session.get_one(Leg, row.caller_leg_id)
    if caller.ended_at is not None or caller.next is not None:
        return  # decided late: whoever pressed 1 was let go
    contact = session.get_one(Contact, row.of_contact_id)
    line = staff_queries.line_by_id(session, row.line_id)
    permit = session.get_one(Permit, permit_id)
    if contact.address is None or line is None:
        end_call_back(session, row, "forbidden")
        return
    leg = Leg(
        id=new_id(),
        contact_id=None,
        centre_id=row.centre_id,
        account_id=None,
        purpose=HERS,
        ref=str(row.id),
        script={},
        next=None,
        status="waiting",
        language=contact.language or "tr",
    )
    session.add(leg)
    session.flush()
    send = new_send(
        session,
        centre_id=row.centre_id,
        medium="voice",
        owner=Owner(CALLER, str(row.id)),
        address=contact.address,
        leg_id=leg.id,
        not_after=min(database_now(session) + timedelta(seconds=LEAVES_WITHIN_S), permit.valid_until),
        permit_id=permit_id,
        public=True,
        data_key_id=contact.data_key_id,
        from_number=line.number,
    )
    leg.send_id, row.her_leg_id, row.permit_id = send.id, leg.id, permit_id
    row.state, row.called_at = "calling", database_now(session)
    caller.next = {"do": "join"}
    session.flush()
    report(session, CallBackLeft(contact.id, row.centre_id, row.id, row.account_id))
    announce(session, contact)


def forbid_call_back(session: Session, call_back_id: UUID, reasons: tuple[str, ...]) -> None:
    """The gate does not let it leave, for these reasons: whoever pressed 1 hears so, and reads them on the screen."""
    row = hold_call_back(session, call_back_id)
    if row is not None and row.state == "ringing":
        row.reasons = ",".join(reasons)
        end_call_back(session, row, "forbidden")


def withdraw_call_back(session: Session, call_back_id: UUID) -> bool:
    """Whoever calls changed her mind; a telephone that rings stops. False where somebody has answered by now."""
    row = hold_call_back(session, call_back_id)
    if row is None or row.state not in ("ringing", "calling"):
        return False
    end_call_back(session, row, "withdrawn")
    return True


def stop_call_backs(session: Session, address_index: bytes) -> None:
    """What was agreed about this number is another thing now: a call that has not been answered does not go on."""
    calling = select(CallBack.id).where(CallBack.address_index == address_index, CallBack.state == "calling")
    for call_back_id in session.scalars(calling).all():
        row = hold_call_back(session, call_back_id)
        if row is not None and row.state == "calling":
            end_call_back(session, row, "forbidden")


def end_call_back(session: Session, row: CallBack, outcome: str) -> None:
    """It is over, once; telephones that still ring or wait for her are let go."""
    if row.state == "over":
        return
    answered = row.state == "answered"
    row.state, row.outcome, row.ended_at = "over", outcome, database_now(session)
    session.flush()
    if not answered:
        ids = [one for one in (row.caller_leg_id, row.her_leg_id) if one is not None]
        legs = session.scalars(select(Leg).where(Leg.id.in_(ids), Leg.ended_at.is_(None))).all()
        prompt = "call_back_off" if outcome == "forbidden" else "goodbye"
        for leg in legs:
            if leg.purpose == CALLER and leg.answered_at is not None and leg.joined_at is None:
                leg.next = {"do": "dismiss", "prompt": prompt}  # its next request is on its way
        part_with(session, [leg for leg in legs if leg.next is None or leg.next["do"] != "dismiss"], prompt)
    report(session, CallBackOver(row.of_contact_id, row.centre_id, row.id, row.account_id, outcome))
    announce(session, session.get_one(Contact, row.of_contact_id))


def answer_call_back(session: Session, row: CallBack, leg: Leg, call_sid: str) -> tuple[Contact, Call]:
    """Somebody answered on her telephone: a contact begins, with who calls in the room already. Nobody is named."""
    of, moment = session.get_one(Contact, row.of_contact_id), database_now(session)
    contact = Contact(
        id=new_id(),
        centre_id=row.centre_id,
        line_id=row.line_id,
        channel="voice",
        carrier_sid=call_sid,
        state="ringing",
        language=of.language,
        address_kind=of.address_kind,
        address_index=row.address_index,
        owner_id=row.account_id,
        received_at=moment,
        confidential=of.confidential,
        call_back_of=of.id,
    )
    contact.address = of.address
    session.add(contact)
    session.flush()
    call = Call(
        id=contact.id,
        carrier_sid=call_sid,
        conference=row.conference,
        deadline_at=moment + timedelta(seconds=CEILING_S),
        stage="joining",
        last_seen_at=moment,
        status="in-progress",
    )
    session.add(call)
    caller = session.get_one(Leg, row.caller_leg_id)
    caller.contact_id = leg.contact_id = row.contact_id = contact.id
    row.state, row.answered_at = "answered", moment
    session.flush()
    line = staff_queries.line_by_id(session, row.line_id)
    if line is not None and line.national:
        units = staff_queries.answering_centres(session, line.id)[1:]
        grant_line_units(session, _CARRIER, "contact", contact.id, units)
    # Who must not learn of her earlier contact must not of this one.
    copy_bars(session, _CARRIER, ("contact", of.id), [("contact", contact.id)])
    report(session, CallBackAnswered(contact.id, contact.centre_id, contact.line_id, row.id, row.account_id))
    announce(session, of)
    return contact, call


def her_telephone_is_gone(session: Session, row: CallBack, status: str) -> None:
    """Her own telephone: it was not reached, or the conversation on it is over."""
    if row.state == "calling":
        end_call_back(session, row, _OUTCOMES.get(status, "failed"))
    elif row.state == "answered":
        end_call_back(session, row, "reached" if row.sure_at else "other" if row.other_at else "unsure")


def callers_telephone_is_gone(session: Session, row: CallBack) -> None:
    """The telephone of who calls: before she answered nobody would be there for her."""
    if row.state in ("ringing", "calling"):
        end_call_back(session, row, "unreached" if row.state == "ringing" else "withdrawn")


def be_sure(session: Session, contact_id: UUID, account_id: UUID | None) -> None:
    """Somebody made sure that it is she who answered. Said of another contact, and again, it changes nothing."""
    row = _of_contact(session, contact_id)
    if row is None or row.sure_at is not None:
        return
    row.sure_at, row.other_at = database_now(session), None
    session.flush()
    report(session, CallBackConfirmed(contact_id, row.centre_id, account_id))


def is_other(session: Session, contact_id: UUID) -> None:
    """Somebody else answered, or may have."""
    row = _of_contact(session, contact_id)
    if row is not None:
        row.other_at, row.sure_at = database_now(session), None
        session.flush()


def _of_contact(session: Session, contact_id: UUID) -> CallBack | None:
    found = select(CallBack).where(CallBack.contact_id == contact_id, CallBack.state == "answered").with_for_update()
    return session.scalars(found).one_or_none()


def called_lately(session: Session, address_index: bytes, within_hours: int) -> list[float]:
    """How many seconds ago calls left to this number within so many hours, the newest first."""
    ago = func.extract("epoch", after(0) - CallBack.called_at)
    found = select(ago).where(CallBack.address_index == address_index, CallBack.called_at > after(-within_hours * 3600))
    return [float(one) for one in session.scalars(found.order_by(CallBack.called_at.desc()))]


__all__ = [
    "AlreadyCalledError",
    "NothingToCallError",
    "answer_call_back",
    "be_sure",
    "begin_call_back",
    "called_lately",
    "callers_telephone_is_gone",
    "end_call_back",
    "forbid_call_back",
    "her_telephone_is_gone",
    "is_other",
    "place_call_back",
    "stop_call_backs",
    "withdraw_call_back",
]
