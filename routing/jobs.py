"""Due times of the routing: the next wave of offers, and the roster outside the database."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import after, koza_now, now
from core.crypto import keyring_of
from core.database import settings_of
from core.due import DueHandlers, set_due
from core.log import get_logger
from hotline.roster import Roster, write_roster
from routing.ladder import ladder
from routing.people import duty_telephones
from routing.service.desk_lines import DESK_LINE, look_at_line
from routing.service.offers import WAVE
from routing.service.shifts import EVERYWHERE, ROSTER
from routing.service.signed_in import TALKING, keep_while_talking
from routing.service.trials import TRIAL, plan_all, try_telephones
from routing.service.waves import offer_next
from routing.service.wrap_up import WRAP_UP, end_wrap_up
from routing.trial_calls import trial_calls

#: Seconds between two pushes of the roster; a change of the rota pushes it at once.
ROSTER_EVERY_S: Final = 60
#: The file and the purpose of the key that the telephone edge reads it with.
ROSTER_FILE: Final = "roster.sealed"
ROSTER_KEY: Final = "roster"

log = get_logger(__name__)


def register(due: DueHandlers) -> None:
    """Name the handlers of this room's due rows. A ladder that cannot be read stops the start."""
    ladder()
    trial_calls()
    due.on(WAVE, _wave)
    due.on(ROSTER, _roster)
    due.on(TALKING, _talking)
    due.on(WRAP_UP, _wrap_up)
    due.on(TRIAL, _trial)
    due.on(DESK_LINE, _desk_line)


def start(session: Session) -> None:
    """Have the roster pushed now and from then on; called when a process that sweeps begins."""
    set_due(session, ROSTER, EVERYWHERE, koza_now())
    plan_all(session)


def _trial(session: Session, subject: str, _epoch: int) -> None:
    try_telephones(session, UUID(subject))


def _desk_line(session: Session, subject: str, _epoch: int) -> None:
    look_at_line(session, UUID(subject))


def _wave(session: Session, subject: str, _epoch: int) -> None:
    offer_next(session, UUID(subject))


def _wrap_up(session: Session, subject: str, _epoch: int) -> None:
    end_wrap_up(session, UUID(subject), herself=False)


def _talking(session: Session, subject: str, _epoch: int) -> None:
    keep_while_talking(session, UUID(subject))


def _roster(session: Session, _subject: str, _epoch: int) -> None:
    """Push the duty telephones down, so that the safe answer can ring them while the database is away.

    A full disk must not stop the next push: the old roster stands, and it is said.
    """
    path = settings_of(session).data_dir / ROSTER_FILE
    try:
        write_roster(path, keyring_of(session).derive(ROSTER_KEY), Roster(duty_telephones(session), now(session)))
    except OSError:
        log.exception("roster_not_written")
    set_due(session, ROSTER, EVERYWHERE, after(ROSTER_EVERY_S))
