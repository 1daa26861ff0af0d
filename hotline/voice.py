"""What each request of a running call gets: the state is read, perhaps moved, and turned into TwiML."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now as database_now
from core.crypto import new_data_key
from core.facts import report
from hotline import voice_scripts
from hotline.events import LegAnswered
from hotline.models import FALLBACK, Call, Contact, Leg, Send
from hotline.paths import ROOT, SAFE_SCREEN, STAFF_KEYS, of_contact, of_leg
from hotline.rules import MAX_POLLS, language_of
from hotline.service import calls, holding
from hotline.service.inbox import Event, repeated, take_in
from hotline.service.statuses import came_together
from hotline.shapes import VoiceStep
from staff import queries as staff_queries
from staff import service as staff
from staff.queries import LineRow

#: Who acts when a key on a telephone decides.
_PHONE = system("telephone")


def greet(contact_id: UUID, _line: LineRow) -> str:
    """The answer to a first ring."""
    return voice_scripts.greeting(of_contact("menu", contact_id))


def waiting_room(contact_id: UUID, *, quiet: bool) -> str:
    """Into the waiting room; needs no row, so it also serves while the database is away."""
    return voice_scripts.enter_waiting_room(
        "waiting",
        wait_url=of_contact("wait", contact_id, quiet=quiet),
        action=of_contact("left", contact_id, quiet=quiet),
    )


def wait_without_database(contact_id: UUID, *, quiet: bool, round_: int) -> str:
    """Let her wait on in silence while nothing can be read."""
    if quiet:
        return voice_scripts.wait_in_silence(of_contact("wait", contact_id, quiet=True, round_=round_))
    return voice_scripts.wait_chunk(of_contact("wait", contact_id), language="tr", prompts=())


def _quiet(call: Call) -> bool:
    return call.danger_at is not None


def danger(session: Session, contact_id: UUID) -> None:
    """She pressed 5, now or at an earlier step; it counts also when her call is over by now."""
    contact, call, _ = holding.hold(session, contact_id)
    calls.signal_danger(session, contact, call)


def _language(contact: Contact) -> str:
    return contact.language or "tr"


def arrived_in_danger(session: Session, call_sid: str, *, late: bool) -> str:
    """Her first request or a repetition of it says that she pressed 5: no greeting, and into the waiting room.

    One that comes late only says so: she may be speaking with the duty telephone.
    """
    held = holding.held(session, Call.carrier_sid == call_sid)
    contact, call, _ = held
    calls.signal_danger(session, contact, call)
    if late:
        return ""
    if call.stage == "greeting":
        calls.wait(session, contact, call)
    return _where_she_belongs(session, held)


def menu(session: Session, contact_id: UUID, digits: str, event: Event) -> str:
    """Her key at the greeting, or none: on into the waiting room in every case."""
    contact, call, _ = holding.hold(session, contact_id)
    answer = waiting_room(contact_id, quiet=_quiet(call))
    key_id = contact.data_key_id or new_data_key(session)
    known = take_in(session, event, contact_id=contact_id, data_key_id=key_id, answer=answer)
    if known is not None:
        return known.answer
    if call.ended_at is not None:
        return answer
    language = language_of(digits)
    if language is not None:
        calls.choose_language(session, contact, language)
    if call.stage == "greeting":
        calls.wait(session, contact, call)
    return answer


def hung_up(session: Session, contact_id: UUID, step: VoiceStep) -> None:
    """A request of her call says that it is over: as good as the status callback, which may get lost."""
    contact, call, _ = holding.hold(session, contact_id)
    calls.note_status(session, contact, call, step.status)


def wait(session: Session, contact_id: UUID, *, quiet: bool) -> str:
    """One poll of the waiting room. ``quiet``: its URL knows already that she pressed 5."""
    contact, call, moment = holding.hold(session, contact_id)
    before, call.last_seen_at, call.polls = call.last_seen_at, moment, call.polls + 1
    if call.stage == "greeting":
        # What the greeting was answered with has not reached the database yet; she waits already.
        calls.wait(session, contact, call)
    if calls.past_deadline(call, moment):
        calls.reach_last_rung(session, contact, call)
    if call.stage != "waiting" or _quiet(call) is not quiet:
        # The room's own URLs are fixed when she enters it: after her 5 she enters it anew, under those that know.
        return voice_scripts.leave_waiting_room()
    since = call.waiting_since or contact.received_at
    first = call.polls == 1 or before < since  # she may wait a second time, after a conversation
    return voice_scripts.wait_chunk(
        of_contact("wait", contact_id, quiet=quiet),
        language=_language(contact),
        prompts=voice_scripts.wait_prompts(
            (moment - since).total_seconds(),
            None if first else (before - since).total_seconds(),
            returned=contact.answered_at is not None,
        ),
        silent=quiet,
    )


def left(session: Session, contact_id: UUID, step: VoiceStep) -> str:
    """She is out of the waiting room: to the talking room, to the last rung, or back in."""
    held = holding.hold(session, contact_id)
    contact, call, moment = held
    if step.queue_result == "hangup" or call.ended_at is not None:
        return voice_scripts.hang_up()
    if calls.past_deadline(call, moment):
        calls.reach_last_rung(session, contact, call)
    if step.queue_result in {"queue-full", "error", "system-error"} and call.stage == "waiting":
        # The room has no place for her or broke: a breath, so that she does not come back at once and for ever.
        return voice_scripts.one_moment(
            of_contact("again", contact_id, quiet=_quiet(call)),
            language=_language(contact),
            silent=_quiet(call),
        )
    return _where_she_belongs(session, held)


def join(session: Session, contact_id: UUID) -> str:
    """Her call was redirected because somebody took her."""
    return _where_she_belongs(session, holding.hold(session, contact_id))


def again(session: Session, contact_id: UUID) -> str:
    """Her call was redirected because she was left alone: she waits again, first of all."""
    return _where_she_belongs(session, holding.hold(session, contact_id))


def _where_she_belongs(session: Session, held: holding.Held) -> str:
    """What a request of her call gets by the stage it has now; a command that comes late moves nobody back."""
    contact, call, _ = held
    if call.ended_at is not None:
        return voice_scripts.hang_up()
    if call.stage in {"joining", *calls.ROOM}:
        return _talking_room(session, contact, call)
    if call.stage == "last_rung":
        return _last_rung(session, contact, call)
    return waiting_room(contact.id, quiet=_quiet(call))


def _talking_room(session: Session, contact: Contact, call: Call) -> str:
    calls.joined(session, contact, call)
    return voice_scripts.join_room(
        call.conference,
        action=of_contact("over", contact.id, quiet=_quiet(call)),
        status_url=f"{ROOT}/conference",
        caller=True,
    )


def over(session: Session, contact_id: UUID) -> str:
    """The talking room let her go without her hanging up: back to waiting, unless her call was ended by us."""
    held = holding.hold(session, contact_id)
    contact, call, _ = held
    if contact.ended_by == "staff":
        return voice_scripts.hang_up()
    if call.ended_at is None and call.stage in calls.ROOM:
        calls.wait_again(session, contact, call, 0)
    return _where_she_belongs(session, held)


def rung(session: Session, contact_id: UUID) -> str:
    """The last rung, or the talking room where somebody took her in the meantime."""
    held = holding.hold(session, contact_id)
    if calls.past_deadline(held.call, held.moment):
        calls.reach_last_rung(session, held.contact, held.call)
    return _where_she_belongs(session, held)


def _last_rung(session: Session, contact: Contact, call: Call) -> str:
    """The fallback telephone, then the closing sentence; after key 5 no sentence, and over again."""
    line = staff_queries.line_by_id(session, contact.line_id)
    fallback = line.fallback_number if line else None
    return voice_scripts.last_rung(
        [fallback] if fallback else [],
        action=of_contact("rung-over", contact.id, quiet=_quiet(call)),
        screen=SAFE_SCREEN,
        again=of_contact("rung", contact.id, quiet=_quiet(call)),
        caller_id=line.number if line else "",
        language=_language(contact),
        silent=_quiet(call),
    )


def rung_over(session: Session, contact_id: UUID, step: VoiceStep) -> str:
    """The fallback telephone was rung."""
    held = holding.hold(session, contact_id)
    contact, call, _ = held
    if call.stage != "last_rung":
        return _where_she_belongs(session, held)
    return voice_scripts.after_duty(
        languages=(_language(contact),),
        again=of_contact("rung", contact_id, quiet=_quiet(call)),
        talked=step.talked,
        silent=_quiet(call),
    )


def leg(session: Session, leg_id: UUID, number: int, step: VoiceStep, event: Event, digits: str) -> str:
    """A telephone of staff answered (step 0) or entered ``digits``; the answer of each step is kept.

    The locks come before the look into the inbox: a copy of the same request must not press the key twice.
    """
    contact_id = session.execute(select(Leg.contact_id).where(Leg.id == leg_id)).scalar()
    if contact_id is not None:
        with suppress(holding.NotACallError):
            holding.hold(session, contact_id)
    row = session.get(Leg, leg_id, with_for_update=True)
    if row is None:
        return voice_scripts.hang_up()
    known = repeated(session, event)
    if known is not None:
        return known.answer
    row.carrier_sid = row.carrier_sid or step.call_sid
    row.answered_at = row.answered_at or database_now(session)
    session.flush()
    if number > 0 and row.next is None and row.polls == 0:
        _entered(session, row, digits)
        session.refresh(row)
    answer = _next_document(session, row, number)
    key_id = row.data_key_id or new_data_key(session)
    row.data_key_id = key_id
    session.flush()
    take_in(session, event, contact_id=row.contact_id or row.id, data_key_id=key_id, answer=answer)
    return answer


def _entered(session: Session, row: Leg, digits: str) -> None:
    if row.purpose == FALLBACK:
        _tried(session, row, digits)
        return
    asked = row.script.get("ask", "pin" if row.purpose == "page" else "key")
    digit = digits[:1] if asked != "pin" else "pin" if digits else ""
    if digit not in {*STAFF_KEYS, "pin"}:
        _dismiss(session, row, "goodbye")
        return
    if digit == "pin":
        row.digits = digits
        session.flush()
    if row.purpose == "desk" and digit == "1" and row.contact_id is not None:
        _meet(session, row, row.contact_id)
        return
    report(
        session,
        LegAnswered(row.contact_id, row.centre_id, row.id, row.purpose, row.ref, row.account_id, digit),
    )
    if row.purpose == "desk" and row.next is None:
        _dismiss(session, row, "declined")


def _tried(session: Session, row: Leg, digits: str) -> None:
    """A fallback telephone was tried; the number of the call counts, not the one that the lines have by now."""
    address = session.get_one(Send, row.send_id).address
    if digits[:1] == "1" and address is not None:
        staff.prove_fallback(session, _PHONE, row.centre_id, address)
        _dismiss(session, row, "fallback_proven")
    else:
        _dismiss(session, row, "goodbye")


def _dismiss(session: Session, row: Leg, prompt: str) -> None:
    row.next = {"do": "dismiss", "prompt": prompt}
    session.flush()


def _meet(session: Session, row: Leg, contact_id: UUID) -> None:
    """The operator's own telephone answered: the two meet, unless she is gone or with somebody else by now."""
    try:
        contact, call = holding.call_of(session, contact_id)
        if call.stage in {"joining", *calls.ROOM} and contact.owner_id != row.account_id:
            _dismiss(session, row, "taken")
            return
        calls.join(session, _PHONE, contact_id, row.id)
    except holding.NotACallError:
        _dismiss(session, row, "goodbye")


