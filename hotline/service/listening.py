"""A colleague listens to a conversation, or is heard in it by who has her alone; she never hears that colleague.

Only after she was told and agreed, which who has her writes down. On practice calls nobody is on the line who could be
told: there it needs no word. Nothing is recorded by it, for nothing records.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.actor import Actor
from core.clock import after
from core.crypto import new_data_key
from core.database import settings_of
from core.facts import report
from core.ids import new_id
from hotline.events import ListenerCalled, ListeningAgreed
from hotline.models import COACH, LISTENER, Contact, Leg, ListeningConsent
from hotline.service.board import announce
from hotline.service.call_back_rows import unsure_who_answered
from hotline.service.company import company
from hotline.service.guests import NotHersError
from hotline.service.holding import Held, NotACallError, hold
from hotline.service.legs import RING_S, call_staff
from hotline.service.listeners import coaches, consent_of, end_listening, part_listeners
from hotline.service.sending import Owner
from hotline.service.stepping_out import NotTogetherError

#: In a leg's script: the carrier's name of the telephone that hears it.
_HEARD_BY = "heard_by"


class NotAgreedError(Exception):
    """She was not told that somebody may listen, or did not agree."""


def agree_to_listening(session: Session, actor: Actor, contact_id: UUID, words: str) -> None:
    """Write down that she was told that a colleague may listen and agreed, in ``words``. Said twice it is said once.

    Only who has her in a conversation can have told her. Raises :class:`NotHersError`, :class:`NotTogetherError`, also
    where nobody is sure who answered a call of ours, and :class:`NotACallError`.
    """
    held = hold(session, contact_id)
    contact = held.contact
    if actor.id is None or contact.owner_id != actor.id:
        raise NotHersError
    if not _they_talk(session, held) or unsure_who_answered(session, contact):
        raise NotTogetherError
    if consent_of(session, contact_id) is not None:
        return
    contact.data_key_id = contact.data_key_id or new_data_key(session)
    consent = ListeningConsent(id=new_id(), contact_id=contact_id, account_id=actor.id, data_key_id=contact.data_key_id)
    consent.words = words
    session.add(consent)
    session.flush()
    report(session, ListeningAgreed(contact_id, contact.centre_id, consent.id, actor.id))
    announce(session, contact)


def take_listening_back(session: Session, actor: Actor, contact_id: UUID, why: str = "withdrawn") -> bool:
    """Whoever listens is let go at once, and nobody listens before she agrees anew. Returns whether anything ended."""
    with suppress(NotACallError):
        return end_listening(session, hold(session, contact_id).contact, why, actor.id)
    return False


def listen(
    session: Session, actor: Actor, contact_id: UUID, address: str, *, coach: bool = False, language: str = "tr"
) -> None:
    """Ring the telephone of who wants to listen; whoever answers there must press 1.

    Raises :class:`NotAgreedError`, :class:`NotTogetherError` where nobody speaks with her or this person is with her
    already, and :class:`NotACallError`. Asked twice, one telephone rings.
    """
    held = hold(session, contact_id)
    contact = held.contact
    if not _may_be_heard(session, contact_id):
        raise NotAgreedError
    if actor.id is None or contact.owner_id == actor.id or not _they_talk(session, held):
        raise NotTogetherError
    mine = select(Leg.purpose).where(
        Leg.contact_id == contact_id, Leg.account_id == actor.id, Leg.ended_at.is_(None), Leg.purpose != "page"
    )
    there = set(session.scalars(mine))
    if LISTENER in there:
        return
    if there:
        raise NotTogetherError
    leg = call_staff(
        session,
        centre_id=contact.centre_id,
        account_id=actor.id,
        address=address,
        purpose=LISTENER,
        owner=Owner(LISTENER, str(new_id())),
        script={"role": COACH if coach else LISTENER},
        not_after=after(RING_S),
        contact_id=contact_id,
        line_id=contact.line_id,
        language=language,
    )
    report(session, ListenerCalled(contact_id, contact.centre_id, leg.id, actor.id, coach))
    announce(session, contact)


def stop_listening(session: Session, actor: Actor, contact_id: UUID) -> None:
    """Who listens does so no longer, of her own will."""
    with suppress(NotACallError):
        contact = hold(session, contact_id).contact
        if actor.id is not None and part_listeners(session, contact_id, actor.id):
            announce(session, contact)


def stop_listeners(
    session: Session, _actor: Actor, *, account_id: UUID | None = None, line_id: UUID | None = None
) -> None:
    """Nobody listens on a line any more, or this person nowhere."""
    wanted: list[ColumnElement[bool]] = [Leg.purpose == LISTENER, Leg.ended_at.is_(None)]
    if account_id is not None:
        wanted.append(Leg.account_id == account_id)
    if line_id is not None:
        wanted.append(Contact.line_id == line_id)
    listened = select(Leg.contact_id).join(Contact, Contact.id == Leg.contact_id).where(*wanted).distinct()
    for contact_id in sorted(one for one in session.scalars(listened) if one is not None):
        with suppress(NotACallError):
            contact = hold(session, contact_id).contact
            part_listeners(session, contact_id, account_id)
            announce(session, contact)


def meet_listener(session: Session, leg: Leg, contact_id: UUID) -> None:
    """Who wanted to listen pressed 1: on into the room, if it still may be."""
    with suppress(NotACallError):
        held = hold(session, contact_id)
        hers = _telephone_of_hers(session, held.contact)
        if _they_talk(session, held) and hers is not None and _may_be_heard(session, contact_id):
            leg.script = {**leg.script, _HEARD_BY: hers.carrier_sid}
            leg.next = {"do": "join"}
            session.flush()
            return
    leg.next = {"do": "dismiss", "prompt": "listening_over"}
    session.flush()


def heard_by(leg: Leg) -> str | None:
    """The carrier's name of the one telephone that hears this one; None where nobody does."""
    return str(leg.script[_HEARD_BY]) if coaches(leg) else None


def _they_talk(session: Session, held: Held) -> bool:
    """Whether who has her is in the room with her."""
    running = held.call.ended_at is None and held.call.stage == "talking"
    return running and _telephone_of_hers(session, held.contact) is not None


def _telephone_of_hers(session: Session, contact: Contact) -> Leg | None:
    return company(session, contact.id, Leg.account_id == contact.owner_id, Leg.carrier_sid.is_not(None))


def _may_be_heard(session: Session, contact_id: UUID) -> bool:
    return settings_of(session).practice or consent_of(session, contact_id) is not None


__all__ = [
    "NotAgreedError",
    "agree_to_listening",
    "heard_by",
    "listen",
    "meet_listener",
    "stop_listeners",
    "stop_listening",
    "take_listening_back",
]
