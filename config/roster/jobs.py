"""The daily roster as a due row: whichever worker is there writes it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from config.backup.store import BackupError
from config.roster.files import write
from config.roster.sheet import read_sheet
from core.clock import koza_now, now
from core.database import settings_of
from core.due import DueHandlers, set_due
from core.log import get_logger
from core.metrics import alarms

SHEET: Final = "config.roster_sheet"
EVERYWHERE: Final = "all"
#: Before the morning's change of shift, so that the sheet is printed by those who need it.
WRITTEN_AT: Final = time(6, 30)
_AGAIN: Final = timedelta(minutes=10)
_ISTANBUL: Final = ZoneInfo("Europe/Istanbul")

log = get_logger(__name__)


def register(due: DueHandlers) -> None:
    """Name the handler of this due row."""
    due.on(SHEET, _sheet)


def start(session: Session) -> None:
    """Have it written now and each morning from then on."""
    set_due(session, SHEET, EVERYWHERE, koza_now())


def next_time(moment: datetime) -> datetime:
    """The next morning after ``moment``."""
    local = moment.astimezone(_ISTANBUL)
    today = datetime.combine(local.date(), WRITTEN_AT, _ISTANBUL)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), WRITTEN_AT, _ISTANBUL)


def _sheet(session: Session, _subject: str, _epoch: int) -> None:
    """Write today's file. What keeps it from the disk is told, and it is tried again: the older file stands."""
    moment, settings = now(session), settings_of(session)
    following = next_time(moment)
    if settings.roster_recipient is not None:
        try:
            write(settings, read_sheet(session), moment.astimezone(_ISTANBUL).date())
        except (BackupError, OSError):
            log.exception("offline_roster_failed")
            alarms.add(kind="roster")
            following = moment + _AGAIN
    set_due(session, SHEET, EVERYWHERE, following)
