"""Asks the carrier for calls and messages that we never saw: a webhook may be lost on its way to us.

Itself a due row: whichever worker takes it asks, and sets it due again in the same transaction, so it never stops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from core.clock import after, koza_now
from core.clock import now as database_now
from core.database import Ground
from core.due import Due, set_due
from core.log import get_logger
from core.metrics import alarms
from core.unit_of_work import run, unit_of_work
from hotline.carriers.protocol import Carrier, CarrierUnavailable, RemoteCall, RemoteText
from hotline.form_fields import ShapeError
from hotline.models import Call, InboxEntry, Quarantined
from hotline.service.calls import note_status
from hotline.service.holding import NotACallError, held
from hotline.service.inbox import Event, quarantine
from hotline.shapes import raw_form
from hotline.trunks import listed

log = get_logger(__name__)

KIND = "hotline.reconcile"
EVERY_S = 60
#: How far back each look goes; a webhook that comes later than this after its event was retried all that time.
LOOK_BACK_S = 600
#: After an outage of ours a look goes back to the last one that succeeded, but no further than this.
OLDEST_S = 7 * 86400
#: An open call of which nothing was heard for this long is asked about, and again after as long.
SILENT_S = 180
#: Before she talks with somebody her call asks for something every quarter of a minute. Without that for this long she
#: is probably gone, and while nobody asks, staff are called for a caller who is not there.
SILENT_WAITING_S = 45
_ASKED_AT_ONCE = 50
#: An event this young is probably on its way.
SETTLING_S = 20

#: What became of an event that was missing: it is in, set aside for a person, or to be tried again.
Taking = Literal["taken", "aside", "failed"]
Work = Callable[[Session, Mapping[str, list[str]], Mapping[str, Any]], str]


class Reconciler:
    """Inserts what the carrier has and we have not, through the same door as a webhook, marked late."""

    def __init__(self, ground: Ground, carrier: Carrier, works: Mapping[str, Work]) -> None:
        self._ground = ground
        self._carrier = carrier
        self._works = works

    def tick(self) -> int:
        """Look if it is time; returns how many events were missing. Calls that fell silent are asked for each time."""
        try:
            self._end_silent_calls()
        except CarrierUnavailable:
            log.warning("reconcile_carrier_away")
            return 0
        due = run(self._ground, self._claim)
        if due is None:
            return 0
        moment, looked_to = due
        since = max(min(looked_to, moment) - timedelta(seconds=LOOK_BACK_S), moment - timedelta(seconds=OLDEST_S))
        try:
            texts = self._carrier.list_inbound_texts(since)
            calls = self._carrier.list_inbound_calls(since)
        except CarrierUnavailable:
            log.warning("reconcile_carrier_away")
            return 0
        settled = moment - timedelta(seconds=SETTLING_S)
        missed_texts = self._missing("sms", {text.sid: text for text in texts if text.created_at <= settled})
        missed_calls = self._missing("voice", {call.sid: call for call in calls if call.created_at <= settled})
        done = [self._insert("sms", text.sid, self._text_form(text), moment, text.created_at) for text in missed_texts]
        for call in missed_calls:
            done.append(self._insert("voice", call.sid, self._call_form(call), moment, call.created_at))
            if done[-1] == "taken":
                self._insert("voice_status", call.sid, self._call_form(call), moment, call.created_at)
        if "failed" not in done:
            run(self._ground, lambda session: self._looked_to(session, moment))
        return done.count("taken")

    def _claim(self, session: Session) -> tuple[datetime, datetime] | None:
        """Take this minute's look: (now, up to when everything is known). The row's epoch keeps that in minutes."""
        due = session.execute(
            update(Due)
            .where(Due.kind == KIND, Due.subject == "all", Due.at <= koza_now())
            .values(at=after(EVERY_S))
            .returning(Due.epoch),
        ).first()
        moment = database_now(session)
        if due is None:
            known = session.execute(select(Due.id).where(Due.kind == KIND, Due.subject == "all")).first()
            if known is None:
                set_due(session, KIND, "all", koza_now())
            return None
        return moment, datetime.fromtimestamp(due.epoch * 60, UTC) if due.epoch else moment

    @staticmethod
    def _looked_to(session: Session, moment: datetime) -> None:
        session.execute(
            update(Due).where(Due.kind == KIND, Due.subject == "all").values(epoch=int(moment.timestamp()) // 60),
        )

    def _end_silent_calls(self) -> None:
        """Ask for calls that are open here and of which nothing was heard for long: their end may have been lost."""
        with unit_of_work(self._ground) as session:
            silent = session.scalars(
                select(Call.carrier_sid)
                .where(
                    Call.ended_at.is_(None),
                    or_(
                        Call.last_seen_at < koza_now() - timedelta(seconds=SILENT_S),
                        and_(
                            Call.stage != "talking",
                            Call.last_seen_at < koza_now() - timedelta(seconds=SILENT_WAITING_S),
                        ),
                    ),
                )
                .order_by(Call.last_seen_at)
                .limit(_ASKED_AT_ONCE),
            ).all()
        for sid in silent:
            found = self._carrier.find_call(sid)
            run(self._ground, partial(self._heard, sid=sid, status=found.status if found else "failed"))

    @staticmethod
    def _heard(session: Session, *, sid: str, status: str) -> None:
        try:
            contact, call, moment = held(session, sid)
        except NotACallError:
            return
        call.last_seen_at = moment
        note_status(session, contact, call, status)

    def _missing(self, kind: str, found: Mapping[str, Any]) -> list[Any]:
        with unit_of_work(self._ground) as session:
            known = {
                key
                for table in (InboxEntry, Quarantined)
                for key in session.scalars(select(table.key).where(table.kind == kind, table.key.in_(list(found))))
            }
        return [item for sid, item in reversed(list(found.items())) if sid not in known]

    def _insert(
        self,
        kind: str,
        sid: str,
        form: Mapping[str, list[str]],
        moment: datetime,
        created_at: datetime,
    ) -> Taking:
        """Take one event in; one that cannot be taken keeps no other from it, and is tried at the next look.

        One that no shape of ours fits will fit none at the next look either: it waits in quarantine for a person.
        """
        late = max(int((moment - created_at).total_seconds()), 0)
        work = self._works[kind]
        try:
            run(self._ground, lambda session: work(session, form, {"late_seconds": late}))
        except ShapeError as error:
            log.warning("reconcile_shape_refused", kind=kind, reason=error.code)
            event = Event(kind, sid, self._ground.settings.twilio_account_sid, raw_form(form), ())
            run(self._ground, lambda session: quarantine(session, event))
            return "aside"
        except Exception:
            log.exception("reconcile_failed", kind=kind)
            alarms.add(kind="journal")
            return "failed"
        log.warning("reconcile_inserted", kind=kind, late=late)
        return "taken"

    def _text_form(self, text: RemoteText) -> Mapping[str, list[str]]:
        return {
            "MessageSid": [text.sid],
            "AccountSid": [self._ground.settings.twilio_account_sid],
            "From": [text.sender],
            "To": [text.recipient],
            "Body": [text.body],
            "NumMedia": ["0"],
        }

    def _call_form(self, call: RemoteCall) -> Mapping[str, list[str]]:
        settings = self._ground.settings
        form = {
            "CallSid": [call.sid],
            "AccountSid": [settings.twilio_account_sid],
            "From": [call.caller],
            "To": [call.called],
            "CallStatus": [call.status],
            "Direction": ["inbound"],
        }
        return listed(settings.sip_trunks, form)
