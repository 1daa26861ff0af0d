"""The pump: hours pass in milliseconds, the program's own clock moves along, and other hosts answer for themselves."""

from itertools import pairwise

import pytest
from flask import Flask
from requests.exceptions import ConnectionError as RequestsConnectionError

from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.phones import Behaviour
from practice.virtual import VirtualCarrier
from tests.practice.world import ACCOUNT, HER, HOST, LINE, MONDAY, STAFF, TOKEN, World, twiml


def test_a_night_of_waiting(world: World) -> None:
    world.program.on("/wait", "<Pause length='299'/>")
    call = world.her_call('<Enqueue waitUrl="/wait">q</Enqueue>', Behaviour(hang_up_after=8 * 3600), seconds=0)
    world.carrier.run_for(8 * 3600 + 1)
    assert call.duration == 8 * 3600
    assert len(world.program.at("/wait")) == 96


def test_the_ticks_let_the_program_work() -> None:
    ticks: list[float] = []
    exchange = Exchange(ACCOUNT, TOKEN, ExchangeConfig(start=MONDAY))
    carrier = VirtualCarrier(exchange, Flask("nothing"), ticks.append, tick_every=10.0)
    carrier.run_for(60)
    assert ticks[0] == MONDAY
    assert ticks[-1] == carrier.now == MONDAY + 60
    assert all(later - earlier <= 10 for earlier, later in pairwise(ticks))


def test_a_tick_may_name_its_next_time() -> None:
    ticks: list[float] = []

    def tick(now: float) -> float:
        ticks.append(now)
        return now + 2.5

    exchange = Exchange(ACCOUNT, TOKEN, ExchangeConfig(start=MONDAY))
    VirtualCarrier(exchange, Flask("nothing"), tick, tick_every=100.0).run_for(10)
    assert [now - MONDAY for now in ticks[:5]] == [0, 2.5, 5, 7.5, 10]


def test_work_of_a_tick_reaches_the_carrier_in_the_same_run() -> None:
    number = NumberConfig(number=LINE)
    exchange = Exchange(ACCOUNT, TOKEN, ExchangeConfig(numbers=(number,), start=MONDAY))
    due = [MONDAY + 3600.0]

    def tick(now: float) -> float | None:
        if due and now >= due[0]:
            due.pop()
            client.messages.create(to=STAFF, from_=LINE, body="an hour has passed")
        return due[0] if due else None

    carrier = VirtualCarrier(exchange, Flask("nothing"), tick, tick_every=600.0)
    client = carrier.client()
    carrier.run_while(lambda: not exchange.phone(STAFF).texts(), limit=7200)
    assert 3600 <= carrier.now - MONDAY < 3610


def test_run_while_gives_up() -> None:
    carrier = VirtualCarrier(Exchange(ACCOUNT, TOKEN, ExchangeConfig(start=MONDAY)), Flask("nothing"))
    with pytest.raises(TimeoutError):
        carrier.run_while(lambda: True, limit=60)


def test_an_outage_begins_and_ends(world: World) -> None:
    world.program.on("/voice", "<Say>hello</Say>")
    world.carrier.outage = "connect"
    world.exchange.call(HER, LINE)
    world.carrier.run_for(5)
    world.carrier.outage = None
    world.exchange.call(STAFF, LINE)
    world.carrier.run_for(5)
    assert world.heard(STAFF) == ["hello"]
    assert world.heard(HER) != ["hello"]


def test_another_host_answers_for_the_fallback() -> None:
    safe = Flask("safe")
    safe.add_url_rule("/voice.xml", view_func=lambda: twiml("<Say>safe</Say>"), methods=["POST"])
    number = NumberConfig(number=LINE, voice_url=f"{HOST}/voice", voice_fallback_url="http://safe.test/voice.xml")
    exchange = Exchange(ACCOUNT, TOKEN, ExchangeConfig(numbers=(number,), start=MONDAY))
    carrier = VirtualCarrier(exchange, Flask("broken"), other_hosts={"safe.test": safe})
    exchange.call(HER, LINE)
    carrier.run_for(5)
    assert exchange.phone(HER).heard() == ["safe"]


def test_the_carrier_can_be_unreachable(world: World) -> None:
    world.carrier.http_client.down = True
    with pytest.raises(RequestsConnectionError):
        world.client.calls.list()


def test_an_empty_world_has_nothing_due() -> None:
    exchange = Exchange(ACCOUNT, TOKEN, ExchangeConfig())
    assert exchange.due_at() is None
    assert exchange.step(5.0) == []
    assert exchange.now == 5.0


def test_time_never_runs_backwards(world: World) -> None:
    world.carrier.run_for(10)
    world.exchange.step(MONDAY)
    assert world.exchange.now == MONDAY + 10
