"""Offers: a waiting contact is put before people, more of them with every wave, until one of them takes it.

A contact's row in the queue is locked first by everything in this room that touches its offers, so two ticks, or a
tick and an answer, take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.clock import after, koza_now
from core.due import set_due
from core.facts import report
from core.ids import new_id
from core.outbox import publish
from core.statements import Read
from hotline import service as hotline
from hotline.queries import spoke_with
from routing.events import NobodyReady, OffersExhausted, OffersMade
from routing.ladder import ladder
from routing.models import Offer, Queued
from routing.people import operators_for, telephones
from routing.rules import ALL, Choice, Operator, Waiting, choose, first_wave, pause, why_nobody
from staff.queries import answering_centres

#: Due kind: the subject is a contact, and its next wave is to be made.
WAVE = "routing.wave"
#: Owner kind of the legs and sends of this room, as the telephone edge stores them.
OWNER = "offer"
#: States of a queue row in which she waits.
OPEN = ("waiting", "offered")
#: Seconds that a telephone which was picked up has for pressing a key, whatever the wave does.
ANSWERED_S = 30

ROUTER = system("routing")

_ANY_OPEN = Read(
    select(Offer.id).where(Offer.contact_id == bindparam("of_contact"), Offer.state == text("'open'")).limit(1)
)


def look_now(session: Session, contact_id: UUID, centre_id: UUID | None, level: int) -> None:
    """Let the next tick make offers for this contact, after those of more dangerous levels."""
    set_due(session, WAVE, str(contact_id), koza_now(), centre_id=centre_id, rank=level)


def locked_row(session: Session, contact_id: UUID) -> Queued | None:
    """The contact's row in the queue, locked and fresh."""
    return session.get(Queued, contact_id, with_for_update=True, populate_existing=True)


def tell_screens(session: Session, row: Queued) -> None:
    """The contact's board row changed, for every centre that answers its line."""
    tell_centres(session, row.contact_id, row.centre_id, row.line_id)


def tell_centres(session: Session, contact_id: UUID, centre_id: UUID, line_id: UUID) -> None:
    """As :func:`tell_screens`, for a row that was changed without the mapper."""
    publish(session, dict.fromkeys([centre_id, *answering_centres(session, line_id)]), "contact", contact_id)


def offer_next(session: Session, contact_id: UUID) -> int:
    """Make the next wave of offers of a waiting contact; returns how many people were newly asked.

    The router never stops asking while she waits: past the last wave it repeats it, so whoever becomes free is asked.
    The rooms above are told once per wait when nobody can be asked, or when everybody was asked in vain.
    """
    row = locked_row(session, contact_id)
    if row is None or row.state not in OPEN:
        return 0
    waiting = _as_waiting(session, row)
    _expire(session, row)
    wave = max(row.wave + 1, first_wave(waiting))
    operators, choices = _whom(session, row, waiting, wave)
    if not choices and wave < ALL:
        wave = ALL
        operators, choices = _whom(session, row, waiting, wave)
    made = _make(session, row, wave, choices)
    asked = _asked(session, row)
    row.state = "offered" if asked else "waiting"
    row.wave = wave
    session.flush()
    if made:
        report(session, OffersMade(contact_id, row.centre_id, wave=wave, count=made))
    _tell_upward(session, row, waiting, operators)
    again = after(pause(waiting.channel, wave, ladder().wave_seconds))
    set_due(session, WAVE, str(contact_id), again, epoch=wave, centre_id=row.centre_id, rank=row.level)
    tell_screens(session, row)
    return made


def _as_waiting(session: Session, row: Queued) -> Waiting:
    """A row of the queue as the rules know it. Whoever showed no number never called before."""
    within_s = ladder().same_person_seconds
    return Waiting(
        contact_id=row.contact_id,
        channel="voice" if row.channel == "voice" else "sms",
        level=row.level,
        since=row.since,
        returned=row.returned,
        repeat=row.repeat,
        language=row.language,
        wants_woman=row.wants_woman,
        spoke_with=spoke_with(session, row.contact_id, within_s=within_s) if row.repeat else None,
    )


def _whom(session: Session, row: Queued, waiting: Waiting, wave: int) -> tuple[list[Operator], list[Choice]]:
    operators = operators_for(session, row.line_id, waiting, phones=wave >= ALL)
    declined = session.scalars(
        select(Offer.account_id).where(
            Offer.contact_id == row.contact_id,
            Offer.round == row.round,
            Offer.state == "declined",
        ),
    ).all()
    return operators, choose(operators, waiting, wave, ladder().plan, frozenset(declined))


