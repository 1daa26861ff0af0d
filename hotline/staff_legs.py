"""What each request of a telephone of staff gets: its question, the wait for a decision, the way to her.

Who presses 5 may have a violent man beside her, and a voice on her telephone is heard in the room. So whoever is to be
joined with her is told beforehand to listen first and to speak low; she herself hears nothing of it. And he is joined
muted, until he turns his voice on at his screen. Who took her on a telephone alone has no screen for it, and in the
room the carrier tells us of no key: so he is asked before how he wants to be joined.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now as database_now
from core.crypto import new_data_key
from core.facts import report
from hotline import call_ins, staff_scripts, voice_scripts
from hotline.events import LegAnswered
from hotline.models import CALL_IN, CALLER, COACH, FALLBACK, GUEST, INTERPRETER, LISTENER, TRIAL, Call, Leg, Send
from hotline.paths import ROOT, STAFF_KEYS, of_leg
from hotline.rules import DURESS_KEY, MAX_POLLS
from hotline.service import calls, guests, holding, listeners, listening
from hotline.service.browser import answered_by_hand
from hotline.service.call_back_rows import hold_call_back
from hotline.service.company import ASKED_AT, ASKED_VOICE
from hotline.service.inbox import Event, repeated, take_in
from hotline.service.statuses import came_together
from hotline.shapes import VoiceStep
from hotline.twiml import Play, Say
from hotline.voice_scripts import DEFAULT_SPEAKER
from staff import service as staff

#: Who acts when a key on a telephone decides.
_PHONE = system("telephone")
#: The warning is the first that a question says, and a key cuts it short: who pressed earlier has not heard it all.
WARNING_S: Final = 8.0
#: In a leg's script: when the warning was last given to it, and how it chose to be joined.
_WARNED: Final = "warned"
_VOICE: Final = "voice"
#: What is asked of a telephone that is told nothing of her.
_ASKED: Final = {FALLBACK: "fallback_trial", CALLER: "call_back_ask", TRIAL: "trial_call"}
#: Who took her on a telephone alone, or was called in and may not open her page.
_WITHOUT_SCREEN: Final = frozenset({"offer", "page", GUEST})


def leg(session: Session, leg_id: UUID, number: int, step: VoiceStep, event: Event, digits: str) -> str:
    """A telephone of staff answered (step 0) or entered ``digits``; the answer of each step is kept.

    The locks come before the look into the inbox: a copy of the same request must not press the key twice.
    """
    her = _her_call(session, leg_id)
    row = session.get(Leg, leg_id, with_for_update=True)
    if row is None:
        return voice_scripts.hang_up()
    known = repeated(session, event)
    if known is not None:
        return known.answer
    row.carrier_sid = row.carrier_sid or step.call_sid
    row.answered_at = row.answered_at or database_now(session)
    session.flush()
    if number == 0 and row.next is None and row.contact_id is not None and answered_by_hand(row):
        _meet(session, row, row.contact_id)
        session.refresh(row)
    if number > 0 and row.next is None and row.polls == 0:
        _entered(session, row, digits)
        session.refresh(row)
    answer = _next_document(session, row, number, her)
    key_id = row.data_key_id or new_data_key(session)
    row.data_key_id = key_id
    session.flush()
    take_in(session, event, contact_id=row.contact_id or row.id, data_key_id=key_id, answer=answer)
    return answer


def _her_call(session: Session, leg_id: UUID) -> holding.Held | None:
    """Her call with whom this telephone may be joined, locked; and the call back that it belongs to."""
    known = session.execute(select(Leg.contact_id, Leg.purpose, Leg.ref).where(Leg.id == leg_id)).one_or_none()
    if known is not None and known.purpose == CALLER:
        hold_call_back(session, UUID(known.ref))
    contact_id = known.contact_id if known is not None else None
    if contact_id is None:
        return None
    try:
        return holding.hold(session, contact_id)
    except holding.NotACallError:
        return None


def _warns(row: Leg, her: holding.Held | None) -> bool:
    """Whether this document says that she may be unable to speak: by the mark as it is now, not when it began to ring.

    Who has hung up is overheard by nobody any more: then her page says nothing of it.
    """
    if her is None or not her.contact.danger or her.call.ended_at is not None:
        return False
    row.script = {**row.script, _WARNED: her.moment.timestamp()}
    return True


def _warns_at_last(row: Leg, her: holding.Held | None) -> bool:
    """Whether it is said once more on the way to her, where no key cuts it short.

    That keeps her waiting for some seconds, so only to whom has not heard it: she pressed 5 after the question was
    put, or the key came before the sentence was over, as from everybody who knows the question by heart.
    """
    since = row.script.get(_WARNED)
    heard = since is not None and her is not None and her.moment.timestamp() - since >= WARNING_S
    return not heard and _warns(row, her)


def _entered(session: Session, row: Leg, digits: str) -> None:
    if row.purpose == FALLBACK:
        _tried(session, row, digits)
        return
    if row.purpose == CALL_IN and row.account_id is None:
        call_ins.entered(session, row, digits)
        return
    asked = row.script.get("ask", "pin" if row.purpose == "page" else "key")
    if asked == ASKED_VOICE and digits[:1] != DURESS_KEY:
        # Also no key at all: whoever does not answer is joined, so that she is not alone, and she hears nothing of him.
        row.script = {**row.script, _VOICE: "speaking" if digits[:1] == "2" else "silent"}
        row.next = {"do": "join"}
        session.flush()
        return
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
    if row.purpose == GUEST and digit == "1" and row.contact_id is not None:
        guests.meet(session, row, row.contact_id)
        return
    if row.purpose == LISTENER and digit == "1" and row.contact_id is not None:
        listening.meet_listener(session, row, row.contact_id)
        return
    report(
        session,
        LegAnswered(row.contact_id, row.centre_id, row.id, row.purpose, row.ref, row.account_id, digit),
    )
    if row.purpose in {"desk", GUEST, LISTENER, CALLER} and row.next is None:
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


def _next_document(session: Session, row: Leg, number: int, her: holding.Held | None) -> str:
    following = of_leg(row.id, number + 1)
    verdict = row.next or {}
    do = verdict.get("do")
    if do in call_ins.UNKNOWN:
        return call_ins.document(session, row, following)
    if do == "join" and row.purpose == CALLER:
        return _waits_for_her(session, row)
    if do == "join" and row.purpose == LISTENER:
        return _listens(session, row)
    if do == "join" and row.contact_id is not None:
        return _ask_voice(session, row, her, following) if _asks_voice(row, her) else _staff_room(session, row, her)
    if do == "dismiss":
        return voice_scripts.say_and_hang_up(str(verdict["prompt"]), language=row.language)
    if do == "page":
        return _tell_page(session, row, {**verdict["about"], "danger": _warns(row, her)}, following)
    if do == "say":
        return _say(session, row, verdict["prompt"], verdict["then"], following)
    if number == 0:
        return _first_document(row, following, her)
    row.polls += 1
    if row.polls > MAX_POLLS:
        return voice_scripts.say_and_hang_up("goodbye", language=row.language)
    return voice_scripts.one_moment(following, language=row.language, staff=True)


def _first_document(row: Leg, following: str, her: holding.Held | None) -> str:
    if row.purpose == "page":
        return staff_scripts.ask_pin(following, language=row.language)
    if row.purpose in _ASKED:
        return staff_scripts.ask_staff(following, (_ASKED[row.purpose],), language=row.language)
    if row.purpose == LISTENER:
        asked = "coach_ask" if row.script.get("role") == COACH else "listen_ask"
        return staff_scripts.ask_staff(following, (asked,), language=row.language)
    hint = row.script.get("hint") or {}
    if row.purpose == GUEST:
        return staff_scripts.consult(
            following,
            level=int(hint.get("level", 2)),
            caller_language=row.script.get("caller_language"),
            interpreter=row.script.get("role") == INTERPRETER,
            danger=_warns(row, her),
            language=row.language,
        )
    return staff_scripts.offer(
        following,
        level=int(hint.get("level", 2)),
        caller_language=hint.get("language") or row.script.get("caller_language"),
        province=hint.get("province"),
        repeated=bool(row.script.get("repeat")),
        returned=bool(hint.get("returned")),
        danger=_warns(row, her),
        muted=row.purpose == "desk",
        language=row.language,
    )


def _tell_page(session: Session, row: Leg, about: dict[str, Any], following: str) -> str:
    row.next, row.polls = None, 0
    row.script = {**row.script, "ask": "menu"}
    session.flush()
    return staff_scripts.page(following, language=row.language, **about)


def _say(session: Session, row: Leg, prompt: str, then: staff_scripts.Then, following: str) -> str:
    row.next, row.polls = None, 0
    row.script = {**row.script, "ask": then}
    session.flush()
    return staff_scripts.say_then(prompt, then, action=following, language=row.language)


def _muffled(her: holding.Held | None) -> bool:
    """Whether a voice on her telephone may be heard by him of whom she is afraid."""
    return her is not None and her.contact.danger and her.call.ended_at is None


def _asks_voice(row: Leg, her: holding.Held | None) -> bool:
    return _muffled(her) and row.purpose in _WITHOUT_SCREEN and _VOICE not in row.script


def _ask_voice(session: Session, row: Leg, her: holding.Held | None, following: str) -> str:
    """She waits in the room meanwhile; for these seconds she does not count as alone."""
    warned = not _warns_at_last(row, her)
    row.next, row.polls = None, 0
    row.script = {**row.script, "ask": ASKED_VOICE, ASKED_AT: database_now(session).timestamp()}
    session.flush()
    return staff_scripts.ask_voice(following, language=row.language, warned=warned)


def _staff_room(session: Session, row: Leg, her: holding.Held | None) -> str:
    call = session.get_one(Call, row.contact_id)
    row.muted = row.muted_told = _muffled(her) and row.script.get(_VOICE) != "speaking"
    first: tuple[Say | Play, ...] = ()
    if _warns_at_last(row, her):
        first = staff_scripts.warning(row.language, muted=row.muted and row.purpose == "desk")
    row.joined_at = database_now(session)
    session.flush()
    calls.company_came(session, row)
    guests.joined(session, row)
    came_together(session, row)
    return voice_scripts.join_room(
        call.conference,
        action=f"{ROOT}/leg-over/{row.id}",
        status_url=f"{ROOT}/conference",
        muted=row.muted,
        first=first,
    )


def _listens(session: Session, row: Leg) -> str:
    """Into the room, where she never hears this telephone: nobody does, or who has her alone."""
    call = session.get_one(Call, row.contact_id)
    coached = listening.heard_by(row)
    row.joined_at = database_now(session)
    row.muted = row.muted_told = True
    session.flush()
    listeners.joined(session, row)
    came_together(session, row)
    return voice_scripts.join_room(
        call.conference,
        action=f"{ROOT}/leg-over/{row.id}",
        status_url=f"{ROOT}/conference",
        muted=coached is None,
        coach=coached,
        first=(DEFAULT_SPEAKER.speak("listen_joined" if coached is None else "coach_joined", row.language),),
    )


def _waits_for_her(session: Session, row: Leg) -> str:
    """Who calls her is in the room before she is: nobody answers into silence, and nothing is said to a machine."""
    called = hold_call_back(session, UUID(row.ref))
    if called is None or called.state == "over":
        return voice_scripts.say_and_hang_up("goodbye", language=row.language)
    row.joined_at, row.muted = database_now(session), False
    row.muted_told = False
    session.flush()
    came_together(session, row)
    return voice_scripts.join_room(
        called.conference,
        action=f"{ROOT}/leg-over/{row.id}",
        status_url=f"{ROOT}/conference",
        first=(DEFAULT_SPEAKER.speak("call_back_calling", row.language),),
    )


def leg_over(session: Session, leg_id: UUID) -> str:
    """A telephone of staff is out of the talking room."""
    row = session.get(Leg, leg_id)
    if row is not None and row.carrier_sid is not None:
        calls.left_room(session, row.carrier_sid)
    return voice_scripts.hang_up()


__all__ = ["WARNING_S", "leg", "leg_over"]
