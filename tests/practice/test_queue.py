"""Enqueue, the waiting script, Leave, Dial with Queue, and queues by REST."""

import pytest
from twilio.base.exceptions import TwilioRestException

from practice.phones import Behaviour, Press
from tests.practice.world import DESK, HER, HOST, LINE, World

ENQUEUE = '<Enqueue waitUrl="/wait" action="/left">q</Enqueue>'


@pytest.fixture(autouse=True)
def paths(world: World) -> None:
    world.program.on("/wait", "<Say>please wait</Say><Pause length='9'/>")
    world.program.on("/left", "<Say>out of the queue</Say>")


def results(world: World) -> list[str]:
    return [form["QueueResult"] for form in world.program.at("/left")]


def test_each_lap_of_waiting_tells_the_place(world: World) -> None:
    world.exchange.call(DESK, LINE)
    world.her_call(ENQUEUE, seconds=25)
    hers = [form for form in world.program.at("/wait") if form["From"] == HER]
    assert [form["QueueTime"] for form in hers] == ["0", "11", "22"]
    assert (hers[0]["QueuePosition"], hers[0]["CurrentQueueSize"], hers[0]["MaxQueueSize"]) == ("2", "2", "100")
    assert world.heard(HER) == ["please wait"] * 3


def test_default_and_silent_waiting(world: World) -> None:
    world.her_call("<Enqueue>q</Enqueue>")
    assert "music" in world.kinds(HER)
    silent = World()
    silent.her_call('<Enqueue waitUrl="">q</Enqueue>')
    assert "music" not in silent.kinds(HER)


def test_keys_while_waiting_and_leave(world: World) -> None:
    world.program.on("/wait", '<Gather numDigits="1" action="/key"><Say>press to leave</Say></Gather>')
    world.program.on("/key", "<Leave/>")
    world.her_call(ENQUEUE, Behaviour(presses=(Press("0"),)), seconds=10)
    assert world.program.at("/key")[0]["Digits"] == "0"
    assert results(world) == ["leave"]
    assert world.heard(HER) == ["press to leave", "out of the queue"]


def test_hanging_up_tells_the_action(world: World) -> None:
    world.her_call(ENQUEUE, Behaviour(hang_up_after=7), seconds=20)
    (form,) = world.program.at("/left")
    assert (form["QueueResult"], form["CallStatus"], form["QueueTime"]) == ("hangup", "completed", "7")
    assert world.client.queues.list()[0].current_size == 0


def test_hangup_in_the_waiting_document(world: World) -> None:
    world.program.on("/wait", "<Say>closed</Say><Hangup/>")
    call = world.her_call(ENQUEUE, seconds=10)
    assert call.status == "completed"
    assert results(world) == ["hangup"]


def test_a_full_queue(world: World) -> None:
    world.exchange.call(DESK, LINE)
    world.her_call('<Enqueue maxQueueSize="1" waitUrl="/wait" action="/left">q</Enqueue>', seconds=5)
    assert results(world) == ["queue-full"]


def test_a_broken_waiting_document_leads_out(world: World) -> None:
    world.program.on("/wait", "<Dial>+905301110002</Dial>")
    world.her_call(ENQUEUE, seconds=5)
    assert results(world) == ["error"]
    assert world.heard(HER) == ["out of the queue"]


def test_a_waiting_call_is_sent_elsewhere(world: World) -> None:
    world.program.on("/talk", "<Say>connected</Say>")
    call = world.her_call(ENQUEUE, seconds=5)
    world.client.calls(call.sid).update(url=f"{HOST}/talk")
    world.carrier.run_for(5)
    assert results(world) == ["redirected"]
    assert world.heard(HER) == ["please wait", "connected"]


@pytest.mark.parametrize("front", [True, False])
def test_a_member_is_dequeued(world: World, front: bool) -> None:
    world.program.on("/talk", "<Say>connected</Say>")
    call = world.her_call(ENQUEUE, seconds=5)
    (queue,) = world.client.queues.list()
    (member,) = queue.members.list()
    assert (member.call_sid, member.position, member.wait_time) == (call.sid, 1, 5)
    world.client.queues(queue.sid).members("Front" if front else call.sid).update(url=f"{HOST}/talk")
    world.carrier.run_for(5)
    assert world.heard(HER)[-1] == "connected"
    with pytest.raises(TwilioRestException) as error:
        world.client.queues(queue.sid).members("Front").fetch()
    assert error.value.status == 404


def test_queues_by_rest(world: World) -> None:
    made = world.client.queues.create(friendly_name="night", max_size=7)
    assert world.client.queues(made.sid).fetch().max_size == 7
    assert world.client.queues(made.sid).update(max_size=8).max_size == 8
    with pytest.raises(TwilioRestException) as error:
        world.client.queues.create(friendly_name="night")
    assert error.value.code == 22003


def dial_queue(world: World, attributes: str = "", seconds: float = 10.0) -> None:
    world.program.on("/leg", f'<Dial action="/dialled"><Queue {attributes}>q</Queue></Dial>')
    world.program.on("/dialled", "<Say>done</Say>")
    world.phone_does(DESK)
    world.ring(DESK, seconds)


def test_dialling_a_queue_connects_its_front(world: World) -> None:
    call = world.her_call(ENQUEUE, seconds=5)
    dial_queue(world)
    assert world.exchange.speak(call.sid, "hello")
    assert world.heard(DESK) == ["hello"]
    call.hang_up()
    world.carrier.run_for(3)
    assert results(world) == ["bridged"]
    assert world.program.at("/dialled")[0]["DialCallSid"] == call.sid


def test_when_the_desk_hangs_up_she_goes_on(world: World) -> None:
    call = world.her_call(ENQUEUE, seconds=5)
    dial_queue(world)
    list(world.exchange.calls.values())[1].hang_up()
    world.carrier.run_for(1)
    assert results(world) == ["bridged"]
    assert world.heard(HER)[-1] == "out of the queue"
    assert call.status == "in-progress"


def test_dialling_an_empty_queue_waits(world: World) -> None:
    dial_queue(world)
    call = world.her_call(ENQUEUE, seconds=5)
    assert world.exchange.speak(call.sid, "hello")


def test_the_queue_url_is_heard_before_the_bridge(world: World) -> None:
    world.program.on("/before", "<Say>you will be connected</Say>")
    world.her_call(ENQUEUE, seconds=5)
    dial_queue(world, 'url="/before"')
    assert world.heard(HER)[-1] == "you will be connected"
    assert world.program.at("/before")[0]["DequeingCallSid"] in world.exchange.calls


def test_the_star_ends_a_queue_call(world: World) -> None:
    call = world.her_call(ENQUEUE, seconds=5)
    world.program.on("/leg", '<Dial hangupOnStar="true"><Queue>q</Queue></Dial><Say>next</Say>')
    world.phone_does(DESK, presses=(Press("*", after=4.0),))
    world.ring(DESK, 8.5)
    assert world.heard(DESK) == ["next"]
    assert call.status == "in-progress"
