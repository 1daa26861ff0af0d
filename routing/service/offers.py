"""Offers: a waiting contact is put before people, more of them with every wave, until one of them takes it.

A contact's row in the queue is locked first by everything in this room that touches its offers, so two ticks, or a
tick and an answer, take turns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Integer,
    Interval,
    ScalarSelect,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from core.actor import Actor, system
from core.clock import after, koza_now
from core.database import table_of
from core.due import set_due
from core.ids import new_id
from core.outbox import publish
from core.statements import Read, Row, read_together
from hotline import service as hotline
from hotline.queries import spoke_with
from routing.ladder import ladder
from routing.models import DeskLine, Offer, Presence, Queued
from routing.people import alive, operators_for, telephones
from routing.reasons import Round
from routing.rules import ALL, Choice, Waiting, choose, pause
from routing.service.considered import note_considered
from routing.service.steps import steps_now
from routing.service.whisper import whisper
from staff import queries as staff_queries
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

_OFFERS = table_of(Offer)
_STANDING = Read(
    select(
        _OFFERS.c.id,
        _OFFERS.c.account_id,
        _OFFERS.c.medium,
        _OFFERS.c.leg_id,
        (_OFFERS.c.until <= koza_now()).label("over"),
    )
    .where(_OFFERS.c.contact_id == bindparam("of_contact"), _OFFERS.c.state == text("'open'"))
    .order_by(_OFFERS.c.id)
)
_DECLINED = Read(
    select(_OFFERS.c.account_id)
    .join(table_of(Queued), table_of(Queued).c.contact_id == _OFFERS.c.contact_id)
    .where(
        _OFFERS.c.contact_id == bindparam("of_contact"),
        _OFFERS.c.state == text("'declined'"),
        _OFFERS.c.round == table_of(Queued).c.round,
    )
)
_ANY_OPEN = Read(
    select(Offer.id).where(Offer.contact_id == bindparam("of_contact"), Offer.state == text("'open'")).limit(1)
)


def look_now(session: Session, contact_id: UUID, centre_id: UUID | None, level: int, *, place: int = 0) -> None:
    """Let the next tick make offers for this contact, after those of more dangerous levels.

    ``place``: hers among several of one level that are looked at now, so that one telephone rings for the first.
    """
    at = timedelta(microseconds=place) if place else koza_now()
    set_due(session, WAVE, str(contact_id), at, centre_id=centre_id, rank=level)


def locked_row(session: Session, contact_id: UUID) -> Queued | None:
    """The contact's row in the queue, locked and fresh."""
    return session.get(Queued, contact_id, with_for_update=True, populate_existing=True)


def tell_screens(session: Session, row: Queued) -> None:
    """The contact's board row changed, for every centre that answers its line."""
    tell_centres(session, row.contact_id, row.centre_id, row.line_id)


def tell_centres(session: Session, contact_id: UUID, centre_id: UUID, line_id: UUID) -> None:
    """As :func:`tell_screens`, for a row that was changed without the mapper."""
    publish(session, dict.fromkeys([centre_id, *answering_centres(session, line_id)]), "contact", contact_id)


def asked_of(contact_id: UUID) -> tuple[tuple[Read, Row], ...]:
    """Her open offers, who declined her since she waits, and who is barred from her, as reads to be asked together."""
    values = {"of_contact": contact_id}
    return (_STANDING, values), (_DECLINED, values), staff_queries.asked_barred("contact", contact_id)


def accounts(rows: Sequence[Any]) -> frozenset[UUID]:
    """Whose rows these are."""
    return frozenset(row.account_id for row in rows)


def as_waiting(session: Session, row: Queued) -> Waiting:
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
        anybody_may_answer=row.anybody_may_answer,
        spoke_with=spoke_with(session, row.contact_id, within_s=within_s) if row.repeat else None,
    )


