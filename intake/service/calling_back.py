"""Calling her back, as far as it is decided here: the gate, asked before and at the moment of the call."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor
from core.audit import record
from hotline import service as hotline
from hotline.queries import call_back
from hotline.queries.reach import reach
from intake import gate
from staff.scope import Scope


def ask_to_call(session: Session, actor: Actor, scope: Scope, contact_id: UUID) -> gate.GateAnswer:
    """Whether she may be called back now; what the gate says is audited. Raises OutOfScopeError.

    It is asked once more when whoever calls has her telephone at her ear: :func:`call_or_forbid`.
    """
    answer = gate.may_reply(session, scope, contact_id, channel="voice", purpose="callback")
    known = reach(session, contact_id)
    centre_id = known.centre_id if known is not None else None
    gate_says = "allowed" if answer.allowed else ",".join(answer.reasons)
    record(session, actor, "call_back_asked", "contact", contact_id, centre_id, gate=gate_says)
    return answer


def call_or_forbid(session: Session, call_back_id: UUID, account_id: UUID) -> None:
    """Whoever calls her pressed 1: the gate gives a permit and the call leaves, or it says why not. Audited by it."""
    known = call_back(session, call_back_id)
    if known is None or known.state != "ringing":
        return
    actor = staff_actor(account_id, known.centre_id)
    permit = gate.permit_reply(session, actor, known.of_contact_id, "voice", "callback")
    if isinstance(permit, gate.GateRefusal):
        hotline.forbid_call_back(session, call_back_id, permit.reasons)
    else:
        hotline.place_call_back(session, call_back_id, permit)


__all__ = ["ask_to_call", "call_or_forbid"]
