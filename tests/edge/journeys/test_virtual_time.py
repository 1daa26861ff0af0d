"""The pump goes from one due time to the next, the exchange's or the house's: quiet hours cost nothing."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from core.clock import after
from hotline.service.sending import Owner, new_send
from tests.support.house import forget
from tests.support.line import fresh_number
from tests.support.world import World

HOURS = 3600


@pytest.fixture
def looks(world: World) -> list[float]:
    """When the house was looked at, from now on; what other tests left to be done is forgotten."""
    forget(world.ground)
    seen: list[float] = []
    tick = world.tick

    def counted(now: float) -> float | None:
        seen.append(now)
        return tick(now)

    world.tick = counted  # type: ignore[method-assign]
    return seen


def test_a_night_in_which_nothing_happens_is_a_handful_of_looks(world: World, looks: list[float]) -> None:
    began = world.carrier.now
    world.pass_time(8 * HOURS)
    assert world.carrier.now == began + 8 * HOURS
    assert len(looks) < 30


def test_what_the_house_is_to_do_in_hours_it_does_at_its_time(world: World, looks: list[float]) -> None:
    began, phone = world.carrier.now, fresh_number()

    def order(session: Session) -> None:
        new_send(
            session,
            centre_id=world.line.centre_id,
            medium="sms",
            owner=Owner("tests", "x"),
            address=phone,
            body="Görev K7Q2",
            not_before=after(3 * HOURS),
            not_after=after(6 * HOURS),
        )

    world.do(order)
    world.until(lambda: world.exchange.phone(phone).texts() != [], limit=7 * HOURS)
    assert 0 <= world.carrier.now - began - 3 * HOURS < 5
    assert len(looks) < 30