def _next_document(session: Session, row: Leg, number: int) -> str:
    following = of_leg(row.id, number + 1)
    verdict = row.next or {}
    do = verdict.get("do")
    if do == "join" and row.contact_id is not None:
        return _staff_room(session, row)
    if do == "dismiss":
        return voice_scripts.say_and_hang_up(str(verdict["prompt"]), language=row.language)
    if do == "page":
        return _tell_page(session, row, verdict["about"], following)
    if do == "say":
        return _say(session, row, verdict["prompt"], verdict["then"], following)
    if number == 0:
        return _first_document(row, following)
    row.polls += 1
    if row.polls > MAX_POLLS:
        return voice_scripts.say_and_hang_up("goodbye", language=row.language)
    return voice_scripts.one_moment(following, language=row.language, staff=True)


def _first_document(row: Leg, following: str) -> str:
    if row.purpose == "page":
        return voice_scripts.ask_pin(following, language=row.language)
    if row.purpose == FALLBACK:
        return voice_scripts.ask_staff(following, ("fallback_trial",), language=row.language)
    hint = row.script.get("hint") or {}
    return voice_scripts.offer(
        following,
        level=int(hint.get("level", 2)),
        caller_language=row.script.get("caller_language"),
        province=hint.get("province"),
        repeated=bool(row.script.get("repeat")),
        returned=bool(hint.get("returned")),
        language=row.language,
    )


