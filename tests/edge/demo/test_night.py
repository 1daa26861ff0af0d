"""The scripted night reaches the carrier, then the house: five calls and two texts, each from a number of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from dashboard import night
from escalation.paging.models import Page
from hotline.models import Contact
from intake import queries as intake
from practice.control import Controls
from practice.phones import Behaviour
from routing import service as routing
from tests.practice.running import Running
from tests.practice.world import LINE
from tests.support.world import World


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "practice.jsonl")
    yield running
    running.stop()


def test_five_calls_and_two_texts_arrive_within_three_minutes(running: Running) -> None:
    waited: list[float] = []
    assert night.play(running.server.url, LINE, wait=waited.append)
    truth = running.control("truth")
    arrived = [one for one in (*truth["calls"], *truth["messages"]) if one["to"] == LINE]
    assert len([one for one in truth["calls"] if one["to"] == LINE]) == 5
    assert len([one for one in truth["messages"] if one["to"] == LINE]) == 2
    assert len({one["from"] for one in arrived}) == 7
    assert sum(waited) < 180


def test_one_night_at_a_time(running: Running) -> None:
    second: list[bool] = []

    def interrupt(_seconds: float) -> None:
        if not second:
            second.append(night.play(running.server.url, LINE, wait=lambda _: None))

    assert night.play(running.server.url, LINE, wait=interrupt)
    assert second == [False]


@dataclass(frozen=True)
class Stands:
    """What the house holds of one of the night's people."""

    channel: str
    language: str | None
    level: int
    state: str
    answered: bool
    #: Why somebody on call was woken for her.
    woken: frozenset[str]


def stands_of(world: World) -> dict[str, Stands]:
    """Everybody who reached the line, by the end of her number."""
    here = world.line.centre_id
    with unit_of_work(world.ground) as session:
        contacts = session.scalars(select(Contact).where(Contact.centre_id == here)).all()
        levels = intake.levels(session, [one.id for one in contacts])
        pages: dict[UUID | None, set[str]] = {}
        for page in session.scalars(select(Page).where(Page.centre_id == here)):
            pages.setdefault(page.contact_id, set()).add(page.reason)
        return {
            (one.address or "")[-3:]: Stands(
                one.channel,
                one.language,
                levels[one.id].level,
                one.state,
                one.answered_at is not None,
                frozenset(pages.get(one.id, ())),
            )
            for one in contacts
        }


def test_the_night_stands_in_the_house_afterwards(world: World) -> None:
    """One operator takes the first caller and leaves after her; of everybody else somebody on call hears."""
    operator = world.person("operator", behaviour=Behaviour("desk"))
    world.person("oncall", on_duty="oncall", behaviour=Behaviour("no_answer"))
    world.ready(operator)
    controls, taken = Controls(()), list[bool]()

    def send(url: str, body: dict[str, Any]) -> None:
        getattr(controls, url.rpartition("/")[2])(world.exchange, body)

    def wait(seconds: float) -> None:
        world.pass_time(seconds)
        if seconds and not taken:
            with unit_of_work(world.ground) as session:
                first = session.scalars(select(Contact.id).where(Contact.centre_id == world.line.centre_id)).one()
            taken.append(world.do(lambda s: routing.accept(s, operator.actor, first, operator.account_id)).won)
            world.until(lambda: stands_of(world)["301"].state == "connected", limit=8)
            world.exchange.set_behaviour(operator.phone, Behaviour("no_answer"))

    assert night.play("http://exchange.test", world.line.number, send=send, wait=wait)
    world.pass_time(200)
    assert taken == [True]
    unanswered, nobody = frozenset({"call_unanswered"}), frozenset({"nobody_present"})
    assert stands_of(world) == {
        "301": Stands("voice", "tr", 2, "wrap_up", True, frozenset()),
        "302": Stands("sms", None, 2, "waiting_staff", False, frozenset({"text_unanswered"})),
        "303": Stands("voice", "ku", 1, "abandoned_in_queue", False, nobody),
        "304": Stands("voice", "ar", 2, "abandoned_in_queue", False, unanswered),
        "305": Stands("sms", None, 1, "waiting_staff", False, nobody),
        "306": Stands("voice", None, 2, "abandoned_in_queue", False, unanswered),
        "307": Stands("voice", "en", 2, "abandoned_in_queue", False, unanswered),
    }
