"""Dial and what it may call."""

from __future__ import annotations

from practice.phones import Behaviour, Press
from tests.practice.attributes.table import WHERE, Case, case, refused, tones
from tests.practice.world import DESK, HER, LINE, World


def dial(world: World, attributes: str, seconds: float = 40.0, script: Behaviour | None = None, **desk: object) -> None:
    world.phone_does(DESK, **({"after": 1.0} | desk))
    world.program.on("/after", "<Hangup/>")
    world.her_call(f"<Dial {attributes}>{DESK}</Dial><Say>on</Say>", script, seconds=seconds)


@case("Dial", "action")
def dial_asks_its_action(world: World) -> None:
    dial(world, 'action="/after"', hang_up_after=3)
    assert world.program.at("/after")[0]["DialCallStatus"] == "completed"
    assert world.heard(HER) == []


@case("Dial", "method")
def dial_asks_by_its_method(world: World) -> None:
    dial(world, 'action="/after" method="GET"', hang_up_after=3)
    assert world.program.methods("/after") == ["GET"]


@case("Dial", "timeout")
def dial_rings_so_long(world: World) -> None:
    dial(world, 'timeout="7"', 7.0, answering="no_answer")
    assert world.heard(HER) == []
    world.carrier.run_for(2)
    assert world.heard(HER) == ["on"]


@case("Dial", "hangupOnStar")
def dial_ends_at_the_star(world: World) -> None:
    dial(world, 'hangupOnStar="true"', script=Behaviour(presses=(Press("*", after=5.0),)))
    assert world.heard(HER) == ["on"]


@case("Dial", "timeLimit")
def dial_talks_so_long(world: World) -> None:
    dial(world, 'timeLimit="5"')
    assert world.heard(HER) == ["on"]


@case("Dial", "callerId")
def dial_shows_a_number(world: World) -> None:
    dial(world, f'callerId="{LINE}"')
    (leg,) = [call for call in world.exchange.calls.values() if call.to == DESK]
    assert leg.from_ == LINE


@case("Dial", "record")
def dial_never_records(world: World) -> None:
    dial(world, 'record="do-not-record"', hang_up_after=3)
    assert world.heard(HER) == ["on"]
    assert refused("Dial", 'record="record-from-answer"')


@case("Dial", "answerOnBridge")
def dial_leaves_her_ringing(world: World) -> None:
    dial(world, 'answerOnBridge="true"', 1.0, after=9.0)
    assert next(iter(world.exchange.calls.values())).status == "ringing"
    assert tones(world, HER) == []


@case("Dial", "ringTone")
def dial_with_any_ringing(world: World) -> None:
    dial(world, 'ringTone="tr"', 1.0, after=9.0)
    assert tones(world, HER) == ["(ringing)"]


ADDRESSES = {"Number": DESK, "Client": "client:op", "Sip": "sip:desk@example.org"}


def leg(world: World, noun: str, attributes: str, seconds: float = 20.0) -> None:
    world.phone_does(ADDRESSES[noun], after=1.0, hang_up_after=6.0)
    world.program.on("/whisper", "<Say>for you</Say>")
    world.program.on("/leg", "")
    world.her_call(WHERE[noun].format(attributes), seconds=seconds)


def whispers(noun: str) -> Case:
    def run(world: World) -> None:
        leg(world, noun, 'url="/whisper"')
        assert world.heard(ADDRESSES[noun]) == ["for you"]
        assert world.heard(HER) == []

    return run


def whispers_by_its_method(noun: str) -> Case:
    def run(world: World) -> None:
        leg(world, noun, 'url="/whisper" method="GET"')
        assert world.program.methods("/whisper") == ["GET"]

    return run


def reports(noun: str) -> Case:
    def run(world: World) -> None:
        leg(world, noun, 'statusCallback="/leg"')
        assert [form["CallStatus"] for form in world.program.at("/leg")] == ["completed"]
        assert world.program.methods("/leg") == ["POST"]

    return run


def reports_by_its_method(noun: str) -> Case:
    def run(world: World) -> None:
        leg(world, noun, 'statusCallback="/leg" statusCallbackMethod="GET"')
        assert world.program.methods("/leg") == ["GET"]

    return run


def reports_its_events(noun: str) -> Case:
    def run(world: World) -> None:
        leg(world, noun, 'statusCallback="/leg" statusCallbackEvent="ringing answered"')
        assert [form["CallStatus"] for form in world.program.at("/leg")] == ["ringing", "in-progress"]
        assert refused(noun, 'statusCallbackEvent="begun"')

    return run


for _noun in ADDRESSES:
    case(_noun, "url")(whispers(_noun))
    case(_noun, "method")(whispers_by_its_method(_noun))
    case(_noun, "statusCallback")(reports(_noun))
    case(_noun, "statusCallbackMethod")(reports_by_its_method(_noun))
    case(_noun, "statusCallbackEvent")(reports_its_events(_noun))


@case("Number", "sendDigits")
def number_sends_tones_when_it_answers(world: World) -> None:
    leg(world, "Number", 'sendDigits="ww12#" url="/whisper"')
    heard = [line.text for line in world.exchange.phone(DESK).transcript if line.kind in ("tone", "heard")]
    assert heard == ["ww12#", "for you"]
    assert refused("Number", 'sendDigits="abc"')


@case("Sip", "username", "password")
def sip_with_credentials_rings_the_same_telephone(world: World) -> None:
    leg(world, "Sip", 'username="koza" password="gizli"', 3.0)
    assert "talking_to" in world.kinds(ADDRESSES["Sip"])
