"""Status callbacks: each kept as it came, applied when the row it speaks of is known, never backwards."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from core.clock import after
from core.clock import now as database_now
from core.due import cancel_due, set_due
from core.facts import report
from core.ids import new_id
from core.statements import read_together
from hotline import status_rules
from hotline.events import SendEnded
from hotline.models import Attempt, Call, Contact, Leg, Message, Send, StatusEvent
from hotline.service import status_statements as statements
from hotline.service.call_back_ends import telephone_gone
from hotline.service.call_in_ends import note_over
from hotline.service.calls import leg_ended, leg_gone, never_met, note_status
from hotline.service.guests import gone as guest_gone
from hotline.service.holding import NotACallError, hold
from hotline.service.redacting import redact_ours
from hotline.service.running import hold_running, tell
from hotline.service.sending import end_leg
from hotline.service.texts import note_message
from hotline.shapes import SmsStatus, VoiceStatus

#: An accepted call whose callbacks never came is asked about after this long, and again.
SILENT_CALL_S = 90
#: A telephone that talks with her is asked about this often: if its end was lost on its way to us, she is alone.
TOGETHER_S = 10
#: An accepted text of whose end nothing was told is asked about after this long (`hotline.text_fates`).
SILENT_TEXT_S = 90
#: Due rows of such texts; the subject is the attempt's id.
TEXT_FATE = "hotline.text_fate"
#: Due rows of callbacks that wait for what they speak of; the subject is kind and SID. Each pause is thrice the last.
PARKED = "hotline.parked"
PARKED_S = 2
PARKED_LOOKS = 6


def voice_status(session: Session, status: VoiceStatus, token: str | None) -> None:
    """Keep a call's status and apply it to her call or to a leg; park it when neither is known yet."""
    _keep(session, "voice", status.call_sid, status.status, status.sequence, status.error_code, token)
    _apply_or_park(session, "voice", status.call_sid, token)


def sms_status(session: Session, status: SmsStatus, token: str | None) -> None:
    """Keep a message's status and apply it; park it when the message is not known yet."""
    _keep(session, "sms", status.message_sid, status.status, None, status.error_code, token)
    _apply_or_park(session, "sms", status.message_sid, token)


def _apply_or_park(session: Session, kind: str, sid: str, token: str | None, looks: int = 0) -> None:
    """Apply what was told of a SID, also what an earlier copy of this callback left lying.

    Whoever makes the SID known applies what was parked by then; a callback that commits between his look and his own
    commit would be seen by neither. So it is looked at again, a few times: a SID may also never become known.
    """
    if not (_apply_voice if kind == "voice" else _apply_sms)(session, sid, token) and looks < PARKED_LOOKS:
        set_due(session, PARKED, f"{kind}:{sid}", timedelta(seconds=PARKED_S * 3**looks), epoch=looks)


def look_at_parked(session: Session, kind: str, sid: str, looks: int) -> None:
    """Apply what is still parked for a SID."""
    parked = select(StatusEvent.token).where(
        StatusEvent.kind == kind, StatusEvent.carrier_sid == sid, StatusEvent.applied.is_(False)
    )
    tokens = session.scalars(parked).all()
    if tokens:
        _apply_or_park(session, kind, sid, next((token for token in tokens if token), None), looks + 1)


def _keep(
    session: Session,
    kind: str,
    sid: str,
    status: str,
    sequence: int | None,
    error_code: int | None,
    token: str | None,
) -> None:
    """Write the callback down, once."""
    row = {
        "id": new_id(),
        "kind": kind,
        "carrier_sid": sid,
        "status": status,
        "sequence": sequence,
        "error_code": error_code,
        "token": token,
    }
    statements.KEEP(session, row)


def apply_parked(session: Session, attempt: Attempt) -> None:
    """Apply callbacks that came before we knew the SID of an attempt."""
    if attempt.carrier_sid is None:
        return
    if attempt.medium == "voice":
        _apply_voice(session, attempt.carrier_sid, attempt.token)
    else:
        _apply_sms(session, attempt.carrier_sid, attempt.token)


