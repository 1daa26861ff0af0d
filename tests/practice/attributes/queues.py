"""Queues, and calls that are turned away."""

from __future__ import annotations

from practice.phones import Behaviour
from tests.practice.attributes.table import case
from tests.practice.world import DESK, HER, LINE, STAFF, World


def queued(world: World, attributes: str, seconds: float = 5.0, script: Behaviour | None = None) -> None:
    world.program.on("/wait", "<Say>wait</Say><Pause length='5'/>")
    world.program.on("/left", "<Say>out</Say>")
    world.her_call(f"<Enqueue {attributes}>q</Enqueue><Say>on</Say>", script, seconds)


def dequeued(world: World, attributes: str) -> None:
    queued(world, 'waitUrl="/wait"')
    world.program.on("/before", "<Say>you are next</Say>")
    world.program.on("/leg", f"<Dial><Queue {attributes}>q</Queue></Dial>")
    world.phone_does(DESK, after=1.0)
    world.ring(DESK)


@case("Queue", "url")
def she_hears_it_before_the_bridge(world: World) -> None:
    dequeued(world, 'url="/before"')
    assert world.heard(HER)[-1] == "you are next"
    assert "talking_to" in world.kinds(DESK)


@case("Queue", "method")
def the_queues_url_is_fetched_by_its_method(world: World) -> None:
    dequeued(world, 'url="/before" method="GET"')
    assert world.program.methods("/before") == ["GET"]


LEAVES = Behaviour(hang_up_after=3)


@case("Enqueue", "action")
def leaving_the_queue_is_told(world: World) -> None:
    queued(world, 'action="/left" waitUrl="/wait"', script=LEAVES)
    assert world.program.at("/left")[0]["QueueResult"] == "hangup"


@case("Enqueue", "method")
def leaving_the_queue_is_told_by_its_method(world: World) -> None:
    queued(world, 'action="/left" method="GET" waitUrl="/wait"', script=LEAVES)
    assert world.program.methods("/left") == ["GET"]


@case("Enqueue", "waitUrl")
def she_hears_it_in_the_queue(world: World) -> None:
    queued(world, 'waitUrl="/wait"')
    assert world.heard(HER) == ["wait"]


@case("Enqueue", "waitUrlMethod")
def the_waiting_is_fetched_by_its_method(world: World) -> None:
    queued(world, 'waitUrl="/wait" waitUrlMethod="GET"')
    assert world.program.methods("/wait") == ["GET"]


@case("Enqueue", "maxQueueSize")
def a_full_queue_takes_nobody(world: World) -> None:
    world.exchange.call(STAFF, LINE)
    queued(world, 'maxQueueSize="1" waitUrl="/wait"')
    assert world.heard(HER) == ["on"]


@case("Reject", "reason")
def rejected_in_two_ways(world: World) -> None:
    assert world.her_call('<Reject reason="busy"/>').status == "busy"
    assert World().her_call('<Reject reason="rejected"/>').status == "no-answer"
