"""Empties texts at the carrier, one after the other, until each is empty there or gone.

Each has a due row, which no sweep takes: asking the carrier is no work for a transaction. The row's epoch counts the
tries, and its time is moved on before one is made, so that two workers never try the same. Emptying twice is once.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.database import Ground
from core.due import Due, cancel_due, claim_due, set_due
from core.log import get_logger
from core.metrics import alarms
from core.unit_of_work import run
from hotline.carriers.channels.carrying import Channels
from hotline.carriers.protocol import Accepted, Outcome, Refused
from hotline.service.redacting import REDACT

log = get_logger(__name__)

#: The first pause, and so many times the one before it, up to the last.
_PAUSE_S = 60
_GROWTH = 3
_LONGEST_S = 24 * 3600
#: When the next of many are emptied.
_NEXT_S = 20
#: The carrier has no such text (any more).
_GONE = 20404


class Redactions:
    """Empties what is due; any number of workers may run it side by side."""

    def __init__(self, ground: Ground, channels: Channels) -> None:
        self._ground = ground
        self._channels = channels

    def look(self, limit: int) -> int:
        """Empty up to ``limit`` texts whose time has come; returns how many were tried."""
        for tried in range(limit):
            sid = run(self._ground, self._claim)
            if sid is None:
                return tried
            channel = self._channels.of_sid(sid)
            outcome: Outcome = Refused(_GONE, "permanent") if channel is None else channel.redact_text(sid)
            if _done(outcome):
                run(self._ground, partial(_end, sid=sid))
            elif not isinstance(outcome, Refused):
                # The carrier is away: whatever else is due would meet the same.
                run(self._ground, partial(_put_off, seconds=_PAUSE_S))
                return tried + 1
        run(self._ground, partial(_put_off, seconds=_NEXT_S))
        return limit

    @staticmethod
    def _claim(session: Session) -> str | None:
        row = claim_due(session, REDACT)
        if row is None:
            return None
        subject, epoch = row
        pause = min(_PAUSE_S * _GROWTH ** min(epoch, 9), _LONGEST_S)
        set_due(session, REDACT, subject, timedelta(seconds=pause), epoch=epoch + 1)
        return subject


def _put_off(session: Session, *, seconds: float) -> None:
    """What is left of many is not late: nobody waits for it, and a row long overdue would say that the worker is."""
    left = select(Due.id).where(Due.kind == REDACT, Due.at <= koza_now()).with_for_update(skip_locked=True)
    session.execute(update(Due).where(Due.id.in_(left)).values(at=after(seconds)))


def _end(session: Session, *, sid: str) -> None:
    cancel_due(session, REDACT, sid)


def _done(outcome: Outcome) -> bool:
    if isinstance(outcome, Refused) and outcome.error_class == "config_alarm":
        log.error("carrier_refused", kind=REDACT, error_code=outcome.code)
        alarms.add(kind="carrier_refused")
    return isinstance(outcome, Accepted) or (isinstance(outcome, Refused) and outcome.code == _GONE)


__all__ = ["Redactions"]
