"""Telephones of staff that we ring: offers, the operator's own phone, pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after
from core.database import settings_of
from core.ids import new_id
from core.trunks import trunk_of
from hotline.models import BROWSER, FALLBACK, Contact, Leg
from hotline.service.browser import CLIENT
from hotline.service.sending import Moment, Owner, new_send, part_with
from staff import queries as staff_queries

#: How long a telephone rings before it is given up.
RING_S = 25
#: A trial call that could not be placed by then never rings: nobody waits for it any more.
TRIAL_S = 60


def call_staff(
    session: Session,
    *,
    centre_id: UUID,
    account_id: UUID | None,
    address: str,
    purpose: str,
    owner: Owner,
    script: dict[str, Any],
    not_after: Moment,
    contact_id: UUID | None = None,
    line_id: UUID | None = None,
    language: str = "tr",
) -> Leg:
    """Ring a telephone of staff; what it hears first is ``script``, what it hears next is decided when it answers.

    ``line_id``: for a call of which line, whose trunk rings it where there is one.
    """
    if address.startswith(CLIENT):
        script = {**script, BROWSER: True}
    leg = Leg(
        id=new_id(),
        contact_id=contact_id,
        centre_id=centre_id,
        account_id=account_id,
        purpose=purpose,
        ref=owner.ref,
        script=script,
        next=None,
        status="waiting",
        language=language,
    )
    session.add(leg)
    session.flush()
    send = new_send(
        session,
        centre_id=centre_id,
        medium="voice",
        owner=owner,
        address=address,
        leg_id=leg.id,
        not_after=not_after,
        from_number=None if address.startswith(CLIENT) else _trunk_line(session, line_id),
    )
    leg.send_id = send.id
    session.flush()
    return leg


def _trunk_line(session: Session, line_id: UUID | None) -> str | None:
    """The number of a line that a trunk brings: staff are rung for its calls by the trunk, with its caller id."""
    trunks = settings_of(session).sip_trunks
    line = staff_queries.line_by_id(session, line_id) if line_id is not None and trunks else None
    return line.number if line is not None and trunk_of(trunks, line.number) else None


def ring_offer(
    session: Session,
    _actor: Actor,
    contact_id: UUID,
    account_id: UUID,
    address: str,
    ref: str,
    *,
    seconds: int = 20,
    hint: dict[str, Any] | None = None,
    language: str = "tr",
) -> UUID:
    """Offer a waiting caller on a telephone: a whisper without any name, then 1 takes her, 2 declines. Returns leg."""
    contact = session.get_one(Contact, contact_id)
    leg = call_staff(
        session,
        centre_id=contact.centre_id,
        account_id=account_id,
        address=address,
        purpose="offer",
        owner=Owner("offer", ref),
        script={"hint": hint or {}, "caller_language": contact.language, "repeat": contact.repeat > 0},
        not_after=after(seconds),
        contact_id=contact_id,
        line_id=contact.line_id,
        language=language,
    )
    return leg.id


def page_call(
    session: Session,
    _actor: Actor,
    centre_id: UUID,
    account_id: UUID,
    address: str,
    ref: str,
    epoch: int,
    *,
    not_after: Moment,
    owner_kind: str = "page",
    contact_id: UUID | None = None,
    language: str = "tr",
) -> tuple[UUID, UUID]:
    """Page a member of staff by voice: it says "duty call" and asks for the PIN. Returns (send, leg)."""
    leg = call_staff(
        session,
        centre_id=centre_id,
        account_id=account_id,
        address=address,
        purpose="page",
        owner=Owner(owner_kind, ref, epoch),
        script={},
        not_after=not_after,
        contact_id=contact_id,
        language=language,
    )
    assert leg.send_id is not None  # noqa: S101 - call_staff has just set it
    return leg.send_id, leg.id


def try_fallback(session: Session, _actor: Actor, centre_id: UUID, number: str, *, language: str = "tr") -> UUID:
    """Ring the telephone to which callers go last, and ask whoever answers there to press 1. Returns leg.

    It is proven by that key alone: a machine answers too, and would answer her.
    """
    leg = call_staff(
        session,
        centre_id=centre_id,
        account_id=None,
        address=number,
        purpose=FALLBACK,
        owner=Owner(FALLBACK, str(centre_id)),
        script={},
        not_after=after(TRIAL_S),
        language=language,
    )
    return leg.id


def tell_page(
    session: Session,
    _actor: Actor,
    leg_id: UUID,
    *,
    level: int,
    province: str | None,
    language: str | None,
    code: str,
    many: int = 0,
) -> None:
    """Let a leg whose PIN was right hear which page it is, neutrally, and ask for 1 or 2. ``many``: how many wait."""
    leg = session.get_one(Leg, leg_id)
    about = {"level": level, "province": province, "caller_language": language, "code": code, "many": many}
    leg.next = {"do": "page", "about": about}
    session.flush()


def say(session: Session, _actor: Actor, leg_id: UUID, prompt: str, then: str) -> None:
    """Let a leg hear ``prompt`` and then ask for the PIN (``pin``), a menu key (``menu``) or hang up (``hang_up``)."""
    leg = session.get_one(Leg, leg_id)
    leg.next = {"do": "say", "prompt": prompt, "then": then}
    session.flush()


def dismiss(session: Session, _actor: Actor, leg_id: UUID, prompt: str = "taken") -> None:
    """Let a leg hear ``prompt`` and go; one that still rings is ended."""
    leg = session.get_one(Leg, leg_id)
    if leg.answered_at is None:
        part_with(session, [leg], prompt)
        return
    leg.next = {"do": "dismiss", "prompt": prompt}
    session.flush()


def leg_digits(session: Session, leg_id: UUID) -> str:
    """What was entered at the step that is being decided; readable once."""
    leg = session.get_one(Leg, leg_id)
    digits = leg.digits or ""
    leg.digits = None
    session.flush()
    return digits
