"""One of several takes it. The race is decided by one conditional update; the others are told who won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Uuid, bindparam, cast, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.due import cancel_due
from core.facts import report
from core.ids import new_id
from core.statements import Read
from hotline import service as hotline
from hotline.queries import contacts, people_calling
from routing.events import OfferAccepted
from routing.models import Offer, Queued
from routing.people import out_of_reach, own_telephones
from routing.service.offers import OPEN, WAVE, locked_row, tell_screens, withdraw_offers
from routing.service.queue import enter_unasked
from routing.service.signed_in import keep_while_talking
from routing.service.whisper import whisper
from staff.scope import Scope
from staff.service import grant

_ROUTER = Scope.system("routing")
Via = Literal["board", "phone"]


class NoTelephoneError(Exception):
    """She accepted a call on the board and has no usable telephone on which it could reach her."""


class TelephoneAwayError(NoTelephoneError):
    """She answers in a browser, and that tab is closed, or has no connection with the carrier."""


class BusyError(Exception):
    """She accepted a call on the board and has a caller: her telephone cannot ring for a second one."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whether she has it; ``by`` is who has it, None where the contact does not wait (any more)."""

    won: bool
    by: UUID | None


def accept(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    account_id: UUID,
    *,
    via: Via = "board",
    address: str | None = None,
    leg_id: UUID | None = None,
) -> Accepted:
    """Give the contact to ``account_id`` if nobody has it yet, and bring the two together.

    A text gets an owner. A caller is joined with the telephone ``leg_id`` that is in the call already; without one the
    operator's telephone is rung (``address``, or the browser that she chose, or the best proven one of her account).
    Accepting twice is accepting once.

    A caller who hears the greeting still has no place in the queue, so that a first ring need not write one: she gets
    it here, with whoever takes her. Raises OutOfScopeError or MissingPermissionError where she may not answer this
    contact, :class:`NoTelephoneError`, and :class:`BusyError`; nothing has changed then.
    """
    held = _HELD.first(session, of_contact=contact_id)
    known = {"of_contact": contact_id, "turn": turn_of(account_id)}
    row = _WAITS.first(session, known)
    if (row is None or row.state == "left") and held is not None and _hears_the_greeting(held):
        enter_unasked(session, contact_id)
        row = _WAITS.first(session, known)
    if row is None:
        return Accepted(won=False, by=None)
    Scope.of(session, account_id).require_record(session, "contact", contact_id, row.centre_id, act="answer")
    if row.channel == "voice" and leg_id is None:
        address = address or own_telephone(session, account_id)
    alone = row.channel == "voice" and leg_id is None
    waited = _take(session, contact_id, account_id, alone=alone)
    if waited is None:
        state, holder = session.execute(
            select(Queued.state, Queued.taken_by).where(Queued.contact_id == contact_id)
        ).one()
        if state in OPEN:
            raise BusyError
        return Accepted(won=holder == account_id, by=holder)
    _settle(session, actor, contact_id, account_id, via=via, waited=waited)
    keep_while_talking(session, account_id)
    _bring_together(session, actor, contact_id, account_id, address=address, leg_id=leg_id)
    return Accepted(won=True, by=account_id)


def own_telephone(session: Session, account_id: UUID) -> str:
    """Where who acts at her screen is rung. Raises :class:`NoTelephoneError`."""
    address = own_telephones(session, [account_id]).get(account_id)
    if address is None:
        raise TelephoneAwayError if out_of_reach(session, account_id) else NoTelephoneError
    return address


def _hears_the_greeting(held: Any) -> bool:
    """Whether her call came a moment ago and still is in the greeting, by her row, which is held.

    One that came late was given the safe answer: she may be speaking with the duty telephone, and is not taken from it.
    """
    return held.channel == "voice" and held.state == "ringing" and held.late_seconds is None


def _holding() -> Read:
    """The contact, locked before its place in the queue, in the order in which the telephone edge comes to them.

    Otherwise her hanging up and somebody's accepting could each wait for what the other holds.
    """
    known = contacts(_ROUTER)
    column = known.selected_columns["id"]
    return Read(known.where(column == bindparam("of_contact", type_=Uuid())).with_for_update(of=column, key_share=True))


# Built once: who accepts on a full board comes after somebody else more often than not.
_HELD = _holding()
# What one person accepts takes turns: of two callers in one instant she gets one.
_WAITS = Read(
    select(
        Queued.centre_id,
        Queued.channel,
        Queued.state,
        func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger())).label("turn"),
    ).where(Queued.contact_id == bindparam("of_contact"))
)


