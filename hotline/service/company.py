"""Who is in the talking room with her, who has her there, and since when she is alone in it.

At every moment exactly one person has her. Whoever was called in besides is company, but an interpreter has nobody,
and who listens is not heard: where only such are left with her she is alone.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.actor import system
from core.clock import after
from core.clock import now as database_now
from core.due import set_due
from core.facts import report
from hotline.events import CallConnected, CallHandedOver
from hotline.models import COACH, INTERPRETER, LISTENER, Call, Contact, Leg
from hotline.rules import ALONE_S
from hotline.service.board import announce
from hotline.service.listeners import part_listeners
from hotline.service.stepping_out import fetch_back

#: Due rows: her being alone, with the contact's id as subject.
ALONE = "hotline.alone"
#: In a leg's script: that it is being asked how it wants to be joined with her, and since when.
ASKED_VOICE = "voice"
ASKED_AT = "asked_at"
#: She is not alone for that: it is asked and answered within this time, or that telephone is gone.
ASKING_S = 20

#: In a leg's script: as what it is with her, where it is no company.
_NO_COMPANY = (INTERPRETER, LISTENER, COACH)

_ROOM = system("talking room")


def is_company(leg: Leg) -> bool:
    """Whether she is not alone while this telephone is with her."""
    return leg.script.get("role") not in _NO_COMPANY


def company(session: Session, contact_id: UUID, *wanted: ColumnElement[bool]) -> Leg | None:
    """A telephone of staff that is in the talking room, the one that came first."""
    role = Leg.script["role"].astext
    return session.scalars(
        select(Leg)
        .where(Leg.contact_id == contact_id, Leg.joined_at.is_not(None), Leg.ended_at.is_(None), *wanted)
        .where(or_(role.is_(None), role.not_in(_NO_COMPANY)))
        .order_by(Leg.joined_at)
        .limit(1),
    ).first()


def meet(session: Session, contact: Contact, call: Call, leg_id: UUID) -> None:
    """She and a telephone of staff are in the room."""
    call.stage = "talking"
    contact.state = "connected"
    contact.answered_at = contact.answered_at or database_now(session)
    session.flush()
    report(session, CallConnected(contact.id, contact.centre_id, contact.owner_id, leg_id))
    announce(session, contact)


def start_alone(session: Session, contact: Contact, call: Call) -> None:
    """Nobody is with her in the room, and nobody listens then; after a while she waits again."""
    call.alone_since = database_now(session)
    session.flush()
    part_listeners(session, contact.id)
    set_due(session, ALONE, str(contact.id), after(ALONE_S), centre_id=contact.centre_id)
    # Who has her may rejoin her until then: her screen has to show it now.
    announce(session, contact)


def somebody_is_at_the_door(session: Session, contact_id: UUID, moment: datetime) -> bool:
    """Whether a telephone is being asked at this moment how it wants to be joined with her."""
    asked = select(Leg.script).where(
        Leg.contact_id == contact_id, Leg.ended_at.is_(None), Leg.joined_at.is_(None), Leg.answered_at.is_not(None)
    )
    since = [script[ASKED_AT] for script in session.scalars(asked) if script.get("ask") == ASKED_VOICE]
    return any(moment.timestamp() - one < ASKING_S for one in since)


def take_over(session: Session, contact: Contact, leg: Leg) -> None:
    """From now on she is with the person of this telephone, not on hold any more, and nobody listens."""
    if leg.account_id is None or contact.owner_id == leg.account_id:
        return
    before, contact.owner_id = contact.owner_id, leg.account_id
    session.flush()
    report(session, CallHandedOver(contact.id, contact.centre_id, leg.account_id, before))
    fetch_back(session, _ROOM, contact.id)
    part_listeners(session, contact.id)
    announce(session, contact)


__all__ = [
    "ALONE",
    "ASKED_AT",
    "ASKED_VOICE",
    "company",
    "is_company",
    "meet",
    "somebody_is_at_the_door",
    "start_alone",
    "take_over",
]
