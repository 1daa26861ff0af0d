"""What each request of her running call gets: the state is read, perhaps moved, and turned into TwiML."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.crypto import new_data_key
from core.database import settings_of
from core.trunks import leaving
from hotline import voice_scripts, waiting_words
from hotline.models import Call, Contact
from hotline.paths import ROOT, of_contact, safe_screen
from hotline.paths import apart as path_apart
from hotline.rules import language_of
from hotline.service import calls, guests, holding, polls, stepping_out
from hotline.service.call_back_rows import unsure_who_answered
from hotline.service.inbox import Event, take_in
from hotline.shapes import VoiceStep
from hotline.sounds import speaker_of
from hotline.voice_scripts import Speaker
from staff import queries as staff_queries
from staff.queries import LineRow


def greet(contact_id: UUID, line: LineRow, *, speaker: Speaker = voice_scripts.DEFAULT_SPEAKER) -> str:
    """The answer to a first ring."""
    return voice_scripts.greeting(of_contact("menu", contact_id), named=line.institution_name_spoken, speaker=speaker)


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
    held = holding.held(session, call_sid)
    contact, call, _ = held
    calls.signal_danger(session, contact, call)
    if late:
        return ""
    if call.stage == "greeting":
        calls.wait(session, contact, call)
    return _where_she_belongs(session, held)


def arrived_unheard(session: Session, call_sid: str) -> str:
    """Her call comes to the door again, because what she was to hear could not be played: it is read to her now."""
    held = holding.held(session, call_sid)
    line = staff_queries.line_by_id(session, held.contact.line_id)
    if held.call.stage == "greeting" and held.call.ended_at is None and line is not None:
        return greet(held.contact.id, line)
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
    waits = polls.only_waits(session, contact_id, quiet=quiet)
    if waits is None:
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
        waits = polls.Waits(moment, before, since, call.polls, contact.language, contact.answered_at)
    return _chunk(session, contact_id, waits, quiet=quiet)


def _chunk(session: Session, contact_id: UUID, waits: polls.Waits, *, quiet: bool) -> str:
    """What she hears until the next poll."""
    policy, language = waiting_words.waiting_words(), waits.language or "tr"
    waited_s = (waits.moment - waits.since).total_seconds()
    first = waits.polls == 1 or waits.before < waits.since  # she may wait a second time, after a conversation
    before_s = None if first else (waits.before - waits.since).total_seconds()
    said = waiting_words.prompts(policy, waited_s, before_s, returned=waits.answered_at is not None)
    if said and not quiet:
        polls.note_heard(session, contact_id, said)
    return voice_scripts.wait_chunk(
        of_contact("wait", contact_id, quiet=quiet),
        language=language,
        prompts=said,
        listen_s=waiting_words.listening(policy, waited_s, said, language),
        silent=quiet,
        speaker=speaker_of(session),
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
            speaker=speaker_of(session),
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
        return enter_talk(session, contact, call)
    if call.stage == "last_rung":
        return _last_rung(session, contact, call)
    return waiting_room(contact.id, quiet=_quiet(call))


def enter_talk(session: Session, contact: Contact, call: Call) -> str:
    """Into the talking room."""
    calls.joined(session, contact, call)
    return voice_scripts.join_room(
        call.conference,
        action=of_contact("over", contact.id, quiet=_quiet(call)),
        status_url=f"{ROOT}/conference",
    )


def over(session: Session, contact_id: UUID) -> str:
    """The talking room let her go without her hanging up: back to waiting, unless her call was ended by us."""
    held = holding.hold(session, contact_id)
    contact, call, _ = held
    if contact.ended_by == "staff":
        return voice_scripts.hang_up()
    if unsure_who_answered(session, contact):
        return voice_scripts.hang_up()
    if call.ended_at is None and call.stage in calls.ROOM:
        calls.wait_again(session, contact, call, 0)
    return _where_she_belongs(session, held)


def apart(session: Session, contact_id: UUID, out_id: UUID | None, digits: str) -> str:
    """She was led out of the talking room: her key is heard there, or what she pressed is noted and she goes back."""
    held = holding.hold(session, contact_id)
    if digits:
        stepping_out.answered(session, held, out_id, digits)
    listening = stepping_out.step_out(session, held, out_id)
    if listening is None:
        return _where_she_belongs(session, held)
    contact, call, moment = held
    call.last_seen_at = moment
    here = path_apart(contact_id, listening.out_id, call.conference, quiet=_quiet(call))
    if listening.kind == "hold":
        prompt = ("transfer" if guests.somebody_is_called(session, contact_id) else "hold") if listening.first else None
        return voice_scripts.hold_apart(
            here,
            listening.seconds,
            language=_language(contact),
            prompt=prompt,
            silent=_quiet(call),
            speaker=speaker_of(session),
        )
    over_at, status_url = of_contact("over", contact.id, quiet=_quiet(call)), f"{ROOT}/conference"
    if listening.kind == "announce" and not _quiet(call):
        return voice_scripts.announce_apart(
            here,
            room=call.conference,
            action=over_at,
            status_url=status_url,
            language=_language(contact),
            speaker=speaker_of(session),
        )
    return voice_scripts.listen_apart(
        here, listening.seconds, room=call.conference, action=over_at, status_url=status_url
    )


def heard_late(session: Session, contact_id: UUID, out_id: UUID | None, digits: str) -> None:
    """A key that she pressed there and of which we hear only now, when she is long back or gone."""
    stepping_out.answered(session, holding.hold(session, contact_id), out_id, digits)


def back_in_the_room(contact_id: UUID, room: str, *, quiet: bool) -> str:
    """Out there while nothing can be read: back to who was with her. All that this needs, her URL knows."""
    return voice_scripts.join_room(
        room,
        action=of_contact("over", contact_id, quiet=quiet),
        status_url=f"{ROOT}/conference",
    )


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
    numbers, shown = leaving(
        settings_of(session).sip_trunks, line.number if line else "", (fallback,) if fallback else ()
    )
    return voice_scripts.last_rung(
        numbers,
        action=of_contact("rung-over", contact.id, quiet=_quiet(call)),
        screen=safe_screen(quiet=_quiet(call)),
        again=of_contact("rung", contact.id, quiet=_quiet(call)),
        caller_id=shown,
        language=_language(contact),
        silent=_quiet(call),
        speaker=speaker_of(session),
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
        speaker=speaker_of(session),
    )


__all__ = [
    "again",
    "apart",
    "arrived_in_danger",
    "arrived_unheard",
    "back_in_the_room",
    "danger",
    "enter_talk",
    "greet",
    "heard_late",
    "hung_up",
    "join",
    "left",
    "menu",
    "over",
    "rung",
    "rung_over",
    "wait",
    "wait_without_database",
    "waiting_room",
]