def _tell_page(session: Session, row: Leg, about: dict[str, Any], following: str) -> str:
    row.next, row.polls = None, 0
    row.script = {**row.script, "ask": "menu"}
    session.flush()
    return voice_scripts.page(following, language=row.language, **about)


def _say(session: Session, row: Leg, prompt: str, then: voice_scripts.Then, following: str) -> str:
    row.next, row.polls = None, 0
    row.script = {**row.script, "ask": then}
    session.flush()
    return voice_scripts.say_then(prompt, then, action=following, language=row.language)


def _staff_room(session: Session, row: Leg) -> str:
    call = session.get_one(Call, row.contact_id)
    row.joined_at = database_now(session)
    session.flush()
    calls.company_came(session, row)
    came_together(session, row)
    return voice_scripts.join_room(
        call.conference,
        action=f"{ROOT}/leg-over/{row.id}",
        status_url=f"{ROOT}/conference",
        caller=False,
    )


def leg_over(session: Session, leg_id: UUID) -> str:
    """A telephone of staff is out of the talking room."""
    row = session.get(Leg, leg_id)
    if row is not None and row.carrier_sid is not None:
        calls.left_room(session, row.carrier_sid)
    return voice_scripts.hang_up()


__all__ = [
    "again",
    "arrived_in_danger",
    "danger",
    "greet",
    "hung_up",
    "join",
    "left",
    "leg",
    "leg_over",
    "menu",
    "over",
    "rung",
    "rung_over",
    "wait",
    "wait_without_database",
    "waiting_room",
]
