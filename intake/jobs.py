"""Due times of the intake: a contact that was agreed with her has come."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.due import DueHandlers
from core.facts import report
from intake.access import tell_screens
from intake.events import CallbackDue
from intake.models import Intake
from intake.service.callbacks import WINDOW, plan_anew
from intake.service.callers import CALLBACK
from intake.service.emergency import LOCATION, forget_location


def register(due: DueHandlers) -> None:
    """Name the handlers of this room's due rows."""
    due.on(CALLBACK, _callback_due)
    due.on(WINDOW, _window_turned)
    due.on(LOCATION, _location_due)


def _callback_due(session: Session, subject: str, _epoch: int) -> None:
    """Her agreed moment has come: the board shows it. Nothing is sent or dialled by itself."""
    row = session.execute(
        select(Intake.id, Intake.contact_id, Intake.centre_id).where(
            Intake.id == UUID(subject),
            Intake.next_contact.is_not(None),
            Intake.state.not_in(("closed", "escalated")),
        ),
    ).one_or_none()
    if row is not None:
        report(session, CallbackDue(row.contact_id, row.centre_id, intake_id=row.id))
        tell_screens(session, row.contact_id)


def _window_turned(session: Session, subject: str, _epoch: int) -> None:
    """Her safe window opens, or is over. Nothing is dialled by itself."""
    plan_anew(session, UUID(subject))


def _location_due(session: Session, subject: str, _epoch: int) -> None:
    """She may be elsewhere by now, and where she was is for nobody to find."""
    forget_location(session, system("intake"), UUID(subject))
