"""A call of the public, from the first ring to its end. Rooms above call down; what happened goes up as facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.clock import after
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.facts import report
from core.statements import Read
from hotline.events import (
    CallEnded,
    CallerAlone,
    CallWaiting,
    ContactClosed,
    DangerSignalled,
    DeadlinePassed,
    LanguageChosen,
    LegEnded,
)
from hotline.models import GUEST, HERS, Call, Contact, Leg
from hotline.paths import of_contact
from hotline.rules import ALONE_S, ANSWERED, CEILING_S, end_of_call
from hotline.service.board import announce, announce_new
from hotline.service.call_back_rows import unsure_who_answered
from hotline.service.company import (
    ALONE,
    company,
    is_company,
    meet,
    somebody_is_at_the_door,
    start_alone,
    take_over,
)
from hotline.service.holding import NotACallError, call_of, hold
from hotline.service.legs import RING_S, call_staff
from hotline.service.listeners import end_listening
from hotline.service.sending import Owner, command_call, part_with, recall_redirects
from hotline.service.stepping_out import NotTogetherError, call_off
from hotline.status_rules import State, advance_call, call_is_over

_ROOM = system("talking room")
#: Due rows of her ceiling, with the contact's id as subject.
DEADLINE = "hotline.deadline"
#: Stages in which she is in the talking room: nobody has been with her yet, or somebody has.
ROOM = ("entered", "talking")


_OPEN_LEG = (
    Leg.contact_id == bindparam("of_contact"),
    Leg.ended_at.is_(None),
    Leg.purpose != "page",
    Leg.purpose != HERS,
)
_LEGS = select(Leg).where(*_OPEN_LEG)
_ANY_LEG = Read(select(Leg.id).where(*_OPEN_LEG).limit(1))


def wait(session: Session, contact: Contact, call: Call, *, returned: bool = False) -> None:
    """Let her wait for a person; routing queues her."""
    call.waiting_since = database_now(session)
    call.stage, call.alone_since = "waiting", None
    contact.state = "queued"
    if contact.late_seconds is not None:
        # While she was in the safe answer her ceiling interrupted nothing; now it holds.
        set_due(session, DEADLINE, str(contact.id), call.deadline_at, centre_id=contact.centre_id)
    session.flush()
    report(session, CallWaiting(contact.id, contact.centre_id, returned))
    announce(session, contact)


def wait_again(session: Session, contact: Contact, call: Call, alone_s: int) -> None:
    """She lost the person she spoke with: she waits before everybody else, under a new ceiling."""
    contact.owner_id = None
    moment = database_now(session)
    call_off(session, contact, moment)
    report(session, CallerAlone(contact.id, contact.centre_id, alone_s))
    call.deadline_at = moment + timedelta(seconds=CEILING_S)
    set_due(session, DEADLINE, str(contact.id), call.deadline_at, centre_id=contact.centre_id)
    cancel_due(session, ALONE, str(contact.id))
    wait(session, contact, call, returned=True)


def choose_language(session: Session, contact: Contact, language: str) -> None:
    """She pressed a language key."""
    contact.language = language
    session.flush()
    report(session, LanguageChosen(contact.id, contact.centre_id, language))


def signal_danger(session: Session, contact: Contact, call: Call) -> None:
    """She pressed 5: from now on no prompt plays, and she comes first. A second 5 changes nothing."""
    if call.stage == "talking":
        # What she agreed to before says nothing of now.
        end_listening(session, contact, "danger")
    if call.danger_at is not None:
        return
    call.danger_at = database_now(session)
    contact.danger = True
    session.flush()
    report(session, DangerSignalled(contact.id, contact.centre_id, "key5"))
    announce(session, contact)


def past_deadline(call: Call, now: datetime) -> bool:
    """Whether her ceiling has passed while nobody has her."""
    return call.stage in {"greeting", "waiting", "last_rung"} and now >= call.deadline_at


def reach_last_rung(session: Session, contact: Contact, call: Call) -> None:
    """Her ceiling passed: this room plays the last rung and asks nobody. Reported once, for the page."""
    if call.stage == "last_rung":
        return
    call.stage = "last_rung"
    cancel_due(session, DEADLINE, str(contact.id))
    session.flush()
    report(session, DeadlinePassed(contact.id, contact.centre_id, danger=call.danger_at is not None))
    announce(session, contact)


def connect(
    session: Session,
    _actor: Actor,
    contact_id: UUID,
    account_id: UUID,
    address: str,
    ref: str,
    *,
    hint: dict[str, Any] | None = None,
    language: str = "tr",
) -> UUID:
    """Ring the phone of the operator who took her on the board; both meet when it is answered. Returns the leg.

    ``hint`` is what the phone says of her beside repetition: level, language, province, whether she was cut off.
    """
    contact, call = call_of(session, contact_id)
    if call.ended_at is not None:
        raise NotACallError
    contact.owner_id = account_id
    leg = call_staff(
        session,
        centre_id=contact.centre_id,
        account_id=account_id,
        address=address,
        purpose="desk",
        owner=Owner("offer", ref),
        script={"hint": hint or {}, "caller_language": contact.language, "repeat": contact.repeat > 0},
        not_after=after(RING_S),
        contact_id=contact_id,
        line_id=contact.line_id,
        language=language,
    )
    announce(session, contact)
    return leg.id


def join(session: Session, _actor: Actor, contact_id: UUID, leg_id: UUID) -> None:
    """Bring her and a staff telephone into the talking room: the leg at its next request, she by command and poll.

    Raises :class:`NotACallError` when her call is over.
    """
    contact, call, _ = hold(session, contact_id)
    if call.ended_at is not None:
        raise NotACallError
    leg = session.get_one(Leg, leg_id)
    if leg.ended_at is not None:
        # Whoever decided late counts on a telephone that is gone; said again, it is heard after the decision.
        report(session, leg_ended(leg))
        return
    leg.next = {"do": "join"}
    if call.stage not in ROOM:
        call.stage = "joining"
        send_on(session, contact, call, "join")
    contact.owner_id = leg.account_id
    session.flush()
    announce(session, contact)


def send_on(session: Session, contact: Contact, call: Call, step: str) -> None:
    """Redirect her call to one of its steps; what each of them answers goes by the stage that she has then."""
    path = of_contact(step, contact.id, quiet=call.danger_at is not None)
    command_call(session, contact, call.carrier_sid, "redirect", path)


def joined(session: Session, contact: Contact, call: Call) -> None:
    """She entered the talking room. That is no meeting yet: the telephone that she was to meet may be gone already."""
    if call.stage in ROOM:
        return
    call.stage = "entered"
    cancel_due(session, DEADLINE, str(contact.id))
    session.flush()
    recall_redirects(session, contact)
    leg = company(session, contact.id)
    if leg is None:
        start_alone(session, contact, call)
    else:
        meet(session, contact, call, leg.id)


def leg_ended(leg: Leg) -> LegEnded:
    """The fact that a telephone of staff is gone."""
    return LegEnded(leg.contact_id, leg.centre_id, leg.id, leg.purpose, leg.ref, leg.account_id, leg.status)


def leg_gone(session: Session, leg: Leg) -> None:
    """A staff telephone is out of the talking room; when she is alone there, her clock starts. Twice is once.

    Was it the one of who has her, somebody else who is with her has her from now on.
    """
    if leg.contact_id is None or leg.joined_at is None:
        return
    contact, call, _ = hold(session, leg.contact_id)
    left = session.execute(
        update(Leg).where(Leg.id == leg.id, Leg.joined_at.is_not(None)).values(joined_at=None).returning(Leg.id),
    ).first()
    if left is None:
        return
    if call.ended_at is not None or call.stage not in {"joining", *ROOM} or not is_company(leg):
        return
    left_with = company(session, contact.id)
    if left_with is None:
        start_alone(session, contact, call)
    elif leg.account_id == contact.owner_id:
        take_over(session, contact, left_with)


def left_room(session: Session, call_sid: str) -> None:
    """The carrier says that a telephone left the talking room; only staff telephones are looked for."""
    leg = session.scalars(select(Leg).where(Leg.carrier_sid == call_sid, Leg.joined_at.is_not(None))).one_or_none()
    if leg is not None:
        leg_gone(session, leg)


def never_met(session: Session, leg: Leg) -> None:
    """The phone of who took her on the board is gone before they met: she is nobody's again, and routing's to offer."""
    if leg.purpose != "desk" or leg.joined_at is not None or leg.contact_id is None:
        return
    session.execute(
        update(Contact)
        .where(
            Contact.id == leg.contact_id,
            Contact.owner_id == leg.account_id,
            Contact.state.in_(("ringing", "queued")),
        )
        .values(owner_id=None),
    )


def company_came(session: Session, leg: Leg) -> None:
    """A staff telephone entered the talking room: if she is there, she is not alone.

    Who was called in by somebody who is gone by now has her.
    """
    if leg.contact_id is None or not is_company(leg):
        return
    contact, call, _ = hold(session, leg.contact_id)
    was_alone, call.alone_since = call.alone_since is not None, None
    session.flush()
    cancel_due(session, ALONE, str(contact.id))
    if was_alone and leg.purpose == GUEST:
        take_over(session, contact, leg)
    if call.stage == "entered":
        meet(session, contact, call, leg.id)


def alone_for_too_long(session: Session, contact_id: UUID) -> None:
    """Nobody came back to her: she waits again, before everybody else."""
    contact, call, moment = hold(session, contact_id)
    if call.alone_since is None or call.ended_at is not None:
        return
    if somebody_is_at_the_door(session, contact_id, moment):
        set_due(session, ALONE, str(contact.id), after(ALONE_S), centre_id=contact.centre_id)
        return
    # Who was called in, and has nobody now, is in an empty room.
    guests = select(Leg).where(Leg.contact_id == contact_id, Leg.ended_at.is_(None), Leg.purpose == GUEST)
    part_with(session, session.scalars(guests).all(), "goodbye")
    if unsure_who_answered(session, contact):
        hang_up(session, _ROOM, contact_id)
        return
    wait_again(session, contact, call, ALONE_S)
    send_on(session, contact, call, "again")


def call_over(session: Session, contact: Contact, call: Call, status: str, by: str = "caller") -> None:
    """Her call is over: close what hangs on it and tell the rooms above. A second report changes nothing."""
    if call.ended_at is not None:
        return
    moment = database_now(session)
    how = end_of_call(call.stage, status)
    if contact.ended_at is None:
        contact.state = how
        contact.ended_by = contact.ended_by or by
        contact.ended_at = None if how == ANSWERED else moment
    call.stage, call.ended_at, call.alone_since = "over", moment, None
    call.status = advance_call(State(call.status), status).status or status
    session.flush()
    legs = _ANY_LEG.all(session, {"of_contact": contact.id})
    tell_over(session, contact.id, contact.centre_id, contact.line_id, how, legs=bool(legs))


def tell_over(session: Session, contact_id: UUID, centre_id: UUID, line_id: UUID, how: str, *, legs: bool) -> None:
    """What follows when her call is over and its rows say so.

    Nothing is due any more, telephones of staff are let go (``legs``: any may ring or talk for her), and the rooms
    above hear of it.
    """
    for kind in (DEADLINE, ALONE):
        cancel_due(session, kind, str(contact_id))
    if legs:
        part_with(session, session.scalars(_LEGS, {"of_contact": contact_id}).all(), "goodbye")
    report(session, CallEnded(contact_id, centre_id, answered=how == ANSWERED, how=how))
    announce_new(session, contact_id, centre_id, line_id)


def note_status(session: Session, contact: Contact, call: Call, status: str) -> None:
    """A status of her call came; it only rises, and its first end is the end of her call."""
    if call_is_over(status):
        call_over(session, contact, call, status)
    call.status = advance_call(State(call.status), status).status or call.status
    session.flush()


def hang_up(session: Session, _actor: Actor, contact_id: UUID) -> None:
    """End her call because the operator says that it is over.

    Raises NotTogetherError where nobody speaks with her: who still waits is not sent away by a key pressed too early.
    """
    contact, call = call_of(session, contact_id)
    if call.ended_at is not None:
        return
    if contact.state != "connected":
        raise NotTogetherError
    contact.ended_by = "staff"
    command_call(session, contact, call.carrier_sid, "end")


def close(session: Session, actor: Actor, contact_id: UUID, by: str = "staff") -> None:
    """A person says that nothing more is to be done for this contact; a new text opens a new one."""
    contact = session.get_one(Contact, contact_id, with_for_update=True)
    if contact.ended_at is not None:
        return
    contact.state = "closed"
    contact.ended_at = database_now(session)
    contact.ended_by = contact.ended_by or by
    session.flush()
    report(session, ContactClosed(contact.id, contact.centre_id, actor.id))
    announce(session, contact)


def set_language(session: Session, _actor: Actor, contact_id: UUID, language: str) -> None:
    """A person says which language she speaks."""
    contact = session.get_one(Contact, contact_id)
    choose_language(session, contact, language)
    announce(session, contact)


def mark_silent(session: Session, _actor: Actor, contact_id: UUID) -> None:
    """The operator answered and heard nothing: possible danger, never a prank by itself."""
    contact = session.get_one(Contact, contact_id)
    contact.danger = True
    session.flush()
    report(session, DangerSignalled(contact.id, contact.centre_id, "silent"))
    end_listening(session, contact, "danger")
    announce(session, contact)


__all__ = [
    "ALONE",
    "DEADLINE",
    "ROOM",
    "alone_for_too_long",
    "call_over",
    "choose_language",
    "close",
    "company_came",
    "connect",
    "hang_up",
    "join",
    "joined",
    "left_room",
    "leg_ended",
    "leg_gone",
    "mark_silent",
    "note_status",
    "past_deadline",
    "reach_last_rung",
    "send_on",
    "set_language",
    "signal_danger",
    "tell_over",
    "wait",
    "wait_again",
]
