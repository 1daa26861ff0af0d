"""Others in a conversation: a colleague who is asked, or to whom she is handed over, and an interpreter.

Each is a telephone that is rung and must press 1, as ever, so that no machine is with her. Where it is not reached,
declines or goes, she is fetched back from hold to who had her. Only who has her calls in, hands over and lets go.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.facts import report
from hotline.events import GuestGone, GuestJoined
from hotline.models import GUEST, HERS, INTERPRETER, LISTENER, Contact, Leg
from hotline.service import listeners
from hotline.service.board import announce
from hotline.service.calling_in import Whom, ring_guest
from hotline.service.company import take_over
from hotline.service.holding import NotACallError, hold
from hotline.service.sending import part_with
from hotline.service.stepping_out import NotTogetherError, announce_guest, fetch_back

_ROOM = system("talking room")
COLLEAGUE = "colleague"
#: In a leg's script: it was in the talking room.
_JOINED = "joined"


class NotHersError(Exception):
    """Who acts does not have her, or whom it is about is not there as the act needs it."""


def call_in(session: Session, actor: Actor, contact_id: UUID, whom: Whom, *, told: bool = False) -> None:
    """Call somebody in, for who has her. She is told of an interpreter first, and none is rung whom she refuses by key.

    After key 5 no machine says anything to her any more, nor where ``told``: who has her tells her of it himself.
    Raises :class:`NotHersError`, :class:`NotTogetherError` and :class:`NotACallError`.
    """
    contact, call, _ = hold(session, contact_id)
    if contact.owner_id != actor.id:
        raise NotHersError
    if call.ended_at is not None or call.stage != "talking" or _is_there(session, contact_id, UUID(whom.account)):
        raise NotTogetherError
    if whom.role == INTERPRETER and call.danger_at is None and not told:
        announce_guest(session, actor, contact_id, whom)
    else:
        ring_guest(session, contact, whom)


def somebody_is_called(session: Session, contact_id: UUID) -> bool:
    """Whether a colleague is called in, so that she may be told what she waits for."""
    guest = select(Leg.id).where(Leg.contact_id == contact_id, Leg.purpose == GUEST, Leg.ended_at.is_(None))
    return session.execute(guest.limit(1)).first() is not None


def _is_there(session: Session, contact_id: UUID, account_id: UUID) -> bool:
    mine = select(Leg.id).where(Leg.contact_id == contact_id, Leg.account_id == account_id, Leg.ended_at.is_(None))
    return session.execute(mine.limit(1)).first() is not None


def meet(session: Session, leg: Leg, contact_id: UUID) -> None:
    """Who was called in pressed 1: on into the room, unless she is gone from it."""
    with suppress(NotACallError):
        call = hold(session, contact_id).call
        if call.ended_at is None and call.stage == "talking":
            leg.next = {"do": "join"}
            session.flush()
            return
    leg.next = {"do": "dismiss", "prompt": "goodbye"}
    session.flush()


def joined(session: Session, leg: Leg) -> None:
    """A telephone entered the room; told of who was called in."""
    if leg.purpose == GUEST and leg.contact_id is not None:
        leg.script = {**leg.script, _JOINED: True}
        session.flush()
        report(session, GuestJoined(leg.contact_id, leg.centre_id, leg.id, leg.account_id, _role(leg)))
        announce(session, session.get_one(Contact, leg.contact_id))


def gone(session: Session, leg: Leg) -> None:
    """The telephone of somebody who was called in is gone: who had her has her back from hold. Or one that listened."""
    if leg.purpose == LISTENER:
        listeners.gone(session, leg)
        return
    if leg.purpose != GUEST or leg.contact_id is None:
        return
    was_in = bool(leg.script.get(_JOINED))
    report(session, GuestGone(leg.contact_id, leg.centre_id, leg.id, leg.account_id, _role(leg), was_in))
    with suppress(NotACallError):
        fetch_back(session, _ROOM, leg.contact_id)
        announce(session, session.get_one(Contact, leg.contact_id))


def hand_over_call(session: Session, actor: Actor, contact_id: UUID, leg_id: UUID) -> None:
    """Give her to a colleague who is in the room. Raises :class:`NotHersError`, :class:`NotACallError`."""
    contact, call, _ = hold(session, contact_id)
    leg = _other(session, contact_id, leg_id)
    if leg is None or leg.joined_at is None or _role(leg) == INTERPRETER or contact.owner_id != actor.id:
        raise NotHersError
    if call.ended_at is not None or call.stage != "talking":
        raise NotHersError
    take_over(session, contact, leg)


def let_guest_go(session: Session, actor: Actor, contact_id: UUID, leg_id: UUID) -> None:
    """Let somebody who was called in go. Raises as :func:`hand_over_call`."""
    contact, _, _ = hold(session, contact_id)
    leg = _other(session, contact_id, leg_id)
    if leg is None or contact.owner_id != actor.id or leg.account_id == contact.owner_id:
        raise NotHersError
    part_with(session, [leg], "goodbye")
    if leg.ended_at is not None:
        gone(session, leg)  # it never rang, so nobody else tells of its end
    announce(session, contact)


def leave_call(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Leave a conversation that somebody else has. Who has her cannot: she would be alone. Raises as above."""
    contact, _, _ = hold(session, contact_id)
    mine = select(Leg).where(
        Leg.contact_id == contact_id, Leg.account_id == actor.id, Leg.ended_at.is_(None), Leg.joined_at.is_not(None)
    )
    legs = session.scalars(mine).all()
    if not legs or contact.owner_id == actor.id:
        raise NotHersError
    part_with(session, legs, "goodbye")
    announce(session, contact)


def _other(session: Session, contact_id: UUID, leg_id: UUID) -> Leg | None:
    """A telephone of her conversation; after a hand-over also that of who had her before."""
    wanted = (
        Leg.id == leg_id,
        Leg.contact_id == contact_id,
        Leg.purpose.not_in(("page", HERS, LISTENER)),
        Leg.ended_at.is_(None),
    )
    return session.scalars(select(Leg).where(*wanted)).one_or_none()


def _role(leg: Leg) -> str:
    return str(leg.script.get("role", COLLEAGUE))


__all__ = [
    "COLLEAGUE",
    "NotHersError",
    "Whom",
    "call_in",
    "gone",
    "hand_over_call",
    "joined",
    "leave_call",
    "let_guest_go",
    "meet",
    "somebody_is_called",
]
