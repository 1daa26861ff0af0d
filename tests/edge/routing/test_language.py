"""A caller whose language nobody at work speaks: those on call who do are rung beside everybody else, as an offer."""

from __future__ import annotations

from uuid import UUID

from hotline.service.calls import choose_language
from hotline.service.holding import hold
from tests.edge.routing.conftest import asked, on_duty
from tests.support.desk import Desk


def in_kurdish(desk: Desk) -> UUID:
    contact_id = desk.call(waiting=False)
    with desk.work() as session:
        choose_language(session, hold(session, contact_id).contact, "ku")
    desk.to_waiting_room(contact_id)
    return contact_id


def test_those_on_call_who_speak_it_are_rung_at_once_beside_who_is_at_work(desk: Desk) -> None:
    elif_, zin, deniz = desk.person(ready=True), desk.person(languages=("tr", "ku")), desk.person()
    on_duty(desk, elif_)
    on_duty(desk, zin, deniz, role="oncall")
    contact = in_kurdish(desk)
    desk.tick()
    assert asked(desk, contact) == {(elif_, "board"), (zin, "phone")}
    # It is an offer: nobody is paged for her while she waits.
    assert desk.facts(contact, "PageOpened") == []


def test_where_somebody_at_work_speaks_it_nobody_on_call_is_rung(desk: Desk) -> None:
    elif_, rojin, zin = (
        desk.person(ready=True),
        desk.person(languages=("ku",), ready=True),
        desk.person(languages=("ku",)),
    )
    on_duty(desk, elif_, rojin)
    on_duty(desk, zin, role="oncall")
    contact = in_kurdish(desk)
    desk.tick()
    assert asked(desk, contact) == {(rojin, "board")}
    turkish = desk.call()
    desk.tick()
    assert (zin, "phone") not in asked(desk, turkish)
