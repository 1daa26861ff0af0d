"""What the intake does when the line reports something."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.facts import Reactions
from hotline import events
from hotline.optout import is_opt_out
from hotline.queries import message_text
from hotline.queries.reach import reach
from hotline.service.flags import mark_opted_out
from intake import gate
from intake.callers import callers
from intake.danger import danger_words
from intake.events import SafeContactChanged
from intake.service.callbacks import agreement_changed
from intake.service.drafts import open_draft, prefill, raise_to, raise_to_danger


def register(reactions: Reactions) -> None:
    """Say which facts this room reacts to; the names are kept in due rows and never change."""
    callers()  # a mistake in what is said to whom stops the start, and not a call
    reactions.on(events.CallArrived, "intake.open_draft", _call_arrived)
    reactions.on(events.TextArrived, "intake.open_draft", _text_arrived)
    reactions.on(events.TextArrived, "intake.read_text", _read_text)
    reactions.on(events.DeskContactOpened, "intake.open_draft", _desk_contact)
    reactions.on(events.DangerSignalled, "intake.raise_level", _danger_signalled)
    reactions.on(events.LanguageChosen, "intake.note_language", _language_chosen)
    reactions.on(events.CallEnded, "intake.note_end", _call_ended)
    reactions.on(SafeContactChanged, "intake.plan_callback_anew", _safe_contact_changed)


def _call_arrived(session: Session, fact: events.CallArrived) -> None:
    _draft(session, fact.contact_id, fact.centre_id, "voice")


def _text_arrived(session: Session, fact: events.TextArrived) -> None:
    if fact.first:
        _draft(session, fact.contact_id, fact.centre_id, "sms")


def _desk_contact(session: Session, fact: events.DeskContactOpened) -> None:
    _draft(session, fact.contact_id, fact.centre_id, fact.channel)


def _draft(session: Session, contact_id: UUID | None, centre_id: UUID | None, channel: str) -> None:
    if contact_id is not None and centre_id is not None:
        open_draft(session, contact_id, centre_id, channel)


def _read_text(session: Session, fact: events.TextArrived) -> None:
    """Danger words raise the level before anybody has read them; an opt-out closes what begins with us."""
    if fact.contact_id is None:
        return
    text = message_text(session, fact.message_id)
    found = danger_words(text)
    if found is not None:
        raise_to(session, fact.contact_id, found.level, found.code, fact.line_id)
    if is_opt_out(text):
        mark_opted_out(session, fact.contact_id)
        known = reach(session, fact.contact_id)
        if known is not None and known.address_index is not None:
            gate.revoke(session, known.address_index, "opt_out", centre_id=fact.centre_id)


def _danger_signalled(session: Session, fact: events.DangerSignalled) -> None:
    if fact.contact_id is not None:
        raise_to_danger(session, fact.contact_id, "silent" if fact.source == "silent" else "danger_key")


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
        agreement_changed(session, fact.contact_id)