def note_remote(session: Session, attempt: Attempt, sid: str, status: str, error_code: int | None) -> None:
    """What the carrier lists of this attempt counts like a callback; its own may have been lost."""
    _keep(session, attempt.medium, sid, status, None, error_code, None)
    apply_parked(session, attempt)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one callback said."""

    status: str
    error_code: int | None


def _take_events(session: Session, kind: str, sid: str) -> list[_Told]:
    rows = statements.TAKE.all(session, of_kind=kind, of_sid=sid)
    return [_Told(row.status, row.error_code) for row in rows]


def _apply_voice(session: Session, sid: str, token: str | None) -> bool:
    """Whether the call is known. Most callbacks end nothing: such a one costs two round trips and no mapper."""
    # What we asked for carries our token; her own call never does.
    if token is not None and _leg_advanced(session, sid):
        return True
    running, taken = hold_running(session, sid, (statements.TAKE_HERS, {"of_kind": "voice", "of_sid": sid}))
    if running is None:
        told = partial(_take_events, session, "voice", sid)
        return _apply_to_leg(session, sid, token) or note_over(session, sid, told)
    tell(session, running, sid, [event.status for event in taken])
    return True


class _Known(NamedTuple):
    """An attempt of ours, held, with what it was before and what it is by what was told of it."""

    id: UUID
    send_id: UUID
    before: status_rules.State
    after: status_rules.State
    #: Whether something of hers hangs on it: the call of a telephone, the contact of a text.
    hers: bool


def _known(session: Session, kind: str, sid: str) -> _Known | None:
    """The attempt that has this SID; None where no attempt has it yet."""
    values = {"of_sid": sid}
    hers, found, taken = read_together(
        session,
        (statements.HERS_OF[kind], values),
        (statements.KNOWN, values),
        (statements.TAKE_OURS, {**values, "of_kind": kind}),
    )
    if not found:
        return None
    attempt_id, send_id, status, error_code = found[0]
    advance = status_rules.advance_call if kind == "voice" else status_rules.advance_message
    before = after = status_rules.State(status, error_code)
    for told in taken:
        after = advance(after, told.status, told.error_code)
    return _Known(attempt_id, send_id, before, after, bool(hers))


def _note_known(session: Session, known: _Known) -> None:
    if known.after != known.before:
        row = {"of_id": known.id, "to_status": known.after.status, "to_code": known.after.error_code}
        statements.ADVANCE(session, row)


def _leg_advanced(session: Session, sid: str) -> bool:
    """Whether the telephone of staff with this SID is known; what was told of it is applied then."""
    known = _known(session, "voice", sid)
    if known is None:
        return False
    _note_known(session, known)
    if status_rules.call_is_over(known.after.status) or known.after.status == "in-progress":
        _note_leg(session, session.get_one(Attempt, known.id, populate_existing=True))
    elif known.after.status != known.before.status:
        statements.SET_LEG_STATUS(session, {"of_send": known.send_id, "to_status": known.after.status})
    return True


def apply_to_call(session: Session, contact: Contact, call: Call) -> None:
    """Apply what was told about her call and has not been applied, perhaps because it came before the call did."""
    for event in _take_events(session, "voice", call.carrier_sid):
        note_status(session, contact, call, event.status)


def apply_parked_to_call(session: Session, contact_id: UUID) -> None:
    """As :func:`apply_to_call`, for a call that was written without the mapper."""
    contact, call, _ = hold(session, contact_id)
    apply_to_call(session, contact, call)


def _apply_to_leg(session: Session, sid: str, token: str | None) -> bool:
    contact_id = session.scalars(
        select(Leg.contact_id).join(Attempt, Attempt.send_id == Leg.send_id).where(_known_as(sid, token)),
    ).first()
    if contact_id is not None:
        with suppress(NotACallError):
            hold(session, contact_id)
    attempt = _attempt(session, sid, token)
    if attempt is None:
        return False
    state = status_rules.State(attempt.status, attempt.error_code)
    for event in _take_events(session, "voice", sid):
        state = status_rules.advance_call(state, event.status, event.error_code)
    attempt.status, attempt.error_code = state.status, state.error_code
    _note_leg(session, attempt)
    return True


def _known_as(sid: str, token: str | None) -> ColumnElement[bool]:
    return Attempt.carrier_sid == sid if token is None else or_(Attempt.carrier_sid == sid, Attempt.token == token)


def _attempt(session: Session, sid: str, token: str | None) -> Attempt | None:
    """The attempt of a SID, or of the token in the callback's URL: that adopts the SID when our answer was lost."""
    attempt = session.scalars(
        select(Attempt).where(_known_as(sid, token)).with_for_update().execution_options(populate_existing=True),
    ).first()
    if attempt is None or attempt.carrier_sid not in {None, sid}:
        return None
    if attempt.carrier_sid is None:
        adopt(session, attempt, sid)
    return attempt


def adopt(session: Session, attempt: Attempt, sid: str) -> None:
    """The carrier has this attempt under ``sid``: it was accepted, whatever became of the answer to us.

    An attempt that was given up before the carrier told us stays closed: the next one to this address may be live.
    """
    attempt.carrier_sid = sid
    attempt.state = "accepted"
    attempt.live = attempt.live and attempt.medium == "voice"
    if attempt.medium == "sms":
        set_due(session, TEXT_FATE, str(attempt.id), timedelta(seconds=SILENT_TEXT_S))
    send = session.get_one(Send, attempt.send_id)
    hear_by(session, attempt, send)
    if send.state in {"claimed", "unknown", "waiting"}:
        send.state = "accepted"
    leg = session.get(Leg, send.leg_id) if send.leg_id else None
    if leg is not None and leg.carrier_sid is None:
        leg.carrier_sid = sid
        if send.cancelled_at is not None and leg.answered_at is None:
            end_leg(session, leg)
    session.flush()


