"""Dial to Number, Client and Sip, with whispers, parallel legs and the action; Dial to a queue is with the queues."""

import pytest

from practice.phones import Behaviour, Press
from tests.practice.world import DESK, HER, HOST, LINE, STAFF, World

WHISPER = '<Gather numDigits="1" action="/take" timeout="3"><Say>press 1</Say></Gather><Hangup/>'


def legs(world: World) -> dict[str, str]:
    return {call.to: call.status for call in world.exchange.calls.values() if call.direction == "outbound-dial"}


def test_dial_connects_and_tells_its_action(world: World) -> None:
    world.phone_does(DESK, hang_up_after=20)
    world.program.on("/after", "<Say>bye</Say>")
    world.her_call(f'<Dial action="/after" callerId="{LINE}">{DESK}</Dial>', seconds=10)
    call, leg = world.exchange.calls.values()
    assert world.exchange.speak(call.sid, "hello") == [leg.sid]
    assert world.heard(DESK) == ["hello"]
    world.carrier.run_for(30)
    (form,) = world.program.at("/after")
    assert (form["DialCallStatus"], form["DialCallSid"], form["DialCallDuration"]) == ("completed", leg.sid, "20")
    assert form["DialBridged"] == "true"
    assert (leg.parent_sid, leg.from_, leg.direction) == (call.sid, LINE, "outbound-dial")
    assert world.heard(HER) == ["bye"]


@pytest.mark.parametrize(
    ("answering", "status"),
    [("busy", "busy"), ("decline", "busy"), ("no_answer", "no-answer"), ("manual", "no-answer"), ("failed", "failed")],
)
def test_dial_that_fails_says_how(world: World, answering: str, status: str) -> None:
    world.phone_does(DESK, answering)
    world.program.on("/after", "<Hangup/>")
    world.her_call(f'<Dial action="/after" timeout="10">{DESK}</Dial>', seconds=15)
    assert world.program.at("/after")[0]["DialCallStatus"] == status


def test_dial_without_action_goes_on(world: World) -> None:
    world.phone_does(DESK, "busy")
    world.her_call(f"<Dial>{DESK}</Dial><Say>nobody there</Say>", seconds=15)
    assert world.heard(HER) == ["nobody there"]


def test_the_whisper_is_heard_by_the_called_alone_and_takes_the_call(world: World) -> None:
    world.phone_does(DESK, presses=(Press("1"),))
    world.program.on("/whisper", WHISPER)
    world.program.on("/take", "<Say>connecting</Say>")
    world.her_call(f'<Dial><Number url="/whisper">{DESK}</Number></Dial>', seconds=10)
    assert world.heard(DESK) == ["press 1", "connecting"]
    assert world.heard(HER) == []
    assert "talking_to" in world.kinds(DESK)
    assert world.program.at("/whisper")[0]["ParentCallSid"] in world.exchange.calls


def test_a_machine_never_passes_the_whisper(world: World) -> None:
    world.phone_does(DESK, "machine", presses=(Press("1"),))
    world.program.on("/whisper", WHISPER)
    world.program.on("/after", "<Say>nobody</Say>")
    world.her_call(f'<Dial action="/after"><Number url="/whisper">{DESK}</Number></Dial>', seconds=20)
    assert world.program.at("/after")[0]["DialBridged"] == "false"
    assert world.heard(HER) == ["nobody"]


def test_of_parallel_legs_the_first_that_accepts_wins(world: World) -> None:
    world.phone_does(DESK, "machine", after=1.0)
    world.phone_does(STAFF, after=2.0, presses=(Press("1"),))
    world.phone_does("+905301110004", after=30.0)
    world.program.on("/whisper", WHISPER)
    world.program.on("/take", "")
    nouns = "".join(f'<Number url="/whisper">{to}</Number>' for to in (DESK, STAFF, "+905301110004"))
    world.her_call(f"<Dial>{nouns}</Dial>", seconds=4.5)
    assert legs(world) == {DESK: "completed", STAFF: "in-progress", "+905301110004": "canceled"}


def test_client_and_sip_legs(world: World) -> None:
    world.phone_does("client:op_1", after=5.0)
    world.phone_does("sip:desk@example.org", "busy")
    world.her_call("<Dial><Client>op_1</Client><Sip>sip:desk@example.org</Sip></Dial>", seconds=10)
    assert legs(world) == {"client:op_1": "in-progress", "sip:desk@example.org": "busy"}


def test_answer_on_bridge_keeps_her_ringing(world: World) -> None:
    world.phone_does(DESK, after=5.0)
    call = world.her_call(f'<Dial answerOnBridge="true">{DESK}</Dial>', seconds=4)
    assert call.status == "ringing"
    world.carrier.run_for(4)
    assert call.status == "in-progress"


def test_time_limit_ends_the_conversation(world: World) -> None:
    world.phone_does(DESK, after=1.0)
    world.her_call(f'<Dial timeLimit="30">{DESK}</Dial><Say>over</Say>', seconds=60)
    assert world.heard(HER) == ["over"]


def test_star_hangs_up_the_leg(world: World) -> None:
    world.phone_does(DESK, after=1.0)
    script = Behaviour(presses=(Press("*", after=10.0),))
    world.her_call(f'<Dial hangupOnStar="true">{DESK}</Dial><Say>back</Say>', script, seconds=20)
    assert world.heard(HER) == ["back"]
    assert legs(world) == {DESK: "completed"}


def test_her_hanging_up_takes_the_legs_with_her(world: World) -> None:
    world.phone_does(DESK, "manual")
    world.program.on("/after", "<Say>never</Say>")
    world.her_call(f'<Dial action="/after">{DESK}</Dial>', Behaviour(hang_up_after=5), seconds=10)
    assert legs(world) == {DESK: "canceled"}
    assert world.program.at("/after")[0]["CallStatus"] == "completed"
    assert world.heard(HER) == []


def test_leg_callbacks(world: World) -> None:
    world.phone_does(DESK, hang_up_after=3)
    events = "initiated ringing answered completed"
    number = f'<Number statusCallback="/leg-status" statusCallbackEvent="{events}">{DESK}</Number>'
    world.program.on("/leg-status", "")
    world.her_call(f"<Dial>{number}</Dial>", seconds=20)
    forms = world.program.at("/leg-status")
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert forms[3]["CallDuration"] == "3"


def test_a_foreign_caller_id_is_refused(world: World) -> None:
    world.her_call(f'<Dial callerId="+905550000000">{DESK}</Dial><Say>failed</Say>', seconds=5)
    assert [error.code for error in world.exchange.errors] == [13214]
    assert world.heard(HER) == ["failed"]


def test_a_number_that_is_none_is_refused(world: World) -> None:
    world.her_call("<Dial>112</Dial><Say>failed</Say>", seconds=5)
    assert [error.code for error in world.exchange.errors] == [13223]
    assert world.heard(HER) == ["failed"]


def test_a_leg_can_be_sent_elsewhere(world: World) -> None:
    world.phone_does(DESK)
    world.program.on("/elsewhere", "<Say>you are elsewhere</Say>")
    world.her_call(f"<Dial>{DESK}</Dial><Say>alone</Say>", seconds=10)
    leg = list(world.exchange.calls.values())[1]
    world.client.calls(leg.sid).update(url=f"{HOST}/elsewhere")
    world.carrier.run_for(5)
    assert world.heard(DESK) == ["you are elsewhere"]
    assert world.heard(HER) == ["alone"]
