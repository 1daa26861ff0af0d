"""Staff call the on-call number from any telephone: who it is, by staff number and PIN. A room above decides the rest.

What the carrier says of the number is never who calls. An unknown number and a wrong PIN sound alike, and whoever is
none of us, or does not get in, comes to the duty telephones as ever: a wrong number may be somebody in need.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now as database_now
from core.crypto import keep_data_key, prepare_data_key
from core.database import settings_of
from core.facts import report
from core.ids import new_id
from core.phones import is_never_dial
from hotline import staff_scripts, voice_scripts
from hotline.events import LegAnswered
from hotline.models import CALL_IN, Leg
from hotline.paths import ROOT, of_leg, remembered, with_query
from hotline.rules import DANGER_KEY, PERSON_KEY
from hotline.service.inbox import Event, take_in
from hotline.shapes import VoiceArrival
from staff import queries as staff_queries
from staff import service as staff

_PHONE = system("telephone")
#: So often somebody may enter number and PIN in one call.
MAX_TRIES: Final = 3
#: In a leg's script: what was asked of it last, and how often both were entered in vain.
_ASK, _TRIES = "ask", "tries"
#: What `next` says of a telephone that has not shown yet who is there.
_NUMBER, _PIN, _DUTY = "ask_number", "ask_pin", "duty"
UNKNOWN: Final = frozenset({_NUMBER, _PIN, _DUTY})


def is_for_staff(session: Session, arrival: VoiceArrival) -> bool:
    """Whether a first ring is for the on-call number. A number that is a line's too is called by the public."""
    number = arrival.called.value
    if number not in settings_of(session).oncall_numbers or not staff_queries.lines(session):
        return False
    return staff_queries.line_by_number(session, number) is None


def arrive(session: Session, arrival: VoiceArrival, event: Event) -> str:
    """Take the first ring: a leg that nobody rang, and the question for the staff number."""
    leg_id = new_id()
    key_id, key_row = prepare_data_key(session)
    answer = staff_scripts.ask_digits(of_leg(leg_id, 1), ("call_in", "enter_number"))
    known = take_in(session, event, contact_id=leg_id, data_key_id=key_id, answer=answer)
    if known is not None:
        return known.answer
    keep_data_key(session, key_row)
    caller = arrival.caller
    session.add(
        Leg(
            id=leg_id,
            data_key_id=key_id,
            contact_id=None,
            # Whose she is shows with her PIN.
            centre_id=staff_queries.lines(session)[0].centre_id,
            account_id=None,
            purpose=CALL_IN,
            ref=str(leg_id),
            script={_ASK: "number"},
            next=None,
            status=arrival.status,
            carrier_sid=arrival.call_sid,
            address=caller.value if caller.kind == "number" and not is_never_dial(caller) else None,
        )
    )
    session.flush()
    return answer


def entered(session: Session, row: Leg, digits: str) -> None:
    """What somebody entered who has not shown yet who she is. Silence and 0 are a caller who looks for a person.

    Staff numbers and PINs have more digits than one, so a single 5 is danger here as everywhere.
    """
    if digits == DANGER_KEY:
        _next(session, row, _DUTY, quiet=True)
    elif digits == PERSON_KEY or (not digits and row.script[_ASK] == "number"):
        _next(session, row, _DUTY)
    elif row.script[_ASK] == "number":
        row.digits = digits
        _next(session, row, _PIN)
    else:
        _identify(session, row, digits)


def _identify(session: Session, row: Leg, pin: str) -> None:
    number, row.digits = row.digits or "", None
    who = staff.identify(session, _PHONE, number, pin)
    if who is None:
        tries = int(row.script.get(_TRIES, 0)) + 1
        row.script = {**row.script, _TRIES: tries}
        _next(session, row, _DUTY if tries >= MAX_TRIES else _NUMBER)
        return
    row.account_id, row.centre_id, row.language = who.id, who.centre_id or row.centre_id, who.locale
    session.flush()
    report(session, LegAnswered(None, row.centre_id, row.id, row.purpose, row.ref, who.id, "pin"))


def _next(session: Session, row: Leg, do: str, **more: Any) -> None:
    row.next = {"do": do, **more}
    session.flush()


def document(session: Session, row: Leg, following: str) -> str:
    """What such a telephone hears next."""
    verdict, tries = row.next or {}, int(row.script.get(_TRIES, 0))
    do = verdict["do"]
    if do == _DUTY:
        row.ended_at = database_now(session)
        session.flush()
        prompt = "call_in_unknown_end" if tries >= MAX_TRIES and not verdict.get("quiet") else None
        # The round says that this call has been asked: the door rings the duty telephones at once.
        onward = with_query(ROOT, **remembered(quiet=bool(verdict.get("quiet")), round_=1))
        return voice_scripts.go_to(onward, prompt=prompt, language=row.language)
    row.next, row.polls = None, 0
    row.script = {**row.script, _ASK: "pin" if do == _PIN else "number"}
    session.flush()
    prompts = ("enter_pin",) if do == _PIN else ("call_in_unknown", "enter_number")
    return staff_scripts.ask_digits(following, prompts, language=row.language)


__all__ = ["MAX_TRIES", "UNKNOWN", "arrive", "document", "entered", "is_for_staff"]
