"""The next wave of offers of one who waits, in a handful of round trips.

In a flood thousands are due in the same minute. Each has a transaction and a lock of her own, as ever; who is at work
is the same for all of them and read once (:func:`core.sweeping.shared`), and what a wave writes leaves with its commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.database import table_of
from core.due import set_due
from core.facts import report
from core.outbox import publish
from core.statements import Read, Write, read_together
from core.sweeping import shared
from routing.events import NobodyReady, OffersExhausted, OffersMade
from routing.ladder import Steps, ladder
from routing.models import Offer, Queued
from routing.people import ReadOnce, operators_for, read_anew
from routing.reasons import Round
from routing.rules import ALL, Choice, Operator, Waiting, choose, first_wave, pause, why_nobody
from routing.service.considered import note_considered
from routing.service.offers import OPEN, WAVE, accounts, as_waiting, asked_of, end_offers, make_offers
from routing.service.steps import steps_now
from staff.queries import answering_centres

_QUEUE, _OFFERS = table_of(Queued), table_of(Offer)
_LOCKED = Read(
    select(_QUEUE, func.extract("epoch", koza_now() - _QUEUE.c.since).label("waited"))
    .where(_QUEUE.c.contact_id == bindparam("of_contact"))
    .with_for_update()
)
_EXPIRE = Write(
    update(_OFFERS)
    .where(_OFFERS.c.id == any_(bindparam("over", type_=ARRAY(Uuid()))), _OFFERS.c.state == text("'open'"))
    .values(state="expired", answered_at=koza_now())
)
_MOVE = Write(
    update(_QUEUE)
    .where(_QUEUE.c.contact_id == bindparam("of_contact"))
    .values(state=bindparam("as_state"), wave=bindparam("in_wave"), exhausted=bindparam("is_exhausted"))
)


def offer_next(session: Session, contact_id: UUID) -> int:
    """Make the next wave of offers of a waiting contact; returns how many people were newly asked.

    The router never stops asking while she waits: past the last wave it repeats it, so whoever becomes free is asked.
    The rooms above are told once per wait when nobody can be asked, or when everybody was asked in vain.
    """
    # Her row is locked by the first, so what the others say of her offers stands until we end.
    found, standing, declined, barred = read_together(
        session, (_LOCKED, {"of_contact": contact_id}), *asked_of(contact_id)
    )
    row = next(iter(found), None)
    if row is None or row.state not in OPEN:
        return 0
    waiting, steps = as_waiting(session, row), steps_now(session, row.line_id)
    _expire(session, [one for one in standing if one.over])
    left = _asked([one for one in standing if not one.over])
    this = _ask(session, row, waiting, steps, left, accounts(declined), accounts(barred))
    made = this.made
    state = "offered" if left or made else "waiting"
    _move_on(session, row, waiting, this.operators, steps, wave=this.wave, state=state, made=len(made))
    # Mostly the same people are asked again, and a screen shows no more than whom, and that it is everybody.
    if (
        state != row.state
        or row.wave < ALL <= this.wave
        or accounts(standing) != {account for account, _ in left} | accounts(made)
    ):
        answering = shared(session, ("answering", row.line_id), partial(answering_centres, session, row.line_id))
        publish(session, dict.fromkeys([row.centre_id, *answering]), "contact", contact_id)
    return len(made)


class _Wave(NamedTuple):
    """Which wave it came to be, whom it could choose from, and the offers that were made."""

    wave: int
    operators: list[Operator]
    made: Sequence[Any]


def _ask(
    session: Session,
    row: Any,
    waiting: Waiting,
    steps: Steps,
    left: set[tuple[UUID, str]],
    declined: frozenset[UUID],
    barred: frozenset[UUID],
) -> _Wave:
    """Choose and ask; where nobody can be chosen, the wave is the one that asks everybody."""
    wave = max(row.wave + 1, first_wave(waiting))
    once = partial(shared, session)
    people = partial(_people, session, row, waiting, steps, declined, barred)
    on_call = wave >= ALL and row.waited >= _on_call_after(waiting, steps)
    operators, choices = people(wave, once, on_call=on_call)
    if not choices and wave < ALL:
        wave = ALL
        operators, choices = people(wave, once)
    if not on_call and row.channel == "voice" and {one.account_id for one in choices} <= declined:
        # Nobody at work is free, or all who are have declined: nothing is gained by waiting for them.
        on_call = True
        operators, choices = people(wave, once, on_call=on_call)
    made = make_offers(session, row, wave, choices, left, steps.wave_seconds)
    if _is_gone(choices, left | _asked(made)):
        # Somebody left her screen, or has a caller, since the people were read: who comes after her is asked instead.
        operators, choices = people(wave, read_anew, on_call=on_call)
        made = [*made, *make_offers(session, row, wave, choices, left | _asked(made), steps.wave_seconds)]
    this = Round(
        waiting=waiting,
        wave=wave,
        plan=ladder().plan(steps),
        operators=operators,
        choices=choices,
        asked={account for account, _ in left | _asked(made)},
        barred=barred,
        declined=declined,
        on_call=on_call,
        phone_roles=ladder().phone_roles,
        on_call_roles=steps.on_call_roles,
    )
    note_considered(session, row, this)
    return _Wave(wave, operators, made)


def _on_call_after(waiting: Waiting, steps: Steps) -> int:
    """Seconds until those on call are rung; in danger the first wave is left out, and its time with it."""
    return steps.on_call_seconds - steps.wave_seconds * (first_wave(waiting) - 1)


def _expire(session: Session, over: Sequence[Any]) -> None:
    """End offers whose time is over; a telephone that still rings is ended."""
    if any(one.leg_id is not None for one in over):
        ids = [one.id for one in over]
        end_offers(session, session.scalars(select(Offer).where(Offer.id.in_(ids))).all(), "expired")
    elif over:
        _EXPIRE(session, {"over": [one.id for one in over]})


def _people(
    session: Session,
    row: Any,
    waiting: Waiting,
    steps: Steps,
    declined: frozenset[UUID],
    barred: frozenset[UUID],
    wave: int,
    read_once: ReadOnce,
    *,
    on_call: bool = False,
) -> tuple[list[Operator], list[Choice]]:
    operators = operators_for(
        session,
        row.line_id,
        waiting,
        barred,
        wave=wave,
        on_call_roles=steps.on_call_roles,
        on_call=on_call,
        read_once=read_once,
    )
    return operators, choose(operators, waiting, wave, ladder().plan(steps), declined, on_call=on_call)


def _asked(offers: Sequence[Any]) -> set[tuple[UUID, str]]:
    return {(one.account_id, one.medium) for one in offers}


def _is_gone(choices: Sequence[Choice], asked: set[tuple[UUID, str]]) -> bool:
    """Whether somebody who was chosen could not be asked at her screen. A telephone may ring for somebody else."""
    return any(one.medium == "board" and (one.account_id, one.medium) not in asked for one in choices)


def _move_on(
    session: Session,
    row: Any,
    waiting: Waiting,
    operators: Sequence[Operator],
    steps: Steps,
    *,
    wave: int,
    state: str,
    made: int,
) -> None:
    """Write down how far she is and when her next wave is due, and tell the rooms above."""
    contact_id, centre_id, level = row.contact_id, row.centre_id, row.level
    reason = None if row.exhausted else why_nobody(operators, waiting)
    in_vain = not row.exhausted and reason is None and wave > ALL
    exhausted = row.exhausted or reason is not None or in_vain
    _MOVE(session, {"of_contact": contact_id, "as_state": state, "in_wave": wave, "is_exhausted": exhausted})
    again = timedelta(seconds=pause(waiting.channel, wave, steps.wave_seconds))
    if waiting.returned or waiting.repeat:
        # Of equals whose waves fall due in one tick, who tries again has the telephone that became free.
        again -= timedelta(seconds=1)
    set_due(session, WAVE, str(contact_id), again, epoch=wave, centre_id=centre_id, rank=level)
    if made:
        report(session, OffersMade(contact_id, centre_id, wave=wave, count=made))
    if reason is not None:
        report(session, NobodyReady(contact_id, centre_id, channel=row.channel, level=level, reason=reason))
    elif in_vain:
        report(session, OffersExhausted(contact_id, centre_id, channel=row.channel, level=level, waves=wave - 1))


__all__ = ["offer_next"]
