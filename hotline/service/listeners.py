"""Telephones that listen to a conversation: when they come, when they go, and what lets them go.

A listener is nobody's company: she is alone where nobody else is with her, and no listener stays then. Whoever listens
goes with the one who had her, for that one sees who listens; whoever has her next is asked anew.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.facts import report
from hotline.events import ListenerGone, ListenerJoined, ListeningEnded
from hotline.models import COACH, LISTENER, Contact, Leg, ListeningConsent
from hotline.service.board import announce
from hotline.service.holding import NotACallError, hold
from hotline.service.sending import part_with

#: In a leg's script: it was in the talking room.
_JOINED = "joined"
#: What a telephone hears that comes too late.
_OVER = "listening_over"


def consent_of(session: Session, contact_id: UUID) -> ListeningConsent | None:
    """What she agreed to about listening, as long as it holds."""
    return session.scalars(
        select(ListeningConsent).where(ListeningConsent.contact_id == contact_id, ListeningConsent.ended_at.is_(None)),
    ).one_or_none()


def part_listeners(session: Session, contact_id: UUID, account_id: UUID | None = None) -> bool:
    """Let everybody go who listens to a conversation, or is rung for it; with ``account_id`` that one alone."""
    wanted = [Leg.contact_id == contact_id, Leg.purpose == LISTENER, Leg.ended_at.is_(None)]
    if account_id is not None:
        wanted.append(Leg.account_id == account_id)
    legs = session.scalars(select(Leg).where(*wanted)).all()
    part_with(session, legs, _OVER)
    for leg in legs:
        if leg.ended_at is not None:
            gone(session, leg)  # it never rang, so nobody else tells of its end
    return bool(legs)


def end_listening(session: Session, contact: Contact, why: str, by: UUID | None = None) -> bool:
    """Nobody listens any more, and what she agreed to holds no longer; returns whether there was any of it.

    Her call is held already.
    """
    parted = part_listeners(session, contact.id)
    consent = consent_of(session, contact.id)
    if consent is not None:
        consent.ended_at, consent.ended_why, consent.ended_by = koza_now(), why, by
        session.flush()
        report(session, ListeningEnded(contact.id, contact.centre_id, consent.id, by, why))
    if parted or consent is not None:
        announce(session, contact)
    return parted or consent is not None


def joined(session: Session, leg: Leg) -> None:
    """A telephone that listens entered the room."""
    if leg.contact_id is None:
        return
    leg.script = {**leg.script, _JOINED: True}
    session.flush()
    report(session, ListenerJoined(leg.contact_id, leg.centre_id, leg.id, leg.account_id, coaches(leg)))
    announce(session, session.get_one(Contact, leg.contact_id))


def gone(session: Session, leg: Leg) -> None:
    """The telephone of somebody who listened, or was rung for it, is gone; nothing of hers changes by that."""
    if leg.contact_id is None:
        return
    was_in = bool(leg.script.get(_JOINED))
    report(session, ListenerGone(leg.contact_id, leg.centre_id, leg.id, leg.account_id, coaches(leg), was_in))
    with suppress(NotACallError):
        announce(session, hold(session, leg.contact_id).contact)


def coaches(leg: Leg) -> bool:
    """Whether who has her hears this telephone."""
    return leg.script.get("role") == COACH


__all__ = ["coaches", "consent_of", "end_listening", "gone", "joined", "part_listeners"]
