"""Keys on telephones of staff while the database is away: an acceptance waits, duress is kept, a PIN is asked again."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from core.facts import Reactions, StoredFact
from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.journal import has_pending
from practice.phones import Behaviour, Press
from tests.support.story import (
    ACTOR,
    contact,
    desk,
    leg_row,
    no_database,
    paged,
    telephone,
    waiting_call,
    words,
)
from tests.support.world import World

PIN = "4915"


@pytest.fixture(autouse=True)
def _nobody_reacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def answered(world: World, leg_id: UUID) -> bool:
    return leg_row(world, leg_id).answered_at is not None


def entered(world: World, leg_id: UUID) -> list[str]:
    """The keys of a leg that were told to the rooms above."""
    with unit_of_work(world.ground) as session:
        facts = select(StoredFact).where(
            StoredFact.kind == "LegAnswered",
            StoredFact.payload["leg_id"].astext == str(leg_id),
        )
        return [fact.payload["digit"] for fact in session.scalars(facts)]


def page(world: World, behaviour: Behaviour) -> tuple[UUID, str]:
    """A page by voice; leg and number."""
    number = telephone(world, behaviour)
    leg_id = paged(world, number)
    return leg_id, number


def test_an_operator_s_acceptance_survives_a_short_outage(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: answered(world, leg_id), limit=20)
    with no_database(world):
        world.pass_time(4)
    world.pass_time(30)
    assert contact(world, call.sid).state == "connected"
    assert world.exchange.speak(call.sid, "alo") == [leg_row(world, leg_id).carrier_sid]


def test_a_telephone_that_answers_during_a_short_outage_still_gets_its_question(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    with no_database(world):
        world.pass_time(3)
    world.pass_time(30)
    assert contact(world, call.sid).state == "connected"
    assert leg_row(world, leg_id).joined_at is not None


@pytest.mark.parametrize("hangs_up", [True, False])
def test_duress_is_kept_whether_she_stays_on_the_line_or_not(world: World, hangs_up: bool) -> None:
    call = waiting_call(world)
    contact_id, number = contact(world, call.sid).id, telephone(world, Behaviour("answer", presses=(Press("9"),)))
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.until(lambda: answered(world, leg_id), limit=20)
    with no_database(world):
        world.pass_time(2)
        if hangs_up:
            world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].hang_up()
            world.pass_time(2)
        assert has_pending(world.line.journal_folder)
    world.pass_time(30)
    assert entered(world, leg_id) == ["9"]


def test_a_pin_is_asked_for_again_and_never_written_down(world: World) -> None:
    keys = (Press(f"{PIN}#", after=1.0), Press(f"{PIN}#", hearing="PIN", delay=6.0))
    leg_id, number = page(world, Behaviour("answer", presses=keys))
    world.until(lambda: answered(world, leg_id), limit=20)
    with no_database(world):
        world.pass_time(4)
        assert not has_pending(world.line.journal_folder)
    world.until(lambda: bool(entered(world, leg_id)), limit=60)
    assert entered(world, leg_id) == ["pin"]
    assert "Bir dakika. PIN" in words(world, number)
    assert world.do(lambda session: hotline.leg_digits(session, leg_id)) == PIN
    assert not any(PIN in entry.url for entry in world.exchange.requests())


def test_patience_with_an_outage_has_an_end(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk"))
    world.until(lambda: answered(world, leg_id), limit=20)
    sid = str(leg_row(world, leg_id).carrier_sid)
    with no_database(world):
        world.pass_time(60)
        assert world.exchange.calls[sid].over
        assert not call.over
