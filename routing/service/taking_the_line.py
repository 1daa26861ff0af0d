"""Somebody called in and showed who she is: she takes the line on that telephone, or gives it back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import staff_actor
from core.audit import record
from core.clock import koza_now
from core.clock import now as database_now
from core.due import set_due
from core.ids import new_id
from core.outbox import publish
from hotline import service as hotline
from routing.models import DeskLine
from routing.service.desk_lines import DESK_LINE, end_line, line_until, open_line
from routing.service.offers import ROUTER
from routing.service.presence import sign_off, wake_queue
from routing.service.shifts import EVERYWHERE, ROSTER
from routing.service.trials import talks
from staff.scope import Scope
from staff.sessions import end_sessions

_YES, _DURESS = "1", "9"


def called_in(session: Session, leg_id: UUID, account_id: UUID) -> None:
    """Her PIN was right: she is asked what can be asked, or told why not."""
    refusal = _refusal(session, leg_id, account_id)
    if open_line(session, account_id) is not None:
        hotline.say(session, ROUTER, leg_id, "line_yours", then="menu")
    elif refusal:
        hotline.say(session, ROUTER, leg_id, refusal, then="hang_up")
    else:
        hotline.say(session, ROUTER, leg_id, "line_ask", then="menu")


def decided(session: Session, leg_id: UUID, account_id: UUID, centre_id: UUID, digit: str) -> None:
    """She pressed a key. Duress sounds as if it had been yes, and no caller rings there."""
    has_it = open_line(session, account_id) is not None
    if digit not in {_YES, _DURESS}:
        prompt = "goodbye"
    elif has_it:
        end_line(session, staff_actor(account_id, centre_id), account_id, "called_in")
        prompt = "line_given_back"
    elif digit == _DURESS:
        prompt = "line_taken"
    else:
        prompt = _refusal(session, leg_id, account_id) or _take(session, leg_id, account_id, centre_id)
    hotline.say(session, ROUTER, leg_id, prompt, then="hang_up")


def _refusal(session: Session, leg_id: UUID, account_id: UUID) -> str:
    """Why she may not take the line now, as a prompt; empty where she may."""
    if line_until(session, account_id, database_now(session)) is None:
        return "line_no_shift"
    if not Scope.of(session, account_id).may("contact.answer"):
        return "line_no_shift"
    if talks(session, account_id):
        # Nobody is signed out inside a contact.
        return "line_busy"
    return "" if hotline.rung_address(session, leg_id) else "line_no_number"


def _take(session: Session, leg_id: UUID, account_id: UUID, centre_id: UUID) -> str:
    """From now on she counts as there and ready. A screen that comes back by itself must not take it from her."""
    actor, moment = staff_actor(account_id, centre_id), database_now(session)
    end_sessions(session, actor, account_id, reason="line_taken")
    sign_off(session, account_id)
    until = line_until(session, account_id, moment)
    line = DeskLine(
        id=new_id(),
        account_id=account_id,
        centre_id=centre_id,
        address=hotline.rung_address(session, leg_id),
        until=until,
    )
    session.add(line)
    session.flush()
    set_due(session, DESK_LINE, str(account_id), line.until, centre_id=centre_id)
    set_due(session, ROSTER, EVERYWHERE, koza_now())
    record(session, actor, "line_taken", "account", account_id, centre_id, until=line.until.isoformat())
    wake_queue(session, centre_id)
    publish(session, centre_id, "presence", account_id)
    return "line_taken"


__all__ = ["called_in", "decided"]
