"""What a reaction could not do at once is done later: in order for each contact and room, and in nobody's way."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import Ground
from core.due import ALARM_AFTER, Due, DueHandlers
from core.facts import Fact, Reactions, report, run_deferred
from core.ids import new_id
from core.outbox import Outbox, publish
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from tests.edge.core.test_due import Knocked, Left, alarms, rewired
from tests.support.house import Clock


class _Story:
    """Two rooms that write down what they hear, in the transaction in which they hear it, and fail when told to."""

    def __init__(self, ground: Ground) -> None:
        self.stream = new_id()
        self.failures: dict[tuple[str, int], int] = {}
        reactions, due = Reactions(), DueHandlers()
        kinds: dict[str, list[type[Fact]]] = {"hall.open": [Knocked], "hall.shut": [Left], "roof.note": [Knocked, Left]}
        for name, heard in kinds.items():
            for kind in heard:
                reactions.on(kind, name, self._reaction(name))
        due.on("reaction", run_deferred)
        self.house = rewired(ground, reactions, due)

    def _reaction(self, name: str) -> Callable[[Session, Fact], None]:
        def react(session: Session, fact: Fact) -> None:
            number: int = fact.payload()["times"]
            publish(session, self.stream, f"{name.partition('.')[0]}:{fact.contact_id}", str(number))
            left = self.failures.get((name, number), 0)
            if left:
                self.failures[name, number] = left - 1
                raise RuntimeError("not now")

        return react

    def tell(self, contact: UUID | None, number: int) -> None:
        kind = Left if number % 2 else Knocked
        run(self.house, lambda session: report(session, kind(contact, None, number)))

    def heard(self, room: str, contact: UUID | None) -> list[int]:
        with unit_of_work(self.house) as session:
            query = select(Outbox.subject).where(
                Outbox.centre_id == self.stream,
                Outbox.topic == f"{room}:{contact}",
            )
            return [int(subject) for subject in session.scalars(query.order_by(Outbox.id))]

    def waiting(self, contact: UUID) -> list[str | None]:
        with unit_of_work(self.house) as session:
            return list(session.scalars(select(Due.reaction).where(Due.lane_contact == contact).order_by(Due.id)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 12))
def test_each_room_hears_each_contact_in_order_whatever_fails(
    ground: Ground,
    hand: Clock,
    seed: int,
    length: int,
) -> None:
    chance, story = random.Random(seed), _Story(ground)
    contacts = [new_id(), new_id()]
    told: dict[UUID, list[int]] = {contact: [] for contact in contacts}
    for number in range(length):
        for name in ("hall.open", "hall.shut", "roof.note"):
            story.failures[name, number] = chance.choice((0, 0, 0, 1, 2))
        contact = chance.choice(contacts)
        told[contact].append(number)
        story.tell(contact, number)
        if chance.random() < 0.3:
            hand.advance(chance.choice((1, 5)), sweeping=False)
            sweep(story.house)
    for _ in range(3 * length + 3):
        hand.advance(10, sweeping=False)
        sweep(story.house)
    for contact in contacts:
        assert story.waiting(contact) == []
        assert story.heard("hall", contact) == story.heard("roof", contact) == told[contact]


def test_a_reaction_that_can_never_succeed_holds_up_its_like_for_ever_and_its_room_until_the_alarm(
    ground: Ground,
    hand: Clock,
) -> None:
    story, contact, before = _Story(ground), new_id(), alarms()
    story.failures["hall.open", 0] = 10**6
    for number in (0, 1, 2):
        story.tell(contact, number)
    assert story.heard("roof", contact) == [0, 1, 2]
    assert (story.heard("hall", contact), story.waiting(contact)) == ([], ["hall.open", "hall.shut", "hall.open"])
    for _ in range(ALARM_AFTER):
        sweep(story.house)
        hand.advance(400, sweeping=False)
    sweep(story.house)
    assert alarms() - before == 1
    assert (story.heard("hall", contact), story.waiting(contact)) == ([1], ["hall.open", "hall.open"])
    story.failures.clear()
    hand.advance(400, sweeping=False)
    sweep(story.house)
    assert (story.heard("hall", contact), story.waiting(contact)) == ([1, 0, 2], [])


def test_facts_of_no_contact_wait_for_nobody(ground: Ground, hand: Clock) -> None:
    story = _Story(ground)
    story.failures["hall.open", 0] = 1
    story.tell(None, 0)
    story.tell(None, 2)
    assert story.heard("hall", None) == [2]
    hand.advance(10, sweeping=False)
    sweep(story.house)
    assert story.heard("hall", None) == [2, 0]


def test_a_deferred_reaction_whose_name_a_release_dropped_stays_and_holds_up_no_other_room(
    ground: Ground,
    hand: Clock,
) -> None:
    story, contact = _Story(ground), new_id()
    story.failures["hall.open", 0] = 1
    story.tell(contact, 0)
    dropped = Reactions()
    house = rewired(ground, dropped, story.house.due_handlers)
    hand.advance(10, sweeping=False)
    sweep(house)
    assert story.waiting(contact) == ["hall.open"]
    hand.advance(10, sweeping=False)
    sweep(story.house)
    assert (story.heard("hall", contact), story.waiting(contact)) == ([0], [])


def test_a_fact_comes_back_from_its_row_as_it_was(ground: Ground) -> None:
    contact, centre = new_id(), new_id()
    fact = Knocked(contact, centre, 3)
    assert fact.payload() == {"times": 3}
    assert Knocked.from_payload(contact, centre, {**fact.payload(), "of_an_older_release": 1}) == fact
