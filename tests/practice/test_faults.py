"""Each fault strikes as it says, once or by chance, and the same seed gives the same night."""

import pytest
from requests.exceptions import ReadTimeout
from twilio.base.exceptions import TwilioRestException

from practice.faults import Dice, Faults
from tests.practice.world import HER, HOST, LINE, STAFF, World


def order(world: World) -> list[str]:
    return [form["CallStatus"] for form in world.program.at("/leg-status")]


def ring(world: World, seconds: float = 30.0) -> None:
    world.program.on("/leg", "<Say>x</Say>")
    world.program.on("/leg-status", "")
    world.phone_does(STAFF)
    events = ["initiated", "ringing", "answered", "completed"]
    world.ring(STAFF, seconds, status_callback=f"{HOST}/leg-status", status_callback_event=events)


def test_a_duplicate_has_the_same_token_and_no_effect(world: World) -> None:
    world.exchange.fault_once("duplicate", "/voice")
    world.her_call("<Say>once</Say>", seconds=5)
    first, second = world.program.received[:2]
    assert first.path == second.path == "/voice"
    assert first.form == second.form
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    assert world.heard(HER) == ["once"]


def test_reordered_callbacks(world: World) -> None:
    world.exchange.fault_once("reorder", "/leg-status")
    ring(world)
    assert order(world) == ["ringing", "in-progress", "completed", "initiated"]


def test_a_lost_callback(world: World) -> None:
    world.exchange.fault_once("lost_callback", "/leg-status")
    ring(world)
    assert order(world) == ["ringing", "in-progress", "completed"]


def test_only_callbacks_get_lost(world: World) -> None:
    world.exchange.faults = Faults(lost_callback=1.0)
    world.her_call("<Say>x</Say>", seconds=5)
    assert [each.path for each in world.program.received] == ["/voice"]


def test_a_delayed_webhook(world: World) -> None:
    world.exchange.fault_once("delay", "/voice")
    world.program.on("/voice", "<Say>x</Say>")
    world.exchange.call(HER, LINE)
    world.carrier.run_for(0.0)
    assert world.program.received == []
    world.carrier.run_for(4.0)
    assert world.program.at("/voice")


def test_callbacks_before_create_returns(world: World) -> None:
    world.program.on("/text-status", "")
    world.exchange.fault_once("callback_first", "/Messages")
    made = world.client.messages.create(to=STAFF, from_=LINE, body="x", status_callback=f"{HOST}/text-status")
    assert [form["MessageSid"] for form in world.program.at("/text-status")] == [made.sid] * 3
    assert made.status == "queued"


def test_the_first_callback_of_a_call_before_create_returns(world: World) -> None:
    world.exchange.fault_once("callback_first", "/Calls")
    ring(world, 0.0)
    assert order(world) == ["initiated"]


def test_a_lost_response_is_carried_out(world: World) -> None:
    world.exchange.fault_once("response_lost", "/Messages")
    with pytest.raises(ReadTimeout):
        world.client.messages.create(to=STAFF, from_=LINE, body="x")
    world.carrier.run_for(5)
    assert world.exchange.phone(STAFF).texts() == ["x"]
    assert len(world.client.messages.list(to=STAFF)) == 1


@pytest.mark.parametrize(
    ("fault", "status", "code"), [("rest_500", 500, 20500), ("rest_503", 503, 20503), ("rest_429", 429, 20429)]
)
def test_a_refused_request_does_nothing(world: World, fault: str, status: int, code: int) -> None:
    world.exchange.fault_once(fault, "/Messages")
    with pytest.raises(TwilioRestException) as error:
        world.client.messages.create(to=STAFF, from_=LINE, body="x")
    assert (error.value.status, error.value.code) == (status, code)
    assert world.exchange.messages == {}
    assert world.client.messages.create(to=STAFF, from_=LINE, body="x").sid


def test_a_slow_response_meets_the_clients_timeout(world: World) -> None:
    world.exchange.fault_once("rest_delay")
    with pytest.raises(ReadTimeout):
        world.carrier.rest("GET", f"/2010-04-01/Accounts/{world.client.account_sid}.json", {}, world.client.auth, 2.0)
    world.exchange.fault_once("rest_delay")
    path = f"/2010-04-01/Accounts/{world.client.account_sid}.json"
    assert world.carrier.rest("GET", path, {}, world.client.auth, 10.0)[0] == 200


def test_an_accident_waits_for_its_place(world: World) -> None:
    world.exchange.fault_once("rest_503", "/Calls")
    assert world.client.messages.list() == []
    with pytest.raises(TwilioRestException, match="unavailable"):
        world.client.calls("CA1").fetch()


def test_chances_are_repeatable() -> None:
    def night(seed: str) -> list[bool]:
        dice = Dice(seed)
        dice.faults = Faults(duplicate=0.5)
        return [dice.strikes("duplicate", "x") for _ in range(50)]

    assert night("a") == night("a") != night("b")
    assert 10 < sum(night("a")) < 40
