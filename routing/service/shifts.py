"""The rota by hand: who serves which line in which role, from when to when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now, now
from core.due import set_due
from core.ids import new_id
from core.outbox import publish
from core.statements import savepoint
from routing.models import Shift, ShiftSlot
from routing.service.desk_lines import shift_changed
from routing.service.signed_in import keep_signed_in
from routing.service.trials import plan_trials
from staff.queries import answering_centres

ROSTER = "routing.roster"
EVERYWHERE = "all"
#: A longer shift is a slip of the pen: the year typed wrong, or the end left open.
LONGEST_DAYS = 31


class ShiftError(Exception):
    """A shift cannot be written. ``reason``: order, too_long, overlap, unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def add_shift(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    centre_id: UUID,
    line_id: UUID,
    role: str,
    start: datetime,
    end: datetime,
) -> UUID:
    """Put somebody on duty from ``start`` up to, not including, ``end``; audited. Returns the shift's id.

    Raises :class:`ShiftError`: the interval is empty or longer than 31 days, or the same person already serves this
    line in this role within it.
    """
    if end <= start:
        raise ShiftError("order")
    if (end - start).days >= LONGEST_DAYS:
        raise ShiftError("too_long")
    shift = Shift(
        id=new_id(),
        slot=_slot(session, account_id, line_id, role),
        account_id=account_id,
        centre_id=centre_id,
        line_id=line_id,
        role=role,
        during=Range(start, end, bounds="[)"),
    )
    try:
        with savepoint(session):
            session.add(shift)
    except IntegrityError as error:
        if "ex_routing_shifts_slot_during" in str(error.orig):
            raise ShiftError("overlap") from None
        raise
    record(
        session,
        actor,
        "shift_added",
        "shift",
        shift.id,
        centre_id,
        account=str(account_id),
        line=str(line_id),
        role=role,
        start=start.isoformat(),
        end=end.isoformat(),
    )
    keep_signed_in(session, account_id)
    plan_trials(session, shift.id, start, now(session))
    _changed(session, centre_id, line_id)
    return shift.id


def remove_shift(session: Session, actor: Actor, shift_id: UUID) -> None:
    """Take somebody off the rota; audited. Raises :class:`ShiftError` when there is no such shift."""
    shift = session.get(Shift, shift_id, with_for_update=True)
    if shift is None:
        raise ShiftError("unknown")
    record(
        session,
        actor,
        "shift_removed",
        "shift",
        shift_id,
        shift.centre_id,
        account=str(shift.account_id),
        line=str(shift.line_id),
        role=shift.role,
        start=shift.during.lower.isoformat() if shift.during.lower else "",
        end=shift.during.upper.isoformat() if shift.during.upper else "",
    )
    session.delete(shift)
    session.flush()
    shift_changed(session, shift.account_id)
    _changed(session, shift.centre_id, shift.line_id)


def _slot(session: Session, account_id: UUID, line_id: UUID, role: str) -> int:
    """The number that stands for this person, line and role in the exclusion constraint."""
    key = {"account_id": account_id, "line_id": line_id, "role": role}
    session.execute(insert(ShiftSlot).values(**key).on_conflict_do_nothing())
    return session.scalars(select(ShiftSlot.id).filter_by(**key)).one()


def _changed(session: Session, centre_id: UUID, line_id: UUID) -> None:
    set_due(session, ROSTER, EVERYWHERE, koza_now())
    publish(session, dict.fromkeys([centre_id, *answering_centres(session, line_id)]), "duty", centre_id)
