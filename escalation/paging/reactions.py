"""What the pager does when a lower room reports a fact. Who may open a page is a closed list, and it is here."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor, system
from core.facts import Reactions
from core.log import get_logger
from escalation.paging import service
from hotline import service as hotline_service
from hotline.events import (
    CallBackConfirmed,
    CallConnected,
    CallEnded,
    ContactClosed,
    ContactTaken,
    DaysCounted,
    DeadlinePassed,
    LegAnswered,
    LegEnded,
    NeverDialled,
    ReplyLost,
    SendEnded,
    StaffReplied,
    StaffTextArrived,
    TextArrived,
)
from hotline.queries import nobody_is_sure
from hotline.queries.reach import reach
from hotline.rules import DESK_CHANNELS
from intake.events import IntakeTriaged, LevelRaised
from routing.events import ContactReturned, DuressSignalled, NobodyReady, OffersExhausted
from staff.events import AccountDisabled

log = get_logger(__name__)
PAGER = system("pager")
PURPOSE = "page"


def call_ended(session: Session, fact: CallEnded) -> None:
    """A call that ended unanswered is a page: she may have had this one chance."""
    if fact.contact_id is not None and not fact.answered:
        service.call_unanswered(session, PAGER, fact.contact_id)


def text_arrived(session: Session, fact: TextArrived) -> None:
    """An unanswered text has its time."""
    if fact.contact_id is not None:
        service.text_arrived(session, fact.contact_id, fact.centre_id)


def contact_taken(session: Session, fact: ContactTaken) -> None:
    """Somebody owns her texts; the clock of the unanswered one goes on, with more time.

    Who is at a desk is spoken with by whoever takes her.
    """
    if fact.contact_id is None:
        return
    if _at_a_desk(session, fact.contact_id):
        service.text_answered(session, fact.contact_id)
        service.spoken_with(session, _by(fact.account_id, fact.centre_id), fact.contact_id, fact.account_id)
    else:
        service.text_taken(session, fact.contact_id)


def contact_returned(session: Session, fact: ContactReturned) -> None:
    """Who had her at the desk is gone: she has the time of an unanswered text until somebody else takes her."""
    if fact.contact_id is not None and _at_a_desk(session, fact.contact_id):
        service.text_arrived(session, fact.contact_id)


def _at_a_desk(session: Session, contact_id: UUID) -> bool:
    known = reach(session, contact_id)
    return known is not None and known.channel in DESK_CHANNELS


def staff_replied(session: Session, fact: StaffReplied) -> None:
    """What somebody of ours wrote to her has left. If she wrote again meanwhile, that still waits for an answer."""
    if fact.contact_id is not None and fact.answers:
        service.text_answered(session, fact.contact_id)
        service.reached_by_us(session, _by(fact.account_id, fact.centre_id), fact.contact_id, fact.account_id)


def reply_lost(session: Session, fact: ReplyLost) -> None:
    """Our answer did not arrive: her text is unanswered again."""
    if fact.contact_id is not None:
        service.text_arrived(session, fact.contact_id)


def call_connected(session: Session, fact: CallConnected) -> None:
    """Somebody of ours speaks with her; whom we called, that is not known before somebody made sure."""
    if fact.contact_id is not None and not nobody_is_sure(session, fact.contact_id):
        service.spoken_with(session, _by(fact.account_id, fact.centre_id), fact.contact_id, fact.account_id)


def call_back_confirmed(session: Session, fact: CallBackConfirmed) -> None:
    """We called, and it is she who answered."""
    if fact.contact_id is not None:
        service.spoken_with(session, _by(fact.account_id, fact.centre_id), fact.contact_id, fact.account_id)


def contact_closed(session: Session, fact: ContactClosed) -> None:
    """A person says that nothing more is to be done for her contact."""
    if fact.contact_id is not None:
        service.text_answered(session, fact.contact_id)
        service.contact_closed(session, _by(fact.account_id, fact.centre_id), fact.contact_id)


def nobody_has_her(session: Session, fact: NobodyReady | OffersExhausted) -> None:
    """Level 1 and nobody present takes her; or a text that has nobody to wait for.

    That is one in a language that nobody who is ready reads, and one that reached us late while nobody is ready: her
    patience was spent before our clock began.
    """
    if fact.contact_id is None:
        return
    if fact.level == 1:
        service.request_for_contact(session, PAGER, fact.contact_id, "nobody_present")
    elif (
        fact.channel == "sms"
        and isinstance(fact, NobodyReady)
        and _waits_in_vain(session, fact.contact_id, fact.reason)
    ):
        service.text_waits(session, fact.contact_id)


def _waits_in_vain(session: Session, contact_id: UUID, reason: str) -> bool:
    known = reach(session, contact_id) if reason == "nobody" else None
    return reason == "language" or (known is not None and known.late)


def deadline_passed(session: Session, fact: DeadlinePassed) -> None:
    """She pressed 5 and nobody came to the end of the longest wait: she is still on the line."""
    if fact.contact_id is not None and fact.danger:
        service.request_for_contact(session, PAGER, fact.contact_id, "nobody_present")


def more_urgent(session: Session, fact: LevelRaised | IntakeTriaged) -> None:
    """Her pages that nobody has taken become as urgent as she is, and so does the time her text may wait."""
    if fact.contact_id is None:
        return
    service.raise_level(session, fact.contact_id, fact.level)
    service.text_level_raised(session, fact.contact_id)


def leg_answered(session: Session, fact: LegAnswered) -> None:
    """A member's telephone: first her PIN, then 1 accepts, 2 declines, 9 is duress."""
    if fact.purpose != PURPOSE or fact.account_id is None:
        return
    page_id = UUID(fact.ref)
    if fact.digit == "pin":
        _pin(session, fact.leg_id, page_id, fact.account_id)
    elif not service.pin_passed(session, fact.leg_id):
        hotline_service.say(session, PAGER, fact.leg_id, "enter_pin", then="pin")
    elif fact.digit == "1":
        _accept(session, fact, page_id, fact.account_id)
    elif fact.digit == "2":
        actor = staff_actor(fact.account_id, fact.centre_id)
        service.decline(session, actor, page_id, fact.account_id, "keypad", leg_id=fact.leg_id)
        hotline_service.say(session, PAGER, fact.leg_id, "declined", then="hang_up")
    elif fact.digit == "9":
        actor = staff_actor(fact.account_id, fact.centre_id)
        service.duress(session, actor, page_id, fact.account_id, fact.leg_id)
        hotline_service.say(session, PAGER, fact.leg_id, "page_accepted", then="hang_up")