def make_offers(
    session: Session,
    row: Queued,
    wave: int,
    choices: Sequence[Choice],
    asked: Collection[tuple[UUID, str]],
    wave_seconds: int,
) -> Sequence[Any]:
    """Write the offers down and ring telephones; who is still being asked (``asked``) keeps her offer.

    A telephone that rings for somebody else is left out: the next wave finds it free. Left out is as well who is gone
    or talks since she was chosen. Returns the offers that were made.
    """
    new = [choice for choice in choices if (choice.account_id, choice.medium) not in asked]
    ringing = [choice.account_id for choice in new if choice.medium == "phone"]
    phones = telephones(session, ringing) if ringing else {}
    # Who had the line by telephone may have given it back since she was chosen, and have no other.
    new = [choice for choice in new if choice.medium == "board" or choice.account_id in phones]
    if not new:
        return []
    seconds = timedelta(seconds=pause("voice" if row.channel == "voice" else "sms", wave, wave_seconds))
    made = _offering().all(
        session,
        {
            "ids": [new_id() for _ in new],
            "accounts": [choice.account_id for choice in new],
            "media": [choice.medium for choice in new],
            "of_contact": row.contact_id,
            "in_round": row.round,
            "in_wave": wave,
            "pause": seconds,
            "ringing": seconds * 2,
            "is_call": row.channel == "voice",
        },
    )
    rung = [offer for offer in made if offer.medium == "phone"]
    if rung:
        hint = whisper(session, row)
        for offer in rung:
            leg = hotline.ring_offer(
                session,
                ROUTER,
                row.contact_id,
                offer.account_id,
                phones[offer.account_id],
                str(offer.id),
                seconds=wave_seconds,
                hint=hint,
            )
            values = {"leg_id": leg, "desk_line_id": _line_of(offer.account_id)}
            session.execute(update(Offer).where(Offer.id == offer.id).values(values))
    return made


def _line_of(account_id: UUID) -> ScalarSelect[UUID]:
    """The line that this person has by telephone, if she has it."""
    mine = DeskLine.account_id == account_id, DeskLine.ended_at.is_(None)
    return select(DeskLine.id).where(*mine).scalar_subquery()


@cache
def _offering() -> Read:
    """Several offers of one contact in one statement; the last word on whether each person can be asked is its own."""
    given = (
        func.unnest(
            bindparam("ids", type_=ARRAY(Uuid())),
            bindparam("accounts", type_=ARRAY(Uuid())),
            bindparam("media", type_=ARRAY(Text())),
        )
        .table_valued("id", "account_id", "medium")
        .render_derived("given")
    )
    account, medium, is_call = given.c.account_id, given.c.medium, bindparam("is_call", type_=Boolean())
    here = select(Presence.account_id).where(Presence.account_id == account, Presence.ready, alive()).exists()
    talks = (
        select(Queued.contact_id)
        .where(Queued.taken_by == account, Queued.state == text("'taken'"), Queued.channel == "voice")
        .exists()
    )
    # A telephone needs time to ring, to be picked up and to hear the question.
    pauses = {name: bindparam(name, type_=Interval()) for name in ("pause", "ringing")}
    until = koza_now() + case((medium == "phone", pauses["ringing"]), else_=pauses["pause"])
    source = (
        select(
            given.c.id,
            bindparam("of_contact", type_=Uuid()),
            account,
            medium,
            bindparam("in_round", type_=Integer()),
            bindparam("in_wave", type_=Integer()),
            until,
        )
        .where(or_(medium == "phone", here), or_(not_(is_call), not_(talks)))
        # All waves go through people in one order: one that waits for another's telephone holds none that it waits for.
        .order_by(account)
    )
    columns = ["id", "contact_id", "account_id", "medium", "round", "wave", "until"]
    statement = insert(table_of(Offer)).from_select(columns, source, include_defaults=False)
    table = table_of(Offer).c
    return Read(statement.on_conflict_do_nothing().returning(table.id, table.account_id, table.medium))


def _asked(session: Session, row: Queued) -> bool:
    standing = select(Offer.id).where(Offer.contact_id == row.contact_id, Offer.state == "open").limit(1)
    return session.execute(standing).first() is not None


