"""The list before closed days: who stands on it, whether it was there at ten or is entered later that day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.due import set_due
from core.ids import new_id
from escalation.cases.clock import rules
from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.models import ClosureTick
from escalation.cases.clock.reckoning import local_of, utc
from escalation.cases.clock.service.held import CLOSURE_LATE, Held

#: What is entered when the list is late already is still legal's for that long.
_GRACE: Final = timedelta(minutes=30)


def put_on_list(
    session: Session, ending: Collection[tuple[UUID, UUID]], day: date, following: date, late: datetime
) -> None:
    """Put periods, each with its centre, on the list of ``day``, once; what is unticked at ``late`` goes on."""
    rows = [
        {"id": new_id(), "centre_id": centre_id, "deadline_id": deadline_id, "day": day, "next_working_day": following}
        for deadline_id, centre_id in ending
    ]
    if rows:
        session.execute(insert(ClosureTick).on_conflict_do_nothing(), rows)
    for centre_id in {centre_id for _, centre_id in ending}:
        set_due(session, CLOSURE_LATE, f"{centre_id}:{day.isoformat()}", late, centre_id=centre_id)


def join_list(session: Session, one: Held, calendar: Calendar) -> None:
    """A period that is entered or moves after ten o'clock stands on that day's list as well, where it ends in time.

    A police decision of a Friday afternoon is the one for which the list was made.
    """
    ends, now = one.deadline.unrolled_at, database_now(session)
    day = local_of(now).date()
    if ends is None or one.deadline.rule not in rules.CHECKED:
        return
    following, (begins, late) = rules.closure_after(day, calendar), rules.closure_hours(day, calendar)
    if following is not None and now >= begins and ends <= utc(following):
        put_on_list(session, [(one.deadline.id, one.deadline.centre_id)], day, following, max(late, now + _GRACE))