def duress_signalled(session: Session, fact: DuressSignalled) -> None:
    """The duress key on a telephone of an operator."""
    if fact.centre_id is not None:
        actor = staff_actor(fact.account_id, fact.centre_id)
        service.page_about_duress(session, actor, fact.account_id, fact.centre_id)


def _pin(session: Session, leg_id: UUID, page_id: UUID, account_id: UUID) -> None:
    right = service.pin_entered(session, page_id, account_id, leg_id, hotline_service.leg_digits(session, leg_id))
    if right:
        service.tell_page(session, PAGER, leg_id, page_id)
    elif right is None:
        hotline_service.say(session, PAGER, leg_id, "wrong_pin_end", then="hang_up")
    else:
        hotline_service.say(session, PAGER, leg_id, "wrong_pin", then="pin")


def _accept(session: Session, fact: LegAnswered, page_id: UUID, account_id: UUID) -> None:
    actor = staff_actor(account_id, fact.centre_id)
    try:
        answer = service.accept(session, actor, page_id, account_id, "keypad", leg_id=fact.leg_id)
    except service.PagingError as refusal:
        log.warning("page_not_accepted", page=page_id, reason=refusal.reason)
        hotline_service.say(session, PAGER, fact.leg_id, "no_open_page", then="hang_up")
        return
    if not answer.won:
        prompt = "taken" if answer.by is not None else "no_open_page"
        hotline_service.say(session, PAGER, fact.leg_id, prompt, then="hang_up")
    elif not answer.connected:
        hotline_service.say(session, PAGER, fact.leg_id, "page_accepted", then="hang_up")


