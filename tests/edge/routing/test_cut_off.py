"""Who was cut off and calls again is offered first to whom she spoke with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.clock import now
from core.facts import report
from core.unit_of_work import run
from hotline.events import CallConnected
from hotline.models import Call, Contact, Leg
from hotline.service.calls import note_status
from routing.ladder import ladder
from routing.service import accept
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk
from tests.support.house import Clock
from tests.support.line import fresh_number


def talk(desk: Desk, contact: UUID, account: UUID) -> None:
    """They met, and then the line was cut."""
    with desk.work() as session:
        assert accept(session, desk.actor(account), contact, account).won
    with desk.work() as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact)).one()
        call = session.get_one(Call, contact)
        call.stage, call.status = "talking", "in-progress"
        session.get_one(Contact, contact).answered_at = now(session)
    met = CallConnected(contact, desk.centre_id, account, leg.id)
    run(desk.line.ground, lambda session: report(session, met))
    hang_up(desk, contact)


def hang_up(desk: Desk, contact: UUID) -> None:
    with desk.work() as session:
        call = session.get_one(Call, contact)
        note_status(session, session.get_one(Contact, contact), call, "completed")


def test_who_was_cut_off_is_offered_first_to_whom_she_spoke_with(desk: Desk, hand: Clock) -> None:
    others = [desk.person(ready=True) for _ in range(ladder().first_wave)]
    elif_ = desk.person(ready=True)
    on_duty(desk, *others, elif_)
    caller = fresh_number()
    contact = desk.call(caller)
    talk(desk, contact, elif_)
    again = desk.call(caller)
    desk.tick()
    assert (elif_, "board") in asked(desk, again)
    assert len(asked(desk, again)) == ladder().first_wave
    # Somebody else's call at the same moment goes to those who have been free for longest, and so does hers, later.
    other = desk.call()
    desk.tick()
    assert asked(desk, other) == {(one, "board") for one in others}
    hang_up(desk, again)
    hand.advance(ladder().same_person_seconds + 1, sweeping=False)
    for one in (*others, elif_):
        desk.beat(one)
    late = desk.call(caller)
    desk.tick()
    assert (elif_, "board") not in asked(desk, late)
