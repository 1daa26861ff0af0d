"""Who leaves is gone at once: no caller is offered to a screen at which nobody is signed in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.outbox import Outbox
from core.unit_of_work import unit_of_work
from routing import queries as routing
from tests.edge.dashboard.conftest import Browser, House


def ready(house: House, browser: Browser) -> bool:
    with unit_of_work(house.ground) as session:
        return routing.is_ready(session, browser.account_id)


def test_after_the_sign_out_she_is_asked_for_nobody(house: House) -> None:
    operator, stays = house.browser("operator", ready=True), house.browser("operator", ready=True)
    call = house.desk.call()
    house.desk.tick()
    assert {offer.account_id for offer in house.desk.offers(call)} == {operator.account_id, stays.account_id}
    assert operator.post("/sign-out").status_code == 303
    assert [offer.account_id for offer in house.desk.offers(call)] == [stays.account_id]
    assert [offer.account_id for offer in house.desk.offers(call, "withdrawn")] == [operator.account_id]
    later = house.desk.call()
    house.desk.tick()
    assert [offer.account_id for offer in house.desk.offers(later)] == [stays.account_id]
    with unit_of_work(house.ground) as session:
        assert [row.account_id for row in routing.presences(session, [house.desk.centre_id])] == [stays.account_id]
        told = select(Outbox.id).where(Outbox.topic == "presence", Outbox.subject == str(operator.account_id))
        # Once that she is there, once that she is gone.
        assert len(session.scalars(told).all()) == 2


def test_another_open_screen_of_hers_keeps_her_ready(house: House) -> None:
    first = house.browser("operator", ready=True)
    second = house.browser(account_id=first.account_id)
    assert first.post("/sign-out").status_code == 303
    assert ready(house, second)
    assert second.post("/sign-out").status_code == 303
    assert not ready(house, second)


@pytest.mark.parametrize("how", ["roles", "disable", "reset"])
def test_who_is_sent_out_is_not_ready_any_more(house: House, how: str) -> None:
    operator, admin = house.browser("operator", ready=True), house.browser("admin", stepped_up=True)
    path = f"/staff/{operator.account_id}"
    if how == "reset":
        lead, director = house.browser("shift_lead", stepped_up=True), house.browser("director")
        lead.post(path, {"do": "reset", "reason": "telefonu bozuldu"})
        act = director.get("/night-acts").text.split('name="id" value="', 1)[1].split('"', 1)[0]
        director.post("/night-acts", {"id": act, "decision": "confirm"})
        assert lead.post(path, {"do": "reset"}).status_code == 200
    else:
        given = {"display_name": "Elif", "roles": ["oncall"], "do": "disable" if how == "disable" else "save"}
        assert admin.post(path, given).status_code == 303
    assert operator.get("/").headers["Location"] == "/sign-in"
    assert not ready(house, operator)
