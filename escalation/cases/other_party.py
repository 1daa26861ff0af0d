"""Somebody on the line may have been the other party: the owner of her case hears of it at the next shift.

He is told nothing by it: the one who speaks with him reads the same words whether she is known or not, and what is done
here she does not see. His contact is no part of her story; that he was on her number is a task of her case.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.clock import now as database_now
from core.i18n import HOUSE_LOCALE, format_datetime, use_locale
from core.i18n import gettext as _
from escalation.cases import service
from escalation.cases.models import Case
from escalation.cases.night import cases_of_number
from routing.queries import next_duty
from staff.rules import next_review
from staff.scope import Scope


def alert_owners(session: Session, actor: Actor, contact_id: UUID) -> None:
    """A task for the owner of each open case of this number, at whatever centre, due when she is next on duty."""
    moment = database_now(session)
    with use_locale(HOUSE_LOCALE):
        title = _(
            "On %(at)s somebody who may be the other party was on the line from the number known for her."
            " Speak with her at her safe hour: has she her telephone, and does what was agreed still hold?",
            at=format_datetime(moment),
        )
    for case_id in cases_of_number(session, contact_id):
        case = session.get_one(Case, case_id)
        service.add_task(
            session,
            actor,
            Scope.system("cases.other_party"),
            case_id,
            title,
            due_at=_next_shift(session, case.owner_id, moment),
        )


def _next_shift(session: Session, owner_id: UUID | None, moment: datetime) -> datetime:
    """Her next duty by the rota; who stands on none is there in the morning."""
    duty = next_duty(session, owner_id, moment) if owner_id is not None else None
    return duty or next_review(moment)


__all__ = ["alert_owners"]
