"""The sending protocol: claim in one transaction, act outside, record in another; never a blind repeat.

Crash windows, each closed here: killed after the claim (the lease runs out, the carrier is asked, then it is tried
again); killed between the carrier's acceptance and the record (the callback's token or the look-up adopts the SID);
no answer from the carrier (``unknown``: never sent again before it was asked); stood still between the claim and the
request (its time is looked at once more, on a clock that goes on meanwhile).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import after
from core.clock import now as database_now
from core.database import Ground
from core.log import get_logger
from core.metrics import alarms, sends
from core.phones import is_never_dial
from core.unit_of_work import run, unit_of_work
from hotline.carriers.channels.carrying import Channels
from hotline.carriers.protocol import (
    Accepted,
    Carrier,
    CarrierUnavailable,
    Outcome,
    Refused,
    RemoteCall,
    RemoteText,
    Retry,
    Unknown,
)
from hotline.claims import HOPELESS, NEXT, Claimed, Passed, never_dialled, new_attempt
from hotline.models import Attempt, Leg, Message, Send
from hotline.paths import CALLBACK_PATIENCE, FALLBACK, ROOT, STEP_PATIENCE, of_her_leg, of_leg
from hotline.redactions import Redactions
from hotline.rules import retry_pause
from hotline.service.legs import RING_S
from hotline.service.statuses import (
    adopt,
    apply_parked,
    hear_by,
    hold_thread,
    leg_over,
    note_remote,
    report_send,
)
from hotline.service.texts import UNSURE, note_message
from hotline.service.voices import VOICE, as_wished, hold_told, note_told
from hotline.silent_attempts import ASK_AGAIN_S, Silent, silent_attempts
from hotline.text_fates import TextFates

log = get_logger(__name__)

GRACE_S = 15
MAX_ATTEMPTS = 3
#: How far the carrier's clock may be behind ours when we look for what it took.
_SKEW_S = 10
#: Texts emptied at the carrier in one round; somebody may wait for what else is asked in it.
_EMPTIED_AT_ONCE = 10


class Sender:
    """Asks the carrier for what the rows say; any number of workers may run it side by side."""

    def __init__(
        self,
        ground: Ground,
        carrier: Carrier,
        channels: Channels | None = None,
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without ``channels`` every text goes by the carrier."""
        self._ground = ground
        self._carrier = carrier
        self._channels = channels or Channels(carrier)
        self._steady = steady
        self._public_url = ground.settings.public_url
        self._text_fates = TextFates(ground, self._channels)
        self._redactions = Redactions(ground, self._channels)

    def round(self, *, limit: int = 50, seconds: float = math.inf) -> int:
        """End, claim, act and record up to ``limit`` sends; returns how many were asked for.

        None is begun after ``seconds``, by the process's own clock.
        """
        self._end_the_hopeless()
        done, end = 0, time.monotonic() + seconds
        for _ in range(limit):
            if time.monotonic() >= end:
                break
            claimed = run(self._ground, self._claim)
            if claimed is None:
                break
            if isinstance(claimed, Claimed):
                self._do(claimed)
                done += 1
        return done

    def _do(self, claimed: Claimed) -> None:
        outcome = self._act(claimed) if self._steady() < claimed.until else Retry()
        run(self._ground, lambda session: self._record(session, claimed, outcome))

    def _end_the_hopeless(self) -> None:
        """End what waits past its time, or under a permit that does not hold any more: it must not wait for ever."""

        def work(session: Session) -> None:
            hopeless = session.execute(HOPELESS).all()
            for send, is_late in hopeless:
                send.state = "expired" if is_late else "cancelled"
                session.flush()
                self._ended(session, send, send.state)

        run(self._ground, work)

    @staticmethod
    def _ended(session: Session, send: Send, outcome: str, error_code: int | None = None) -> None:
        if send.medium == "command":
            return
        sends.add(medium=send.medium, result=outcome)
        note_message(session, send, outcome, error_code)
        leg = session.get(Leg, send.leg_id) if send.leg_id else None
        if leg is not None and leg.ended_at is None:
            leg_over(session, leg, outcome, error_code, sent=outcome)
        else:
            report_send(session, send, outcome, error_code)

    def _claim(self, session: Session) -> Claimed | Passed | None:
        began = self._steady()
        row = session.execute(NEXT).one_or_none()
        if row is None:
            return None
        send, moment = row
        address = send.address
        is_refused = address is not None and send.medium != "command" and is_never_dial(address)
        if address is None or is_refused:
            send.state = "failed"
            session.flush()
            if address is not None:
                never_dialled(session, send, address)
            self._ended(session, send, "failed")
            return Passed()
        attempt = new_attempt(session, send, moment)
        if attempt is None:
            # Another worker is asking the same address at this moment; the row waits a second instead of spinning.
            send.not_before = moment + timedelta(seconds=1)
            return Passed()
        send.state, send.tries = "claimed", send.tries + 1
        left = (send.not_after - moment).total_seconds()
        return Claimed(
            attempt.id,
            send.id,
            send.medium,
            attempt.token,
            address,
            send.from_number,
            send.body,
            send.leg_id,
            as_wished(session, send.command),
            public=send.public,
            validity_s=max(int(left), 1),
            until=began + left,
        )

    def _act(self, claimed: Claimed) -> Outcome:
        url = self._public_url
        fallback = f"{url}{FALLBACK}{STEP_PATIENCE}"
        match claimed.medium:
            case "sms":
                channel = self._channels.of_line(claimed.from_number)
                return channel.send_text(
                    to=claimed.address,
                    from_=claimed.from_number,
                    body=claimed.body or "",
                    token=claimed.token,
                    status_url=f"{url}{channel.reports_to}",
                    validity_s=claimed.validity_s,
                )
            case "voice":
                return self._carrier.place_call(
                    to=claimed.address,
                    from_=claimed.from_number,
                    url=f"{url}{self._first_step(claimed)}{STEP_PATIENCE}",
                    fallback_url=fallback,
                    status_url=f"{url}{ROOT}/status{CALLBACK_PATIENCE}",
                    token=claimed.token,
                    timeout_s=min(RING_S, claimed.validity_s),
                    detect_machine=claimed.public,
                )
            case _:
                command = cast("dict[str, Any]", claimed.command)
                if command["do"] == "end":
                    return self._carrier.end_call(command["call_sid"])
                if command["do"] == VOICE:
                    return self._carrier.mute(command["call_sid"], room=command["room"], muted=command["muted"])
                target = f"{url}{command['path']}{STEP_PATIENCE}"
                return self._carrier.redirect_call(command["call_sid"], url=target, fallback_url=fallback)

    @staticmethod
    def _first_step(claimed: Claimed) -> str:
        leg_id = cast("UUID", claimed.leg_id)
        return of_her_leg(leg_id) if claimed.public else of_leg(leg_id, 0)

    def _record(self, session: Session, claimed: Claimed, outcome: Outcome) -> None:
        hold_thread(session, Message.send_id == claimed.send_id)
        hold_told(session, claimed.command)
        attempt = session.get_one(Attempt, claimed.attempt_id, with_for_update=True)
        send = session.get_one(Send, claimed.send_id, with_for_update=True)
        if attempt.state not in {"started", "unknown"}:
            return  # A callback or the look-up has recorded it meanwhile.
        match outcome:
            case Accepted(sid):
                self._accepted(session, attempt, send, sid)
                note_told(session, claimed.command)
            case Retry():
                soon = claimed.command is not None and claimed.command["do"] == VOICE
                self._again(session, attempt, send, 1 if soon else retry_pause(send.tries))
            case Refused(code, error_class):
                attempt.state, attempt.live, attempt.error_code = "failed", False, code
                send.state = "failed"
                session.flush()
                if error_class == "config_alarm":
                    log.error("carrier_refused", send=send.id, error_code=code)
                    alarms.add(kind="carrier_refused")
                self._ended(session, send, "failed", code)
            case Unknown() if send.medium == "command":
                self._again(session, attempt, send, 1)
            case Unknown():
                attempt.state = "unknown"
                attempt.lease_until = database_now(session) + timedelta(seconds=GRACE_S)
                send.state = "unknown"
                session.flush()

    def _accepted(self, session: Session, attempt: Attempt, send: Send, sid: str) -> None:
        if send.medium == "command":
            # A command speaks of a call that has a row of its own; its attempt keeps no SID.
            attempt.state, attempt.live, attempt.ended_at = "finished", False, database_now(session)
            send.state = "finished"
            session.flush()
            return
        adopt(session, attempt, sid)
        sends.add(medium=send.medium, result="accepted")
        note_message(session, send, "accepted")
        apply_parked(session, attempt)

    def _again(self, session: Session, attempt: Attempt, send: Send, pause_s: float) -> None:
        """The carrier surely did not take it: once more, unless its owner changed her mind in the meantime."""
        attempt.state, attempt.live, attempt.ended_at = "failed", False, database_now(session)
        if send.cancelled_at is not None:
            send.state = "cancelled"
            session.flush()
            self._ended(session, send, "cancelled")
            return
        send.state = "waiting"
        send.not_before = database_now(session) + timedelta(seconds=pause_s)
        session.flush()

    def reconcile(self, *, limit: int = 20) -> int:
        """Ask the carrier about attempts whose fate is unknown or silent; returns how many were looked at."""
        with unit_of_work(self._ground) as session:
            asked = silent_attempts(session, limit)
        for attempt in asked:
            self._look_up(attempt)
        return len(asked) + self._text_fates.look(limit) + self._redactions.look(_EMPTIED_AT_ONCE)

    def _look_up(self, asked: Silent) -> None:
        found: tuple[RemoteCall, ...] | tuple[RemoteText, ...] | None = ()
        since = asked.started_at - timedelta(seconds=_SKEW_S)
        try:
            if asked.medium == "voice" and asked.sid is not None:
                known = self._carrier.find_call(asked.sid)
                found = () if known is None else (known,)
            elif asked.medium == "voice" and asked.address is not None:
                found = self._carrier.find_calls(asked.address, since)
            elif asked.medium == "sms" and asked.address is not None:
                found = self._channels.of_line(asked.from_number).find_texts(asked.address, since)
        except CarrierUnavailable:
            run(self._ground, lambda session: self._extend(session, asked.id))
            return
        run(self._ground, lambda session: self._settle(session, asked.id, found))

    @staticmethod
    def _extend(session: Session, attempt_id: UUID) -> None:
        session.execute(update(Attempt).where(Attempt.id == attempt_id).values(lease_until=after(ASK_AGAIN_S)))

    def _settle(
        self,
        session: Session,
        attempt_id: UUID,
        found: tuple[RemoteCall, ...] | tuple[RemoteText, ...] | None,
    ) -> None:
        """Settle what the look-up found; ``found`` is None where nothing can be looked up."""
        listed = found or ()
        hold_thread(session, Message.send_id.in_(select(Attempt.send_id).where(Attempt.id == attempt_id)))
        attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
        send = session.get_one(Send, attempt.send_id, with_for_update=True)
        if not attempt.live:
            return
        if attempt.carrier_sid is not None:
            hear_by(session, attempt, send)
            self._note_remote(session, attempt, listed)
            return
        if attempt.lease_until > database_now(session):
            return
        if attempt.medium == "command":
            self._again(session, attempt, send, 0)
            return
        known = set(
            session.scalars(select(Attempt.carrier_sid).where(Attempt.carrier_sid.in_([item.sid for item in listed]))),
        )
        mine = [item for item in listed if not item.inbound and item.sid not in known]
        if mine:
            adopt(session, attempt, mine[-1].sid)
            note_message(session, send, "accepted")
            self._note_remote(session, attempt, listed)
        elif attempt.state == "started":
            # First look after a lost lease: the carrier's list may lag, so it gets the grace before we ask again.
            attempt.state, send.state = "unknown", "unknown"
            attempt.lease_until = database_now(session) + timedelta(seconds=GRACE_S)
            session.flush()
        elif found is None:
            # It may have been taken, and nobody can be asked. A second copy is never sent without a person's word.
            self._left_unsure(session, attempt, send)
        elif attempt.number >= MAX_ATTEMPTS:
            attempt.state, attempt.live, send.state = "failed", False, "failed"
            session.flush()
            self._ended(session, send, "failed")
        else:
            self._again(session, attempt, send, 0)

    @staticmethod
    def _left_unsure(session: Session, attempt: Attempt, send: Send) -> None:
        attempt.state, attempt.live, send.state = "unknown", False, "unknown"
        session.flush()
        sends.add(medium=send.medium, result="unknown")
        note_message(session, send, UNSURE)
        report_send(session, send, "unknown")

    @staticmethod
    def _note_remote(
        session: Session,
        attempt: Attempt,
        found: tuple[RemoteCall, ...] | tuple[RemoteText, ...],
    ) -> None:
        for item in found:
            if item.sid == attempt.carrier_sid:
                error_code = item.error_code if isinstance(item, RemoteText) else None
                note_remote(session, attempt, item.sid, item.status, error_code)
