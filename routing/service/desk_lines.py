"""Who cannot sign in has the line by telephone: for how long, and by what it ends.

It ends with her shift, when she says so, when she takes contacts at a screen again, and when the telephone is not
answered: then it is nobody's presence any more, and she and her lead are told. The number is forgotten with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.crypto import drop_data_key
from core.due import cancel_due, set_due
from core.outbox import publish
from routing.ladder import ladder
from routing.models import DeskLine, Offer, Shift
from routing.people import runs_now
from routing.rules import is_silent
from routing.service.offers import ROUTER
from routing.service.trials import tell_by_text
from routing.trial_calls import trial_calls

#: Due kind: the subject is an account whose line by telephone is to be looked at.
DESK_LINE: Final = "routing.desk_line"
#: Nobody answers at one telephone for longer; who does has to call in again.
_LONGEST: Final = timedelta(hours=12)
#: Offers that tell whether a person is there: what was withdrawn or taken by somebody else says nothing of it.
_TELLING: Final = ("expired", "declined", "accepted")


def open_line(session: Session, account_id: UUID) -> DeskLine | None:
    """The line that somebody has by telephone now, locked."""
    wanted = select(DeskLine).where(DeskLine.account_id == account_id, DeskLine.ended_at.is_(None))
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one_or_none()


def line_until(session: Session, account_id: UUID, began_at: datetime) -> datetime | None:
    """Until when she may have it: the end of the shift at a line that runs now, None without one."""
    at_work = (Shift.account_id == account_id, Shift.role.in_(ladder().phone_roles), runs_now())
    shift_ends = session.scalar(select(func.max(func.upper(Shift.during))).where(*at_work))
    return None if shift_ends is None else min(shift_ends, began_at + _LONGEST)


def end_line(session: Session, actor: Actor, account_id: UUID, why: str) -> bool:
    """She has the line by telephone no longer; a talk goes on. Returns whether she had it. ``why``: DESK_LINE_ENDS."""
    line = open_line(session, account_id)
    if line is None:
        return False
    if line.data_key_id is not None:
        drop_data_key(session, line.data_key_id)
    line.address, line.data_key_id = None, None
    line.ended_at, line.why = database_now(session), why
    session.flush()
    cancel_due(session, DESK_LINE, str(account_id))
    record(session, actor, "line_given_back", "account", account_id, line.centre_id, why=why)
    publish(session, line.centre_id, "presence", account_id)
    return True


def look_at_line(session: Session, account_id: UUID) -> None:
    """End it when its time is over; another shift of hers that runs by then lets it last."""
    line = open_line(session, account_id)
    if line is None:
        return
    until = line_until(session, account_id, line.began_at)
    if until is None or until <= database_now(session):
        end_line(session, ROUTER, account_id, "shift_over")
        return
    line.until = until
    session.flush()
    set_due(session, DESK_LINE, str(account_id), until, centre_id=line.centre_id)


def note_rung(session: Session, offer: Offer) -> None:
    """An offer to such a telephone is over. As often unanswered as a trial call may be, it leaves the ring set."""
    line = open_line(session, offer.account_id) if offer.desk_line_id is not None else None
    if line is None or line.id != offer.desk_line_id:
        return
    tries = trial_calls().tries
    lately = (
        select(Offer.state)
        .where(Offer.desk_line_id == line.id, Offer.state.in_(_TELLING))
        .order_by(Offer.made_at.desc(), Offer.id.desc())
        .limit(tries)
    )
    if is_silent(session.scalars(lately).all(), tries):
        end_line(session, ROUTER, offer.account_id, "unreachable")
        tell_by_text(session, offer.account_id, line.centre_id, str(line.id), "line_lost_text")


def shift_changed(session: Session, account_id: UUID) -> None:
    """Her rota was changed: whether she still has the line is looked at now."""
    if open_line(session, account_id) is not None:
        set_due(session, DESK_LINE, str(account_id), koza_now())


__all__ = ["DESK_LINE", "end_line", "line_until", "look_at_line", "note_rung", "open_line", "shift_changed"]
