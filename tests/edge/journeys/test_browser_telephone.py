"""An operator whose telephone is her browser, on the practice exchange: met, muted, left, and never by a machine."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.models import Call, Contact, Leg
from hotline.phrases import phrase
from practice.phones import Behaviour, Press
from routing import service as routing
from routing.models import Queued
from tests.support.line import fresh_number
from tests.support.world import Person, World


class Tab:
    """The page in her browser: it is registered with the carrier, and beats."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person, session_id = world, person, UUID(int=person.account_id.int ^ 1)

        def choose(session: object) -> str:
            return routing.choose_browser(session, person.actor, person.account_id, session_id)  # type: ignore[arg-type]

        self.tab = routing.Tab(person.account_id, session_id, world.do(choose))
        self.address = f"client:{self.tab.identity}"

    def opens(self, behaviour: Behaviour) -> None:
        """The carrier can ring it; what it does then is the page's."""
        self.world.exchange.set_behaviour(self.address, behaviour)
        self.beat()

    def beat(self, *, registered: bool = True) -> None:
        """It says that it is there."""
        who = self.person
        self.world.do(
            lambda session: routing.note_softphone(session, who.actor, self.tab, who.centre_id, registered=registered)
        )

    def asks(self) -> str | None:
        """It is rung, and asks what for."""
        return self.world.do(lambda session: routing.answer_here(session, self.tab, self.call()))  # type: ignore[no-any-return]

    def rings(self) -> bool:
        """Whether it rings now."""
        return any(call.to == self.address and call.status == "ringing" for call in self.world.exchange.calls.values())

    def call(self) -> str:
        """The call that it is in."""
        [sid] = [sid for sid, call in self.world.exchange.calls.items() if call.to == self.address and not call.over]
        return sid

    def heard(self) -> str:
        """All that it heard."""
        return " ".join(self.world.exchange.phone(self.address).heard())


@pytest.fixture
def tab(world: World) -> Tab:
    """A tab that rings until its page answers."""
    person = world.person("operator")
    tab = Tab(world, person)
    tab.opens(Behaviour("manual"))
    world.ready(person)
    return tab


def waiting(world: World, *keys: Press) -> tuple[str, UUID]:
    """Somebody who waits: her call and her contact."""
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=keys or (Press("1", after=1.0),)))
    world.until(lambda: stage(world, call.sid) == "waiting", limit=60)
    with unit_of_work(world.ground) as session:
        return call.sid, session.scalars(select(Contact.id).where(Contact.carrier_sid == call.sid)).one()


def stage(world: World, sid: str) -> str | None:
    with unit_of_work(world.ground) as session:
        return session.scalars(select(Call.stage).where(Call.carrier_sid == sid)).one_or_none()


def state(world: World, contact_id: UUID) -> str:
    with unit_of_work(world.ground) as session:
        return session.get_one(Contact, contact_id).state


def legs(world: World, contact_id: UUID) -> list[str]:
    """How the telephones that rang for her stand."""
    with unit_of_work(world.ground) as session:
        return list(session.scalars(select(Leg.status).where(Leg.contact_id == contact_id)))


def take(world: World, tab: Tab, contact_id: UUID) -> None:
    """She takes her on the board, and the tab rings."""
    assert world.do(lambda s: routing.accept(s, tab.person.actor, contact_id, tab.person.account_id)).won
    world.until(tab.rings, limit=10)


def answer(world: World, tab: Tab) -> None:
    """The page takes the call that its person accepted."""
    assert tab.asks() == "desk"
    world.exchange.calls[tab.call()].answer()


def test_who_is_taken_on_the_board_meets_the_browser_without_a_key(world: World, tab: Tab) -> None:
    sid, contact_id = waiting(world)
    take(world, tab, contact_id)
    answer(world, tab)
    world.until(lambda: state(world, contact_id) == "connected", limit=10)
    assert world.exchange.speak(sid, "alo") == [tab.call()]
    assert world.exchange.speak(tab.call(), "Koza, buyurun") == [sid]
    # Nothing was asked of her, and nothing was said: she read it on the board.
    assert "alo" in tab.heard()
    assert phrase("accept_or_decline", "tr").text not in tab.heard()


def test_a_program_that_answers_the_leg_is_no_person(world: World, tab: Tab) -> None:
    """Something with the token picks up, and no page said that its person took the caller: it has to press 1."""
    tab.opens(Behaviour("answer", after=1.0))
    sid, contact_id = waiting(world)
    world.do(lambda s: routing.accept(s, tab.person.actor, contact_id, tab.person.account_id))
    world.until(lambda: phrase("accept_or_decline", "tr").text in tab.heard(), limit=20)
    world.pass_time(3)
    assert state(world, contact_id) != "connected"
    assert world.exchange.speak(sid, "alo") == []
    world.pass_time(15)
    assert stage(world, sid) == "waiting"