def hear_by(session: Session, attempt: Attempt, send: Send) -> None:
    """Say when an accepted call of which nothing is heard is asked about."""
    leg = session.get(Leg, send.leg_id) if send.leg_id else None
    together = leg is not None and leg.joined_at is not None
    attempt.lease_until = database_now(session) + timedelta(seconds=TOGETHER_S if together else SILENT_CALL_S)


def came_together(session: Session, leg: Leg) -> None:
    """A telephone of staff entered the talking room: from now on it is asked about often."""
    session.execute(
        update(Attempt).where(Attempt.send_id == leg.send_id, Attempt.live).values(lease_until=after(TOGETHER_S)),
    )


def _note_leg(session: Session, attempt: Attempt) -> None:
    send = session.get_one(Send, attempt.send_id)
    leg = session.get(Leg, send.leg_id) if send.leg_id else None
    if leg is not None:
        leg.status = attempt.status or leg.status
        if attempt.status == "in-progress" and leg.answered_at is None:
            leg.answered_at = database_now(session)
    if not status_rules.call_is_over(attempt.status):
        session.flush()
        return
    attempt.live = False
    if attempt.state != "finished":
        attempt.state, attempt.ended_at = "finished", database_now(session)
        send.state = "finished"
        session.flush()
        if leg is not None:
            leg_over(session, leg, attempt.status or "completed", attempt.error_code)
    session.flush()


def leg_over(session: Session, leg: Leg, outcome: str, error_code: int | None = None, sent: str | None = None) -> None:
    """A telephone of staff is gone; reported once. ``sent`` is what became of its send, where it never rang."""
    if leg.ended_at is not None:
        return
    leg_gone(session, leg)
    never_met(session, leg)
    leg.ended_at, leg.status = database_now(session), outcome
    session.flush()
    report(session, leg_ended(leg))
    guest_gone(session, leg)
    telephone_gone(session, leg, outcome)
    send = session.get(Send, leg.send_id) if leg.send_id else None
    if send is not None:
        report_send(session, send, sent or ("delivered" if outcome == "completed" else "failed"), error_code)


def hold_thread(session: Session, *wanted: ColumnElement[bool]) -> None:
    """Lock the contact of a text before the text's send, in the order in which everybody comes to them."""
    session.execute(
        select(Contact.id)
        .join(Message, Message.contact_id == Contact.id)
        .where(*wanted)
        .with_for_update(of=Contact, key_share=True),
    )


def _apply_sms(session: Session, sid: str, token: str | None) -> bool:
    """Whether the text is known. What neither ends it nor is hers to see costs two round trips and no mapper."""
    known = _known(session, "sms", sid)
    if known is not None:
        _note_known(session, known)
        if known.hers or status_rules.message_is_final(known.after.status):
            ended = session.get_one(Attempt, known.id, populate_existing=True)
            _settle_text(session, ended, known.before.status, known.after)
        return True
    hold_thread(session, Message.send_id.in_(select(Attempt.send_id).where(_known_as(sid, token))))
    attempt = _attempt(session, sid, token)
    if attempt is None:
        return False
    state = status_rules.State(attempt.status, attempt.error_code)
    for event in _take_events(session, "sms", sid):
        state = status_rules.advance_message(state, event.status, event.error_code)
    before, attempt.status, attempt.error_code = attempt.status, state.status, state.error_code
    _settle_text(session, attempt, before, state)
    return True


def _settle_text(session: Session, attempt: Attempt, before: str | None, state: status_rules.State) -> None:
    send = session.get_one(Send, attempt.send_id)
    if status_rules.message_is_final(state.status):
        first = attempt.state != "finished"
        if first:
            cancel_due(session, TEXT_FATE, str(attempt.id))
            if send.public:
                redact_ours(session, attempt.carrier_sid)
        attempt.state, attempt.live = "finished", False
        attempt.ended_at = attempt.ended_at or database_now(session)
        send.state = "failed" if status_rules.message_failed(state.status) else "finished"
        session.flush()
        if first:
            report_send(session, send, "failed" if send.state == "failed" else "delivered", state.error_code)
    session.flush()
    if state.status != before:
        note_message(session, send, state.status or "accepted", state.error_code)


def report_send(session: Session, send: Send, outcome: str, error_code: int | None = None) -> None:
    """Tell the rooms above how a send ended."""
    contact_id: UUID | None = None
    if send.leg_id is not None:
        leg = session.get(Leg, send.leg_id)
        contact_id = leg.contact_id if leg else None
    report(
        session,
        SendEnded(
            contact_id,
            send.centre_id,
            send.id,
            send.medium,
            send.owner_kind,
            send.owner_ref,
            send.epoch,
            outcome,
            error_code,
        ),
    )