def withdraw_offers(session: Session, contact_id: UUID, state: str = "withdrawn") -> None:
    """End every open offer of a contact, because it was taken or has left; telephones hear that it is taken."""
    if _ANY_OPEN.first(session, {"of_contact": contact_id}) is None:
        return
    standing = select(Offer).where(Offer.contact_id == contact_id, Offer.state == "open")
    end_offers(session, session.scalars(standing).all(), state)


def end_offers(session: Session, offers: Sequence[Offer], state: str) -> None:
    """End these offers; a telephone that rings or listens is let go."""
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


def decline(session: Session, _actor: Actor, contact_id: UUID, account_id: UUID) -> bool:
    """She does not take it, and the next person is asked; returns whether there was an offer to decline."""
    row = locked_row(session, contact_id)
    if row is None:
        return False
    return close_offers(session, row, account_id, "declined")


def close_offers(session: Session, row: Queued, account_id: UUID, state: str) -> bool:
    """End one person's open offers of a contact whose row is locked, and have the next person asked now.

    Nobody left who is asked: the next wave comes at once, unless it would only ask the same person again.
    """
    ended = session.execute(
        update(Offer)
        .where(Offer.contact_id == row.contact_id, Offer.account_id == account_id, Offer.state == "open")
        .values(state=state, answered_at=koza_now())
        .returning(Offer.id, (Offer.made_at > after(-ladder().wave_seconds)).label("young")),
    ).all()
    if ended and row.state in OPEN:
        if not _asked(session, row):
            row.state = "waiting"
            session.flush()
            young = any(one.young for one in ended)
            if not (young and row.wave >= ALL and _tells_nothing_new(session, row, account_id, state)):
                look_now(session, row.contact_id, row.centre_id, row.level)
        elif state == "declined" and row.wave < ALL:
            # The first wave asks a few: whoever comes next takes the place of who declined.
            _ask_next(session, row)
    if ended:
        tell_screens(session, row)
    return bool(ended)


def _tells_nothing_new(session: Session, row: Queued, account_id: UUID, state: str) -> bool:
    """Whether an offer that ended so, where everybody was asked, is no reason to make the next wave before its time.

    A telephone that is busy or out of order fails within a second, and whoever declines again is the one whom the next
    wave would ring: a hundred times until her ceiling, or every seven seconds.
    """
    if state != "declined":
        return state == "expired"
    declined = Offer.state == "declined", Offer.round == row.round
    hers = Offer.contact_id == row.contact_id, Offer.account_id == account_id
    return (session.scalar(select(func.count()).where(*hers, *declined)) or 0) > 1


def _ask_next(session: Session, row: Queued) -> None:
    standing, declined, barred = read_together(session, *asked_of(row.contact_id))
    waiting, steps = as_waiting(session, row), steps_now(session, row.line_id)
    operators = operators_for(
        session,
        row.line_id,
        waiting,
        accounts(barred),
        wave=row.wave,
        on_call_roles=steps.on_call_roles,
    )
    plan = ladder().plan(steps)
    choices = choose(operators, waiting, row.wave, plan, accounts(declined))
    asked = {(one.account_id, one.medium) for one in standing}
    made = make_offers(session, row, row.wave, choices, asked, steps.wave_seconds)
    now_asked = accounts(standing) | accounts(made)
    this = Round(
        waiting=waiting,
        wave=row.wave,
        plan=plan,
        operators=operators,
        choices=choices,
        asked=now_asked,
        barred=accounts(barred),
        declined=accounts(declined),
        phone_roles=ladder().phone_roles,
        on_call_roles=steps.on_call_roles,
    )
    note_considered(session, row, this)


def keep_ringing(session: Session, offer_id: UUID) -> None:
    """A telephone was picked up: the offer stands until a key could be pressed."""
    session.execute(
        update(Offer).where(Offer.id == offer_id, Offer.state == "open").values(until=after(ANSWERED_S)),
    )
