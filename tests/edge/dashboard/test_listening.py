"""Listening as its people see it: who has her notes that she agreed, who may listen does, and both see who does."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from practice.phones import Behaviour, Press
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.routing.test_calling_in import Talk, talking
from tests.edge.routing.test_listening import lead
from tests.support.desk import Desk
from tests.support.planted import SENTENCE
from tests.support.world import Person, World

FORM = 'id="i-listening_words"'
COACHES = Behaviour("answer", after=2.0, presses=(Press("1", hearing="Press 1 to coach"),))
ONE_KEY = 'aria-keyshortcuts="F10"'


@dataclass
class Room:
    """A conversation, and the browsers of who has her, who leads the shift, and who directs the centre."""

    talk: Talk
    house: House
    listener: Person
    operator: Browser
    lead: Browser
    director: Browser

    @property
    def page(self) -> str:
        return f"/contacts/{self.talk.contact_id}"

    @property
    def name(self) -> str:
        """The listener, as screens name her."""
        return self.listener.name.split("@")[0].title()

    def allow(self) -> None:
        path = f"/shifts/lines/{self.talk.world.line.line_id}/listening"
        assert self.director.post(path, {"allowed": "1"}).status_code == 303

    def agree(self, by: Browser, words: str = SENTENCE) -> int:
        return by.post(f"{self.page}/listening", {"do": "agree", "listening_words": words}).status_code

    def acts(self, subject: UUID, begins: str) -> list[tuple[str, object]]:
        with unit_of_work(self.house.ground) as session:
            wanted = select(AuditEntry.act, AuditEntry.detail).where(AuditEntry.subject_id == str(subject))
            rows = session.execute(wanted.order_by(AuditEntry.id)).all()
        return [(row.act, row.detail) for row in rows if row.act.startswith(begins)]


@pytest.fixture
def room(world: World, app: Flask) -> Room:
    talk, listener = talking(world), lead(world, COACHES)
    house = House(app, Desk(world.line))
    return Room(
        talk,
        house,
        listener,
        house.browser(account_id=talk.first.account_id),
        house.browser(account_id=listener.account_id),
        house.browser("director", stepped_up=True),
    )


def test_it_is_off_until_the_director_allows_it_and_waits_for_her_word_then(room: Room) -> None:
    assert all("data-listening" not in one.get(room.page).text for one in (room.operator, room.lead))
    refused = room.lead.post(f"{room.page}/listen", {"how": "listen"})
    assert (refused.status_code, "the director has not allowed it" in unescape(refused.text)) == (422, True)
    room.allow()
    assert "may listen after she agreed" in room.director.get("/shifts").text
    assert "may listen after she agreed" not in room.lead.get("/shifts").text
    assert room.acts(room.talk.world.line.line_id, "listening") == [("listening_allowed", {"allowed": True})]
    assert FORM in room.operator.get(room.page).text
    waits = room.lead.get(room.page)
    assert FORM not in waits.text
    assert "She was not told that somebody may listen, or has not agreed." in shown(waits)
    # Words are asked for, and only who has her can have heard them.
    assert (room.agree(room.operator, " "), room.agree(room.lead)) == (422, 422)


def test_who_has_her_sees_who_listens_and_ends_it_by_one_key(room: Room) -> None:
    world = room.talk.world
    room.allow()
    assert room.agree(room.operator) == 303
    told = room.operator.get(room.page)
    assert (SENTENCE in shown(told), FORM in told.text, ONE_KEY in told.text) == (True, False, True)
    assert room.lead.post(f"{room.page}/listen", {"how": "coach"}).status_code == 303
    world.settle()
    assert f"{room.name} is being called to listen." in shown(room.operator.get(room.page))
    world.pass_time(20)
    assert room.talk.hears(room.listener) == {room.talk.first.phone}
    assert f"{room.name} listens, and you alone hear what she says." in shown(room.operator.get(room.page))
    listens = room.lead.get(room.page).text
    assert ("Stop listening" in listens, "/voice" in listens) == (True, False)
    assert room.operator.post(f"{room.page}/listening", {"do": "withdraw"}).status_code == 303
    assert f"{room.name} is being let go." in shown(room.operator.get(room.page))
    world.settle()
    world.pass_time(2)
    assert room.talk.hears_her() == {room.talk.first.phone}
    assert FORM in room.operator.get(room.page).text
    replayed = shown(room.lead.get(f"{room.page}/replay"))
    for line in (
        "She was told that a colleague may listen, and agreed", f"{room.name} is called in to coach",
        f"{room.name} listens and coaches", "That a colleague may listen was taken back",
        f"{room.name} listens no longer",
    ):  # fmt: skip
        assert line in replayed
    assert SENTENCE not in replayed
    assert [act for act, _ in room.acts(room.talk.contact_id, "listen")] == [
        "listening_agreed", "listened", "listening_withdrawn",
    ]  # fmt: skip
