"""What became of texts of ours whose callbacks were lost: the carrier is asked, with growing pauses, for a day.

Each such text has a due row, which no sweep takes: asking the carrier is no work for a transaction. The row's epoch
counts the questions, and its time is moved on before one is asked, so that two workers never ask the same.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.database import Ground
from core.due import Due, cancel_due, claim_due, set_due
from core.log import get_logger
from core.metrics import sends
from core.unit_of_work import run
from hotline.carriers.channels.carrying import Channels
from hotline.carriers.protocol import CarrierUnavailable, RemoteText
from hotline.models import Attempt, Message, Send
from hotline.service.redacting import redact_ours
from hotline.service.statuses import SILENT_TEXT_S, TEXT_FATE, hold_thread, note_remote, report_send
from hotline.service.texts import note_message

log = get_logger(__name__)

#: The pause after each question is so many times the one before it.
_GROWTH = 3
#: After this long nobody at the carrier's side will say anything any more.
ASKED_FOR_S = 24 * 3600
#: A carrier that cannot be asked is asked again after this long, without counting the question.
_AWAY_S = 60


class TextFates:
    """Asks for one text after the other; any number of workers may run it side by side."""

    def __init__(self, ground: Ground, channels: Channels) -> None:
        self._ground = ground
        self._channels = channels

    def look(self, limit: int) -> int:
        """Ask for up to ``limit`` texts whose time has come; returns how many were asked for."""
        for asked in range(limit):
            attempt_id = run(self._ground, self._claim)
            if attempt_id is None:
                return asked
            try:
                self._ask(attempt_id)
            except CarrierUnavailable:
                log.warning("text_fates_carrier_away")
                return asked
        return limit

    @staticmethod
    def _claim(session: Session) -> UUID | None:
        row = claim_due(session, TEXT_FATE)
        if row is None:
            return None
        subject, epoch = row
        _ask_again(session, subject, SILENT_TEXT_S * _GROWTH ** (epoch + 1), epoch + 1)
        return UUID(subject)

    def _ask(self, attempt_id: UUID) -> None:
        attempt = run(self._ground, lambda session: session.get_one(Attempt, attempt_id))
        sid = str(attempt.carrier_sid)
        channel = self._channels.of_sid(sid)
        try:
            found = channel.find_text(sid) if channel else None
        except CarrierUnavailable:
            run(self._ground, lambda session: _not_answered(session, attempt_id))
            raise
        run(self._ground, lambda session: _settle(session, attempt_id, found))


def _ask_again(session: Session, subject: str, seconds: float, epoch: int) -> None:
    set_due(session, TEXT_FATE, subject, timedelta(seconds=seconds), epoch=epoch)


def _not_answered(session: Session, attempt_id: UUID) -> None:
    subject = str(attempt_id)
    epoch = session.scalars(select(Due.epoch).where(Due.kind == TEXT_FATE, Due.subject == subject)).first()
    if epoch is not None:
        _ask_again(session, subject, _AWAY_S, epoch - 1)


def _settle(session: Session, attempt_id: UUID, found: RemoteText | None) -> None:
    hold_thread(session, Message.send_id.in_(select(Attempt.send_id).where(Attempt.id == attempt_id)))
    attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
    if found is not None and attempt.state != "finished":
        note_remote(session, attempt, found.sid, found.status, found.error_code)
    if attempt.state == "finished":
        cancel_due(session, TEXT_FATE, str(attempt_id))
    elif database_now(session) >= attempt.started_at + timedelta(seconds=ASKED_FOR_S):
        _give_up(session, attempt)


def _give_up(session: Session, attempt: Attempt) -> None:
    """Whether it arrived will not be known: staff are told so, because they may count on it."""
    cancel_due(session, TEXT_FATE, str(attempt.id))
    send = session.get_one(Send, attempt.send_id)
    if send.public:
        redact_ours(session, attempt.carrier_sid)
    attempt.state, send.state = "unknown", "unknown"
    session.flush()
    sends.add(medium=send.medium, result="unknown")
    note_message(session, send, "unknown", attempt.error_code)
    report_send(session, send, "unknown", attempt.error_code)


__all__ = ["ASKED_FOR_S", "TextFates"]