def turn_of(account_id: UUID) -> int:
    """The lock under which what one person takes on takes turns."""
    return int.from_bytes(account_id.bytes[-8:], "big", signed=True)


def _take(session: Session, contact_id: UUID, account_id: UUID, *, alone: bool) -> int | None:
    """The race. Returns the seconds she waited; None when it was lost.

    ``alone``: it is lost as well where the one who accepts has a caller already.
    """
    has = aliased(Queued)
    caller = (
        select(has.contact_id)
        .where(
            has.taken_by == account_id,
            has.state == "taken",
            has.channel == "voice",
            has.contact_id != contact_id,
        )
        .exists()
    )
    calling = people_calling().subquery("calling")
    calls = select(calling.c.account_id).where(calling.c.account_id == account_id).exists()
    return session.execute(
        update(Queued)
        .where(Queued.contact_id == contact_id, Queued.state.in_(OPEN), *([~caller, ~calls] if alone else []))
        .values(state="taken", taken_by=account_id, taken_at=koza_now())
        .returning(cast(func.extract("epoch", koza_now() - Queued.since), Integer))
        .execution_options(synchronize_session=False),
    ).scalar()


def _settle(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    account_id: UUID,
    *,
    via: Via,
    waited: int,
) -> None:
    """Her offer was accepted, the others' are gone, and she may read what she took."""
    session.execute(
        update(Offer)
        .where(Offer.contact_id == contact_id, Offer.account_id == account_id, Offer.state == "open")
        .values(state="accepted", answered_at=koza_now()),
    )
    withdraw_offers(session, contact_id, "taken")
    cancel_due(session, WAVE, str(contact_id))
    row = locked_row(session, contact_id)
    if row is None:
        return
    grant(
        session,
        actor,
        subject_kind="contact",
        subject_id=contact_id,
        grantee_kind="staff",
        grantee_id=account_id,
        reason="owner",
        centre_id=row.centre_id,
    )
    record(
        session,
        actor,
        "contact_accepted",
        "contact",
        contact_id,
        row.centre_id,
        account=str(account_id),
        via=via,
        waited_seconds=waited,
    )
    report(
        session,
        OfferAccepted(contact_id, row.centre_id, account_id=account_id, via=via, waited_seconds=waited),
    )
    tell_screens(session, row)


def _bring_together(
    session: Session,
    actor: Actor,
    contact_id: UUID,
    account_id: UUID,
    *,
    address: str | None,
    leg_id: UUID | None,
) -> None:
    if leg_id is None and address is None:
        hotline.take(session, actor, contact_id, account_id)
        return
    offer = _accepted_offer(session, contact_id, account_id, leg_id)
    if leg_id is not None:
        hotline.join(session, actor, contact_id, leg_id)
        offer.leg_id = leg_id
    elif address is not None:
        hint = whisper(session, session.get_one(Queued, contact_id))
        offer.leg_id = hotline.connect(session, actor, contact_id, account_id, address, str(offer.id), hint=hint)
    session.flush()


def _accepted_offer(session: Session, contact_id: UUID, account_id: UUID, leg_id: UUID | None) -> Offer:
    """The offer that remembers which telephone brings the two together, so that its end without a meeting is noticed.

    Who took a row of the board without being asked, or accepted a page, gets one now.
    """
    row = session.get_one(Queued, contact_id)
    fits = Offer.leg_id.is_(None) if leg_id is None else or_(Offer.leg_id == leg_id, Offer.leg_id.is_(None))
    accepted = session.scalars(
        select(Offer)
        .where(
            Offer.contact_id == contact_id,
            Offer.account_id == account_id,
            Offer.round == row.round,
            Offer.state == "accepted",
            fits,
        )
        .order_by(Offer.leg_id.is_(None), Offer.made_at.desc(), Offer.id.desc())
        .limit(1),
    ).one_or_none()
    if accepted is not None:
        return accepted
    offer = Offer(
        id=new_id(),
        contact_id=contact_id,
        account_id=account_id,
        medium="board" if leg_id is None else "phone",
        round=row.round,
        wave=row.wave,
        state="accepted",
        until=koza_now(),
        answered_at=koza_now(),
    )
    session.add(offer)
    session.flush()
    return offer