def _make(session: Session, row: Queued, wave: int, choices: Sequence[Choice]) -> int:
    """Write the offers down and ring telephones; who is still being asked keeps her offer.

    A telephone that rings for somebody else is left out: the next wave finds it free. Returns how many were asked.
    """
    standing = {
        (one.account_id, one.medium)
        for one in session.execute(
            select(Offer.account_id, Offer.medium).where(Offer.contact_id == row.contact_id, Offer.state == "open"),
        )
    }
    new = [choice for choice in choices if (choice.account_id, choice.medium) not in standing]
    phones = telephones(session, [choice.account_id for choice in new if choice.medium == "phone"])
    # All waves go through people in one order: one that waits for another's telephone holds none that it waits for.
    made = [
        (offer_id, choice)
        for choice in sorted(new, key=lambda one: one.account_id)
        if (offer_id := _write_offer(session, row, wave, choice)) is not None
    ]
    for offer_id, choice in made:
        if choice.medium == "phone":
            leg = hotline.ring_offer(
                session,
                ROUTER,
                row.contact_id,
                choice.account_id,
                phones[choice.account_id],
                str(offer_id),
                seconds=ladder().wave_seconds,
                hint={"level": row.level, "returned": row.returned},
            )
            session.execute(update(Offer).where(Offer.id == offer_id).values(leg_id=leg))
    return len(made)


def _write_offer(session: Session, row: Queued, wave: int, choice: Choice) -> UUID | None:
    """One offer; ``None`` when this telephone already rings."""
    seconds = pause("voice" if row.channel == "voice" else "sms", wave, ladder().wave_seconds)
    statement = insert(Offer).values(
        id=new_id(),
        contact_id=row.contact_id,
        account_id=choice.account_id,
        medium=choice.medium,
        round=row.round,
        wave=wave,
        # A telephone needs time to ring, to be picked up and to hear the question.
        until=after(seconds * (2 if choice.medium == "phone" else 1)),
    )
    return session.execute(statement.on_conflict_do_nothing().returning(Offer.id)).scalar()


def _asked(session: Session, row: Queued) -> bool:
    standing = select(Offer.id).where(Offer.contact_id == row.contact_id, Offer.state == "open").limit(1)
    return session.execute(standing).first() is not None


def _expire(session: Session, row: Queued) -> None:
    """End offers whose time is over; a telephone that still rings is ended."""
    over = session.scalars(
        select(Offer).where(Offer.contact_id == row.contact_id, Offer.state == "open", Offer.until <= koza_now()),
    ).all()
    _end(session, over, "expired")


def withdraw_offers(session: Session, contact_id: UUID, state: str = "withdrawn") -> None:
    """End every open offer of a contact, because it was taken or has left; telephones hear that it is taken."""
    if _ANY_OPEN.first(session, {"of_contact": contact_id}) is None:
        return
    standing = select(Offer).where(Offer.contact_id == contact_id, Offer.state == "open")
    _end(session, session.scalars(standing).all(), state)


def _end(session: Session, offers: Sequence[Offer], state: str) -> None:
    for offer in offers:
        if offer.leg_id is not None:
            hotline.cancel_sends(session, OWNER, str(offer.id), 1)
            hotline.dismiss(session, ROUTER, offer.leg_id, "taken" if state == "taken" else "goodbye")
    if offers:
        session.execute(
            update(Offer)
            .where(Offer.id.in_([offer.id for offer in offers]), Offer.state == "open")
            .values(state=state, answered_at=koza_now()),
        )


def _tell_upward(session: Session, row: Queued, waiting: Waiting, operators: Sequence[Operator]) -> None:
    if row.exhausted:
        return
    reason = why_nobody(operators, waiting)
    if reason is not None:
        row.exhausted = True
        session.flush()
        report(
            session,
            NobodyReady(row.contact_id, row.centre_id, channel=row.channel, level=row.level, reason=reason),
        )
    elif row.wave > ALL:
        row.exhausted = True
        session.flush()
        report(
            session,
            OffersExhausted(row.contact_id, row.centre_id, channel=row.channel, level=row.level, waves=row.wave - 1),
        )


def decline(session: Session, _actor: Actor, contact_id: UUID, account_id: UUID) -> bool:
    """She does not take it, and the next person is asked; returns whether there was an offer to decline."""
    row = locked_row(session, contact_id)
    if row is None:
        return False
    return close_offers(session, row, account_id, "declined")


def close_offers(session: Session, row: Queued, account_id: UUID, state: str) -> bool:
    """End one person's open offers of a contact whose row is locked, and have the next person asked now.

    Nobody left who is asked: the next wave comes at once.
    """
    ended = session.scalars(
        update(Offer)
        .where(Offer.contact_id == row.contact_id, Offer.account_id == account_id, Offer.state == "open")
        .values(state=state, answered_at=koza_now())
        .returning(Offer.id),
    ).all()
    if ended and row.state in OPEN:
        if not _asked(session, row):
            row.state = "waiting"
            session.flush()
            look_now(session, row.contact_id, row.centre_id, row.level)
        elif state == "declined" and row.wave < ALL:
            # The first wave asks a few: whoever comes next takes the place of who declined.
            _, choices = _whom(session, row, _as_waiting(session, row), row.wave)
            _make(session, row, row.wave, choices)
    if ended:
        tell_screens(session, row)
    return bool(ended)


def keep_ringing(session: Session, offer_id: UUID) -> None:
    """A telephone was picked up: the offer stands until a key could be pressed."""
    session.execute(
        update(Offer).where(Offer.id == offer_id, Offer.state == "open").values(until=after(ANSWERED_S)),
    )