def test_a_tab_that_takes_her_too_late_hears_that_and_is_not_joined(world: World, tab: Tab) -> None:
    """She was given to somebody else between the press and the carrier's request for the tab's first document."""
    sid, contact_id = waiting(world)
    take(world, tab, contact_id)
    assert tab.asks() == "desk"
    with unit_of_work(world.ground) as session:
        leg = session.scalars(select(Leg).where(Leg.contact_id == contact_id)).one()
        leg.next = {"do": "dismiss", "prompt": "taken"}
    world.exchange.calls[tab.call()].answer()
    world.pass_time(5)
    assert phrase("taken", "tr").text in tab.heard()
    assert state(world, contact_id) != "connected"
    assert not world.exchange.calls[sid].over


def test_after_key_five_the_browser_is_muted_and_warned_and_speaks_by_the_screen(world: World, tab: Tab) -> None:
    sid, contact_id = waiting(world, Press("5", after=1.0))
    take(world, tab, contact_id)
    answer(world, tab)
    world.until(lambda: state(world, contact_id) == "connected", limit=30)
    world.pass_time(15)
    assert phrase("whisper_danger", "tr").text in tab.heard()
    assert world.exchange.speak(tab.call(), "buyurun") == []
    assert world.exchange.speak(sid, "…") == [tab.call()]
    world.do(lambda s: hotline.set_voice(s, tab.person.actor, contact_id, tab.person.account_id, muted=False))
    world.pass_time(2)
    assert world.exchange.speak(tab.call(), "buradayım") == [sid]


def test_a_tab_that_closes_before_it_is_rung_leaves_her_waiting_first_of_all(world: World, tab: Tab) -> None:
    """As a bad number does: who took her is told, and the next person is asked."""
    sid, contact_id = waiting(world)
    world.exchange.register(tab.address, -1)
    assert world.do(lambda s: routing.accept(s, tab.person.actor, contact_id, tab.person.account_id)).won
    world.until(lambda: "failed" in legs(world, contact_id), limit=10)
    with unit_of_work(world.ground) as session:
        queued = session.get_one(Queued, contact_id)
        assert (queued.taken_by, queued.returned) == (None, True)
    assert not world.exchange.calls[sid].over
    other = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(other)
    assert world.do(lambda s: routing.accept(s, other.actor, contact_id, other.account_id)).won
    world.until(lambda: state(world, contact_id) == "connected", limit=30)


def test_a_colleague_who_answers_in_a_browser_is_called_in_there_and_presses_one(world: World, tab: Tab) -> None:
    """Nobody accepted anything at a screen: whoever picks up in the tab is asked as on any telephone."""
    first = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(first)
    sid, contact_id = waiting(world)
    assert world.do(lambda s: routing.accept(s, first.actor, contact_id, first.account_id)).won
    world.until(lambda: state(world, contact_id) == "connected", limit=30)
    tab.beat()
    world.do(lambda s: routing.call_in(s, first.actor, contact_id, tab.person.account_id, "colleague"))
    world.until(tab.rings, limit=10)
    assert tab.asks() == "guest"
    world.exchange.calls[tab.call()].answer()
    world.pass_time(5)
    assert tab.call() not in world.exchange.speak(sid, "kim var")
    world.exchange.calls[tab.call()].press("1")
    world.pass_time(5)
    assert tab.call() in world.exchange.speak(sid, "merhaba")


def test_a_tab_that_rings_for_a_colleague_takes_that_call_for_no_other(world: World, tab: Tab) -> None:
    """She takes a caller on the board while it rings: that call waits for the tab, and the ringing one is by hand."""
    first = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(first)
    _, contact_id = waiting(world)
    assert world.do(lambda s: routing.accept(s, first.actor, contact_id, first.account_id)).won
    world.until(lambda: state(world, contact_id) == "connected", limit=30)
    _, other_id = waiting(world)
    tab.beat()
    world.do(lambda s: routing.call_in(s, first.actor, contact_id, tab.person.account_id, "colleague"))
    world.until(tab.rings, limit=10)
    world.pass_time(1)
    assert world.do(lambda s: routing.accept(s, tab.person.actor, other_id, tab.person.account_id)).won
    world.pass_time(1)
    assert tab.asks() == "guest"
    world.exchange.calls[tab.call()].refuse("busy")
    world.until(tab.rings, limit=15)
    answer(world, tab)
    world.until(lambda: state(world, other_id) == "connected", limit=10)


