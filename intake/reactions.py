"""What the intake does when the line reports something."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import system
from core.facts import Reactions
from hotline import events
from hotline.optout import is_opt_out
from hotline.queries import message_text
from hotline.queries.reach import reach
from hotline.service import be_sure, is_other
from hotline.service.flags import mark_opted_out
from intake import gate
from intake.callers import callers
from intake.events import IdentityChecked, OtherPartySuspected, SafeContactChanged
from intake.informants import informants
from intake.language import guess_language
from intake.nuisance import nuisance
from intake.report_duty import report_duties
from intake.service.callbacks import agreement_changed
from intake.service.calling_back import call_or_forbid
from intake.service.drafts import note_language, open_draft, prefill, raise_to_danger
from intake.service.reading import answer, hear
from staff.service import copy_bars

_LINE = system("intake")


def register(reactions: Reactions) -> None:
    """Say which facts this room reacts to; the names are kept in due rows and never change."""
    # A mistake in what is said to whom, or reported to whom, stops the start and not a call.
    callers()
    report_duties()
    informants()
    nuisance()
    reactions.on(events.CallArrived, "intake.open_draft", _call_arrived)
    reactions.on(events.TextArrived, "intake.open_draft", _text_arrived)
    reactions.on(events.TextArrived, "intake.read_text", _read_text)
    reactions.on(events.DeskContactOpened, "intake.open_draft", _desk_contact)
    reactions.on(events.DangerSignalled, "intake.raise_level", _danger_signalled)
    reactions.on(events.LanguageChosen, "intake.note_language", _language_chosen)
    reactions.on(events.CallEnded, "intake.note_end", _call_ended)
    reactions.on(events.CallBackAnswered, "intake.open_draft", _call_back_answered)
    reactions.on(events.CallBackOver, "intake.plan_callback_anew", _call_back_over)
    reactions.on(events.LegAnswered, "intake.call_her_back", _pressed_to_call)
    reactions.on(IdentityChecked, "intake.tell_line", _it_is_she)
    reactions.on(OtherPartySuspected, "intake.tell_line", _it_is_another)
    reactions.on(SafeContactChanged, "intake.plan_callback_anew", _safe_contact_changed)


def _call_arrived(session: Session, fact: events.CallArrived) -> None:
    _draft(session, fact.contact_id, fact.centre_id, "voice")


def _text_arrived(session: Session, fact: events.TextArrived) -> None:
    if fact.first:
        language = guess_language(message_text(session, fact.message_id))
        _draft(session, fact.contact_id, fact.centre_id, "sms", language)


def _desk_contact(session: Session, fact: events.DeskContactOpened) -> None:
    _draft(session, fact.contact_id, fact.centre_id, fact.channel)


def _call_back_answered(session: Session, fact: events.CallBackAnswered) -> None:
    """Who is barred from her earlier contact is from this one, and from its intake with it."""
    if fact.contact_id is None or fact.centre_id is None:
        return
    intake_id = open_draft(session, fact.contact_id, fact.centre_id, "voice")
    if intake_id is not None:
        copy_bars(session, _LINE, ("contact", fact.contact_id), [("intake", intake_id)])


def _call_back_over(session: Session, fact: events.CallBackOver) -> None:
    """She was not reached: her task stands in the list again when her telephone may ring for us once more."""
    if fact.contact_id is not None and fact.outcome != "reached":
        agreement_changed(session, fact.contact_id)


def _pressed_to_call(session: Session, fact: events.LegAnswered) -> None:
    """Who calls her back has her own telephone at her ear and pressed 1."""
    if fact.purpose == "call_back" and fact.digit == "1" and fact.account_id is not None:
        call_or_forbid(session, UUID(fact.ref), fact.account_id)


def _it_is_she(session: Session, fact: IdentityChecked) -> None:
    if fact.contact_id is not None:
        be_sure(session, fact.contact_id, fact.account_id)


def _it_is_another(session: Session, fact: OtherPartySuspected) -> None:
    if fact.contact_id is not None:
        is_other(session, fact.contact_id)


def _draft(
    session: Session, contact_id: UUID | None, centre_id: UUID | None, channel: str, language: str | None = None
) -> None:
    if contact_id is not None and centre_id is not None:
        open_draft(session, contact_id, centre_id, channel, language)


def _read_text(session: Session, fact: events.TextArrived) -> None:
    """What is danger raises the level before anybody has read it; an opt-out closes what begins with us.

    Whatever the machine answers, her text waits for a person all the same.
    """
    if fact.contact_id is None:
        return
    text = message_text(session, fact.message_id)
    if not fact.first:
        _note_language(session, fact.contact_id, text)
    quiet = fact.centre_id is None or not hear(session, fact.contact_id, fact.centre_id, fact.line_id, text)
    if is_opt_out(text):
        mark_opted_out(session, fact.contact_id)
        known = reach(session, fact.contact_id)
        if known is not None and known.address_index is not None:
            gate.revoke(session, known.address_index, "opt_out", centre_id=fact.centre_id)
    elif not quiet and not fact.late:
        answer(session, fact.contact_id, text)


def _note_language(session: Session, contact_id: UUID, text: str) -> None:
    """Her first text may have been one word. Who says nothing else is taken to read Turkish, so that needs no note."""
    language = guess_language(text)
    if language is not None and language != "tr":
        note_language(session, contact_id, language)


def _danger_signalled(session: Session, fact: events.DangerSignalled) -> None:
    if fact.contact_id is not None:
        raise_to_danger(session, fact.contact_id, "silent" if fact.source == "silent" else "danger_key")
        if fact.source == "silent":
            # What kind of contact it was is a person's to say; until then it is a silent one, and never a prank.
            prefill(session, fact.contact_id, contact_class="silent")


def _language_chosen(session: Session, fact: events.LanguageChosen) -> None:
    if fact.contact_id is not None:
        prefill(session, fact.contact_id, language=fact.language)


def _call_ended(session: Session, fact: events.CallEnded) -> None:
    """Somebody who hung up before anyone answered: the outcome is suggested, and a person still looks at it."""
    if fact.contact_id is not None and not fact.answered:
        prefill(session, fact.contact_id, outcome="dropped")


def _safe_contact_changed(session: Session, fact: SafeContactChanged) -> None:
    """What was agreed with her is another thing now: so is when she may be called back, or whether at all."""
    if fact.contact_id is not None:
        if fact.why == "compromised":
            is_other(session, fact.contact_id)
        agreement_changed(session, fact.contact_id)
