"""What the routing does when the line or the intake reports something."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import staff_actor
from core.facts import Reactions, report
from hotline import events
from hotline import service as hotline
from hotline.service.holding import NotACallError
from intake import events as intake_events
from intake.callers import holds
from intake.identity import kinds_in
from routing.events import DuressSignalled
from routing.models import Offer
from routing.service.accept import accept
from routing.service.calling_back import answered
from routing.service.desk_lines import end_line, note_rung
from routing.service.offers import ROUTER, close_offers, keep_ringing, locked_row
from routing.service.presence import sign_off
from routing.service.queue import (
    at_the_desk_of,
    enter,
    give_back,
    leave,
    note_connected,
    set_level,
    set_wishes,
    taken_elsewhere,
    text_again,
)
from routing.service.taking_the_line import called_in, decided
from routing.service.trials import prove, trial_answered, trial_ended
from staff import events as staff_events
from staff.errors import ScopeError
from staff.service import grant

_ACCEPT, _DURESS = "1", "9"
_TRIAL, _CALL_IN = "trial", "call_in"
#: Telephones on which duress is heard, and from which a key says that they reach her; a page has its own way.
_HEARD = ("offer", "desk", "guest", "listener", "call_back", _CALL_IN, _TRIAL)


def register(reactions: Reactions) -> None:
    """Say which facts this room reacts to; the names are kept in due rows and never change."""
    reactions.on(events.CallWaiting, "routing.enter", _call_waiting)
    reactions.on(events.TextArrived, "routing.enter", _text_arrived)
    reactions.on(events.DeskContactOpened, "routing.enter_queue", _desk_contact)
    reactions.on(events.CallBackAnswered, "routing.enter_queue", _called_back)
    reactions.on(events.CallerAlone, "routing.give_back", _caller_alone)
    reactions.on(events.CallConnected, "routing.note_connected", _call_connected)
    reactions.on(events.CallEnded, "routing.leave", _over)
    reactions.on(events.ContactClosed, "routing.leave", _over)
    reactions.on(events.DeadlinePassed, "routing.leave", _deadline_passed)
    reactions.on(events.ContactTaken, "routing.note_owner", _contact_taken)
    reactions.on(events.CallHandedOver, "routing.note_owner", _handed_over)
    reactions.on(events.ReplyLost, "routing.reply_lost", _reply_lost)
    reactions.on(events.LanguageChosen, "routing.note_language", _language_chosen)
    reactions.on(events.LegAnswered, "routing.leg_answered", _leg_answered)
    reactions.on(events.LegEnded, "routing.leg_ended", _leg_ended)
    reactions.on(intake_events.LevelRaised, "routing.set_level", _level_changed)
    reactions.on(intake_events.LevelLowered, "routing.set_level", _level_changed)
    reactions.on(intake_events.WishesChanged, "routing.set_wishes", _wishes_changed)
    reactions.on(intake_events.CallerMarked, "routing.fetch_back", _caller_marked)
    reactions.on(staff_events.AccountDisabled, "routing.sign_off", _disabled)
    reactions.on(staff_events.SessionsEnded, "routing.sign_off", _gone)
    reactions.on(staff_events.ListeningForbidden, "routing.stop_listeners", _nobody_listens)
    reactions.on(staff_events.Barred, "routing.stop_listeners", _barred)


def _call_waiting(session: Session, fact: events.CallWaiting) -> None:
    if fact.contact_id is not None:
        enter(session, fact.contact_id, fact.centre_id, returned=fact.returned)


def _text_arrived(session: Session, fact: events.TextArrived) -> None:
    if fact.contact_id is None:
        return
    if fact.first:
        enter(session, fact.contact_id, fact.centre_id)
    else:
        text_again(session, fact.contact_id, fact.centre_id)


def _desk_contact(session: Session, fact: events.DeskContactOpened) -> None:
    """She is here: whoever wrote it down has her, and when that person goes she waits for others like anybody."""
    if fact.contact_id is not None:
        enter(session, fact.contact_id, fact.centre_id)
        accept(session, staff_actor(fact.account_id, fact.centre_id), fact.contact_id, fact.account_id)


def _called_back(session: Session, fact: events.CallBackAnswered) -> None:
    """Whoever called her has her; when that one goes, she waits for others only once it is sure that it is she."""
    if fact.contact_id is not None:
        answered(session, ROUTER, fact.contact_id, fact.centre_id, fact.account_id)


def _caller_alone(session: Session, fact: events.CallerAlone) -> None:
    if fact.contact_id is not None:
        give_back(session, fact.contact_id, "alone")


def _call_connected(session: Session, fact: events.CallConnected) -> None:
    if fact.contact_id is None:
        return
    if fact.account_id is not None:
        taken_elsewhere(session, fact.contact_id, fact.account_id)
    note_connected(session, fact.contact_id)


def _over(session: Session, fact: events.CallEnded | events.ContactClosed) -> None:
    if fact.contact_id is not None:
        leave(session, fact.contact_id)


def _deadline_passed(session: Session, fact: events.DeadlinePassed) -> None:
    """The edge lets her go after the last rung; after key 5 she stays on the line, and people are still asked."""
    if fact.contact_id is not None and not fact.danger:
        leave(session, fact.contact_id)


def _contact_taken(session: Session, fact: events.ContactTaken) -> None:
    if fact.contact_id is not None:
        taken_elsewhere(session, fact.contact_id, fact.account_id)


def _handed_over(session: Session, fact: events.CallHandedOver) -> None:
    """Who has her now may read what was said; who had her keeps that, as after any contact."""
    if fact.contact_id is None:
        return
    taken_elsewhere(session, fact.contact_id, fact.account_id)
    grant(
        session,
        ROUTER,
        subject_kind="contact",
        subject_id=fact.contact_id,
        grantee_kind="staff",
        grantee_id=fact.account_id,
        reason="owner",
        centre_id=fact.centre_id,
    )


def _reply_lost(session: Session, fact: events.ReplyLost) -> None:
    """She waits for an answer as if she had written again; whoever has her may be gone by now."""
    if fact.contact_id is not None:
        text_again(session, fact.contact_id, fact.centre_id)


def _language_chosen(session: Session, fact: events.LanguageChosen) -> None:
    if fact.contact_id is not None:
        set_wishes(session, fact.contact_id, language=fact.language)


def _level_changed(session: Session, fact: intake_events.LevelRaised | intake_events.LevelLowered) -> None:
    if fact.contact_id is not None:
        set_level(session, fact.contact_id, fact.level)


def _caller_marked(session: Session, fact: intake_events.CallerMarked) -> None:
    """Where nothing may be done that could lose her, she does not wait on hold either; and not everybody is heard."""
    if fact.contact_id is None:
        return
    kinds = kinds_in(session, fact.contact_id)
    if holds(kinds, "unheard"):
        hotline.take_listening_back(session, ROUTER, fact.contact_id, "marked")
    if holds(kinds, "stay"):
        with suppress(NotACallError):
            hotline.fetch_back(session, ROUTER, fact.contact_id)


def _wishes_changed(session: Session, fact: intake_events.WishesChanged) -> None:
    if fact.contact_id is not None:
        set_wishes(
            session,
            fact.contact_id,
            language=fact.language,
            wants_woman=fact.wants_woman,
            anybody_may_answer=fact.anybody_may_answer,
        )


def _disabled(session: Session, fact: staff_events.AccountDisabled) -> None:
    """She may not act any more, by telephone either."""
    _gone(session, fact)
    end_line(session, ROUTER, fact.account_id, "account_gone")


def _gone(session: Session, fact: staff_events.AccountDisabled | staff_events.SessionsEnded) -> None:
    """She is asked for nobody, and listens to nobody.

    Whom she had at the desk waits for others, for no text and no call comes of her.
    """
    sign_off(session, fact.account_id)
    hotline.stop_listeners(session, ROUTER, account_id=fact.account_id)
    for contact_id in at_the_desk_of(session, fact.account_id):
        give_back(session, contact_id, "owner_gone")


def _nobody_listens(session: Session, fact: staff_events.ListeningForbidden) -> None:
    hotline.stop_listeners(session, ROUTER, line_id=fact.line_id)


def _barred(session: Session, fact: staff_events.Barred) -> None:
    """Whoever is kept from her hears nothing of her either."""
    hotline.stop_listeners(session, ROUTER, account_id=fact.account_id)


def _leg_answered(session: Session, fact: events.LegAnswered) -> None:
    """A telephone on which a caller is offered: 1 takes her, any other key declines, and silence lets it ring on.

    9 declines for whoever listens, on her own telephone too; that she is under duress is told to the rooms above.
    """
    if fact.digit and fact.account_id is not None and fact.purpose in _HEARD:
        prove(session, fact.account_id, fact.leg_id)
    if fact.purpose == _TRIAL and fact.digit:
        trial_answered(session, UUID(fact.ref))
        hotline.dismiss(session, ROUTER, fact.leg_id, "trial_proven")
    if fact.purpose in _HEARD and fact.digit == _DURESS and fact.account_id is not None:
        report(session, DuressSignalled(fact.contact_id, fact.centre_id, fact.account_id))
    if fact.purpose == _CALL_IN and fact.account_id is not None:
        _call_in(session, fact, fact.account_id)
    if fact.purpose != "offer":
        return
    offer = session.get(Offer, UUID(fact.ref))
    if offer is None:
        return
    if not fact.digit:
        keep_ringing(session, offer.id)
    elif fact.digit == _ACCEPT:
        _accept_on_phone(session, fact, offer)
    else:
        _end_offer(session, offer, "declined")
        hotline.dismiss(session, ROUTER, fact.leg_id, "goodbye")


def _call_in(session: Session, fact: events.LegAnswered, account_id: UUID) -> None:
    """A telephone that rang us: her PIN was right, or she pressed a key of what she was asked then."""
    if fact.digit == "pin":
        called_in(session, fact.leg_id, account_id)
    elif fact.centre_id is not None:
        decided(session, fact.leg_id, account_id, fact.centre_id, fact.digit)


def _accept_on_phone(session: Session, fact: events.LegAnswered, offer: Offer) -> None:
    try:
        result = accept(
            session,
            staff_actor(offer.account_id, fact.centre_id),
            offer.contact_id,
            offer.account_id,
            via="phone",
            leg_id=fact.leg_id,
        )
    except ScopeError:
        # Her rights changed while it rang. Nothing was written yet; she hears that it is taken.
        _end_offer(session, offer, "withdrawn")
        hotline.dismiss(session, ROUTER, fact.leg_id, "taken")
        return
    if not result.won:
        hotline.dismiss(session, ROUTER, fact.leg_id, "taken")


def _leg_ended(session: Session, fact: events.LegEnded) -> None:
    """A telephone is gone: an offer was not answered, or the two never met on the one that was to bring them together.

    That may be the operator's own telephone, the one on which she was offered, or the one on which a page was accepted.
    """
    if fact.purpose == _TRIAL:
        trial_ended(session, UUID(fact.ref), fact.outcome)
        return
    offer = session.scalars(
        select(Offer).where(Offer.contact_id == fact.contact_id, Offer.leg_id == fact.leg_id).limit(1),
    ).one_or_none()
    if offer is None:
        return
    if offer.state == "open":
        _end_offer(session, offer, "expired")
        session.refresh(offer)
    elif offer.state == "accepted":
        give_back(session, offer.contact_id, "desk_leg", account_id=offer.account_id, round_=offer.round)
    note_rung(session, offer)


def _end_offer(session: Session, offer: Offer, state: str) -> None:
    row = locked_row(session, offer.contact_id)
    if row is not None:
        close_offers(session, row, offer.account_id, state)
