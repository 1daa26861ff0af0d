"""The second half of the nightly count: whether the end of each contact of the days before is explained."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from core.log import get_logger
from core.metrics import alarms
from escalation.paging.service.ends import unexplained_between
from hotline.service.days import note_unexplained
from staff.rules import ISTANBUL

log = get_logger(__name__)

#: Each contact is looked at on so many nights: one that came in late, and one whose explanation ended, are seen too.
_NIGHTS: Final = 7


def explain_contacts(session: Session, last: date) -> None:
    """Note the contacts of ``last`` and of the days before whose end nothing explains."""
    end = datetime.combine(last + timedelta(days=1), time(), ISTANBUL)
    found = unexplained_between(session, end - timedelta(days=_NIGHTS), end)
    note_unexplained(session, found)
    log.info("contacts_explained", unexplained=len(found))
    if found:
        alarms.add(kind="unexplained")


__all__ = ["explain_contacts"]
