"""Telephones of staff: written down for calls and texts at once, and proven by six digits that were texted to them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import after
from hotline import service as hotline
from staff import queries, service
from staff.scope import Scope
from staff.service.telephones import PROOF_MINUTES


def add_telephone(session: Session, actor: Actor, account_id: UUID, number: str) -> None:
    """Add it for calls and for texts, and text its owner six digits; it is used once she has read them back.

    Raises ``ValueError`` for what is no telephone of staff, and for a number that is there already.
    """
    service.add_contact_point(session, actor, account_id, "voice", number)
    point_id = service.add_contact_point(session, actor, account_id, "sms", number)
    known = queries.account(session, account_id)
    if known is None or known.centre_id is None:
        return
    code = service.new_proof(session, actor, point_id)
    hotline.page_text(
        session,
        actor,
        known.centre_id,
        _new_telephones(session, account_id)[point_id],
        str(point_id),
        0,
        f"Koza: {code}",
        owner_kind="proof",
        not_after=after(PROOF_MINUTES * 60),
    )


def prove_telephone(session: Session, actor: Actor, account_id: UUID, code: str) -> bool:
    """The owner read the digits back: the telephone is hers, for texts and for calls. False for other digits."""
    waiting = _new_telephones(session, account_id)
    proven = {waiting[point] for point in waiting if service.verify_contact_point(session, actor, point, code)}
    for point, address in _new_telephones(session, account_id).items():
        if address in proven:
            service.verify_contact_point(session, actor, point, service.new_proof(session, actor, point))
    return bool(proven)


def _new_telephones(session: Session, account_id: UUID) -> dict[UUID, str]:
    points = queries.contact_points_of(session, Scope.system("staff.proof"), [account_id], purpose="proof")
    return {point.id: point.address for point in points if point.state == "new"}
