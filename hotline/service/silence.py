"""Looks, again and again, for lines that are too quiet to be well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.clock import now as database_now
from core.due import set_due
from core.log import get_logger
from core.metrics import alarms
from hotline.models import Contact, SilentLine
from hotline.silence import is_silent, silence, weeks_before
from staff import queries as staff_queries

log = get_logger(__name__)

#: Due row of the next look.
LOOK: Final = "hotline.silence"
EVERYWHERE: Final = "all"
EVERY_S: Final = 300
#: What came by the carrier; who stood at a desk says nothing of a line.
_CARRIED: Final = ("voice", "sms")


def start_looking(session: Session) -> None:
    """Have it looked for from now on."""
    set_due(session, LOOK, EVERYWHERE, koza_now())


def look_for_silence(session: Session) -> None:
    """Note each line that is silent, and forget those that are not any more."""
    moment = database_now(session)
    for line in staff_queries.lines(session):
        _look_at(session, line.id, moment)
    set_due(session, LOOK, EVERYWHERE, timedelta(seconds=EVERY_S))


def _look_at(session: Session, line_id: UUID, moment: datetime) -> None:
    policy = silence()
    carried = (Contact.line_id == line_id, Contact.channel.in_(_CARRIED))
    last = session.scalar(select(func.max(func.coalesce(Contact.last_inbound_at, Contact.received_at))).where(*carried))
    if last is None:
        return
    hour = func.date_trunc("hour", Contact.received_at).label("hour")
    counted = (
        select(hour, func.count().label("came"))
        .where(*carried, Contact.received_at > last - timedelta(weeks=policy.weeks))
        .group_by(hour)
    )
    hours: dict[datetime, int] = {row.hour: row.came for row in session.execute(counted)}
    if not is_silent(policy, weeks_before(policy, last, hours), last, moment):
        session.execute(delete(SilentLine).where(SilentLine.line_id == line_id))
        return
    noted = session.execute(
        insert(SilentLine).values(line_id=line_id, since=last).on_conflict_do_nothing().returning(SilentLine.line_id),
    ).first()
    if noted is not None:
        log.error("line_silent", line=line_id)
        alarms.add(kind="silent_line")


__all__ = ["EVERYWHERE", "EVERY_S", "LOOK", "look_for_silence", "start_looking"]