def leg_ended(session: Session, fact: LegEnded) -> None:
    """A member's telephone is gone; if nobody pressed a key, her next one rings."""
    if fact.purpose == PURPOSE:
        service.leg_ended(session, fact.leg_id)


def send_ended(session: Session, fact: SendEnded) -> None:
    """A page's text or call came to its end."""
    if fact.owner_kind == PURPOSE:
        service.send_ended(session, fact.send_id, fact.outcome)


def never_dialled(session: Session, fact: NeverDialled) -> None:
    """A telephone of staff, or what a line falls back to, can never be called: a person must write down another."""
    if fact.centre_id is not None:
        service.never_dialled(session, fact.centre_id, fact.account_id)


def staff_text(session: Session, fact: StaffTextArrived) -> None:
    """A member answered a page by text."""
    actor = staff_actor(fact.account_id, fact.centre_id)
    try:
        service.answer_by_text(session, actor, fact.account_id, fact.code)
    except service.PagingError as refusal:
        log.warning("page_not_accepted", account=fact.account_id, reason=refusal.reason)


def days_counted(session: Session, fact: DaysCounted) -> None:
    """A day is over and compared with the carrier's lists: each contact of it must have an end."""
    service.explain_contacts(session, date.fromisoformat(fact.last))


def account_disabled(session: Session, fact: AccountDisabled) -> None:
    """Who may no longer act keeps no promise."""
    service.acceptor_gone(session, PAGER, fact.account_id)


def _by(account_id: UUID | None, centre_id: UUID | None) -> Actor:
    return PAGER if account_id is None else staff_actor(account_id, centre_id)


def register(reactions: Reactions) -> None:
    """Tell the ground what this room does about which fact."""
    reactions.on(CallEnded, "paging.call_ended", call_ended)
    reactions.on(TextArrived, "paging.text_arrived", text_arrived)
    reactions.on(ContactTaken, "paging.contact_taken", contact_taken)
    reactions.on(ContactReturned, "paging.contact_returned", contact_returned)
    reactions.on(StaffReplied, "paging.staff_replied", staff_replied)
    reactions.on(DuressSignalled, "paging.duress_signalled", duress_signalled)
    reactions.on(ReplyLost, "paging.reply_lost", reply_lost)
    reactions.on(CallConnected, "paging.call_connected", call_connected)
    reactions.on(CallBackConfirmed, "paging.call_connected", call_back_confirmed)
    reactions.on(ContactClosed, "paging.contact_closed", contact_closed)
    reactions.on(NobodyReady, "paging.nobody_ready", nobody_has_her)
    reactions.on(OffersExhausted, "paging.offers_exhausted", nobody_has_her)
    reactions.on(DeadlinePassed, "paging.deadline_passed", deadline_passed)
    reactions.on(LevelRaised, "paging.level_raised", more_urgent)
    reactions.on(IntakeTriaged, "paging.triaged", more_urgent)
    reactions.on(LegAnswered, "paging.leg_answered", leg_answered)
    reactions.on(LegEnded, "paging.leg_ended", leg_ended)
    reactions.on(SendEnded, "paging.send_ended", send_ended)
    reactions.on(NeverDialled, "paging.never_dialled", never_dialled)
    reactions.on(StaffTextArrived, "paging.staff_text", staff_text)
    reactions.on(DaysCounted, "paging.days_counted", days_counted)
    reactions.on(AccountDisabled, "paging.account_disabled", account_disabled)