@pytest.fixture
def talk(world: World, tab: Tab) -> tuple[str, UUID]:
    """She speaks with somebody in her browser: the caller's call and the contact."""
    sid, contact_id = waiting(world)
    take(world, tab, contact_id)
    answer(world, tab)
    world.until(lambda: state(world, contact_id) == "connected", limit=10)
    world.pass_time(30)
    tab.beat()
    return sid, contact_id


def rejoin(world: World, person: Person, contact_id: UUID) -> bool:
    return bool(world.do(lambda s: routing.rejoin(s, person.actor, contact_id, person.account_id)))


def killed(world: World, tab: Tab) -> None:
    """The tab is gone, and its call with it."""
    world.exchange.calls[tab.call()].hang_up()
    world.exchange.register(tab.address, -1)


def test_a_tab_that_is_killed_leaves_her_in_the_room_and_after_ten_seconds_first_of_all(
    world: World, tab: Tab, talk: tuple[str, UUID]
) -> None:
    sid, contact_id = talk
    killed(world, tab)
    world.pass_time(5)
    assert (state(world, contact_id), stage(world, sid)) == ("connected", "talking")
    world.pass_time(8)
    assert (state(world, contact_id), stage(world, sid)) == ("queued", "waiting")
    # Whoever comes back by then takes her as anybody does, by the same act.
    again = Tab(world, tab.person)
    again.opens(Behaviour("manual"))
    assert rejoin(world, tab.person, contact_id)
    world.until(again.rings, limit=10)
    answer(world, again)
    world.until(lambda: state(world, contact_id) == "connected", limit=30)


def test_a_new_tab_rejoins_her_in_the_same_room(world: World, tab: Tab, talk: tuple[str, UUID]) -> None:
    sid, contact_id = talk
    killed(world, tab)
    world.pass_time(3)
    tab.beat(registered=False)
    with pytest.raises(routing.TelephoneAwayError):
        rejoin(world, tab.person, contact_id)
    again = Tab(world, tab.person)
    again.opens(Behaviour("manual"))
    assert rejoin(world, tab.person, contact_id)
    world.until(again.rings, limit=4)
    answer(world, again)
    world.pass_time(20)
    assert (state(world, contact_id), stage(world, sid)) == ("connected", "talking")
    assert world.exchange.speak(sid, "orada mısınız") == [again.call()]
    # She heard silence, and none of our words: she never left the room.
    assert phrase("returned", "tr").text not in " ".join(world.exchange.phone(world.exchange.calls[sid].from_).heard())


def test_rejoining_when_the_carrier_has_not_noticed_yet_takes_the_place_of_the_lost_tab(
    world: World, tab: Tab, talk: tuple[str, UUID]
) -> None:
    sid, contact_id = talk
    lost = tab.call()
    again = Tab(world, tab.person)
    again.opens(Behaviour("manual"))
    assert rejoin(world, tab.person, contact_id)
    world.until(again.rings, limit=4)
    answer(world, again)
    world.pass_time(20)
    assert world.exchange.calls[lost].over
    assert world.exchange.speak(sid, "orada mısınız") == [again.call()]


def test_rejoining_rings_a_desk_telephone_too_and_twice_is_once(world: World) -> None:
    person = world.person("operator", behaviour=Behaviour("desk"))
    world.ready(person)
    sid, contact_id = waiting(world)
    assert world.do(lambda s: routing.accept(s, person.actor, contact_id, person.account_id)).won
    world.until(lambda: state(world, contact_id) == "connected", limit=30)
    # With her on the line nothing is rung anew.
    assert rejoin(world, person, contact_id)
    assert len(legs(world, contact_id)) == 1
    [desk] = [call for call in world.exchange.calls.values() if call.to == person.phone and not call.over]
    desk.hang_up()
    world.pass_time(1)
    assert rejoin(world, person, contact_id)
    assert rejoin(world, person, contact_id)
    assert len(legs(world, contact_id)) == 2
    world.pass_time(20)
    assert (state(world, contact_id), stage(world, sid)) == ("connected", "talking")
    [desk] = [call for call in world.exchange.calls.values() if call.to == person.phone and not call.over]
    assert world.exchange.speak(sid, "alo") == [desk.sid]


def test_nobody_rejoins_a_conversation_of_somebody_else(world: World, tab: Tab, talk: tuple[str, UUID]) -> None:
    _, contact_id = talk
    other = world.person("operator", behaviour=Behaviour("desk"))
    with pytest.raises(hotline.NotHersError):
        rejoin(world, other, contact_id)
    assert len(legs(world, contact_id)) == 1
