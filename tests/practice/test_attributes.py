"""Every attribute that the parser knows does what it says: a table with one case for each, and none may be missing.

An attribute that is accepted and then forgotten would let a document pass here that behaves otherwise at the carrier.
Where the carrier's effect cannot be heard or read (a voice's timbre, a region), the case holds that values are checked.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from practice.config import NumberConfig
from practice.phones import Behaviour, Press
from practice.twiml import ATTRIBUTES, TwimlError, parse_message, parse_voice
from tests.practice.world import DESK, HER, HOST, LINE, STAFF, World

Case = Callable[[World], None]
PAIRS = [(verb, attribute) for verb, attributes in ATTRIBUTES.items() for attribute in attributes]
CASES: dict[tuple[str, str], Case] = {}


def case(verb: str, *attributes: str) -> Callable[[Case], Case]:
    """The function is the case of these attributes."""

    def keep(function: Case) -> Case:
        for attribute in attributes:
            assert (verb, attribute) not in CASES
            CASES[verb, attribute] = function
        return function

    return keep


#: Each verb where it may stand, with room for attributes.
WHERE = {
    "Say": "<Say {}>x</Say>",
    "Play": "<Play {}>/a.mp3</Play>",
    "Pause": "<Pause {}/>",
    "Gather": "<Gather {}/>",
    "Redirect": "<Redirect {}>/x</Redirect>",
    "Dial": f"<Dial {{}}>{DESK}</Dial>",
    "Number": f"<Dial><Number {{}}>{DESK}</Number></Dial>",
    "Client": "<Dial><Client {}>op</Client></Dial>",
    "Sip": "<Dial><Sip {}>sip:desk@example.org</Sip></Dial>",
    "Conference": "<Dial><Conference {}>c</Conference></Dial>",
    "Queue": "<Dial><Queue {}>q</Queue></Dial>",
    "Enqueue": "<Enqueue {}>q</Enqueue>",
    "Leave": "<Leave {}/>",
    "Hangup": "<Hangup {}/>",
    "Reject": "<Reject {}/>",
    "Message": "<Message {}>x</Message>",
}


def parse(verb: str, attributes: str = "") -> object:
    parser = parse_message if verb == "Message" else parse_voice
    return parser(f"<Response>{WHERE[verb].format(attributes)}</Response>")


def refused(verb: str, attributes: str) -> bool:
    try:
        parse(verb, attributes)
    except TwimlError as error:
        return error.code == 12200
    return False


@pytest.mark.parametrize(("verb", "attribute"), PAIRS)
def test_every_attribute_does_what_it_says(world: World, verb: str, attribute: str) -> None:
    CASES[verb, attribute](world)


def test_there_is_no_case_of_an_attribute_that_is_gone() -> None:
    assert set(CASES) == set(PAIRS)


@pytest.mark.parametrize("verb", ATTRIBUTES)
def test_an_unknown_attribute_is_an_error_wherever_it_stands(verb: str) -> None:
    parse(verb)
    assert refused(verb, 'bogus="1"')
    for attribute in ATTRIBUTES[verb]:
        assert refused(verb, f'{attribute}X="1"')
        if attribute.upper() not in ATTRIBUTES[verb]:
            assert refused(verb, f'{attribute.upper()}="1"')


def tones(world: World, address: str) -> list[str]:
    return [line.text for line in world.exchange.phone(address).transcript if line.kind == "tone"]


# Prompts.


@case("Say", "voice", "language")
def say_is_the_same_words_in_any_voice(world: World) -> None:
    world.her_call('<Say voice="Google.tr-TR-Wavenet-A" language="tr-TR">Buyurun</Say>', seconds=5)
    assert world.heard(HER) == ["Buyurun"]


@case("Say", "loop")
def say_again(world: World) -> None:
    world.her_call('<Say loop="2">x</Say>', seconds=5)
    assert world.heard(HER) == ["x", "x"]
    assert refused("Say", 'loop="-1"')


@case("Play", "loop")
def play_again(world: World) -> None:
    world.her_call('<Play loop="2">/a.mp3</Play>', seconds=20)
    assert world.kinds(HER).count("played") == 2
    assert refused("Play", 'loop="often"')


@case("Play", "digits")
def play_tones(world: World) -> None:
    world.her_call('<Play digits="1w2#"/>', seconds=8)
    assert [line.text for line in world.exchange.phone(HER).transcript if line.kind == "played"] == ["1w2#"]
    assert refused("Play", 'digits="1a"')


@case("Pause", "length")
def pause_takes_its_length(world: World) -> None:
    call = world.her_call('<Say>x</Say><Pause length="9"/>', seconds=60)
    assert call.duration == 10
    assert refused("Pause", 'length="3601"')


# Gather.


def keys(world: World, attributes: str, digits: str = "12", seconds: float = 20.0) -> list[dict[str, str]]:
    world.program.on("/keys", "<Hangup/>")
    text = f'<Gather action="/keys" {attributes}><Say>x</Say></Gather>'
    world.her_call(text, Behaviour(presses=(Press(digits),) if digits else ()), seconds=seconds)
    return world.program.at("/keys")


@case("Gather", "input")
def gather_listens_to_keys_alone(world: World) -> None:
    assert keys(world, 'input="dtmf"')[0]["Digits"] == "12"
    assert refused("Gather", 'input="speech"')


@case("Gather", "action")
def gather_asks_its_action(world: World) -> None:
    assert len(keys(world, "")) == 1
    assert world.program.at("/voice") == [world.program.at("/voice")[0]]


@case("Gather", "method")
def gather_asks_by_its_method(world: World) -> None:
    keys(world, 'method="GET"')
    assert world.program.methods("/keys") == ["GET"]


@case("Gather", "timeout")
def gather_waits_so_long(world: World) -> None:
    assert keys(world, 'timeout="8"', seconds=9) == []
    world.carrier.run_for(3)
    assert len(world.program.at("/keys")) == 1


@case("Gather", "finishOnKey")
def gather_ends_at_its_key(world: World) -> None:
    assert keys(world, 'finishOnKey="*"', "1*2")[0]["Digits"] == "1"


@case("Gather", "numDigits")
def gather_ends_at_its_number(world: World) -> None:
    assert keys(world, 'numDigits="1"')[0]["Digits"] == "1"


@case("Gather", "actionOnEmptyResult")
def gather_asks_without_keys(world: World) -> None:
    assert keys(world, 'actionOnEmptyResult="true" timeout="1"', "")[0]["Digits"] == ""
    other = World()
    assert keys(other, 'actionOnEmptyResult="false" timeout="1"', "") == []


@case("Redirect", "method")
def redirect_by_its_method(world: World) -> None:
    world.program.on("/next", "<Hangup/>")
    world.her_call('<Redirect method="GET">/next</Redirect>', seconds=5)
    assert world.program.methods("/next") == ["GET"]


# Dial.


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


# The nouns of Dial.

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


# Conferences.


def room(
    world: World, hers: str = "", theirs: str = "", seconds: float = 10.0, *, others: tuple[str, ...] = (DESK,)
) -> list[str]:
    """She and others in one conference; returns their SIDs, hers first."""
    after = "<Say>after</Say>"
    world.program.on("/leg", f"<Dial><Conference {theirs}>c</Conference></Dial>{after}")
    world.program.on("/conf", "")
    sids = [world.her_call(f"<Dial><Conference {hers}>c</Conference></Dial>{after}").sid]
    for other in others:
        world.phone_does(other, after=1.0)
        sids.append(world.ring(other, seconds).sid)
    return sids


def events(world: World) -> list[str]:
    return [form["StatusCallbackEvent"] for form in world.program.at("/conf")]


@case("Conference", "muted")
def muted_is_not_heard(world: World) -> None:
    her, desk = room(world, theirs='muted="true"')
    assert world.exchange.speak(desk, "psst") == []
    assert world.exchange.speak(her, "hello") == [desk]


@case("Conference", "beep")
def beeps_of_coming_and_going(world: World) -> None:
    expected = {"true": 2, "false": 0, "onEnter": 1, "onExit": 1}
    heard = {}
    for beep in expected:
        other = World()
        _, desk = room(other, theirs=f'beep="{beep}"')
        coming = len(tones(other, HER))
        other.exchange.calls[desk].hang_up()
        other.carrier.run_for(1)
        heard[beep] = len(tones(other, HER))
        assert coming == (1 if beep in ("true", "onEnter") else 0)
        assert tones(other, DESK) == []
    assert heard == expected
    assert refused("Conference", 'beep="loud"')


@case("Conference", "startConferenceOnEnter")
def nobody_starts_it(world: World) -> None:
    no = 'startConferenceOnEnter="false"'
    her, _ = room(world, no, no)
    assert world.exchange.speak(her, "anyone?") == []
    other = World()
    her, desk = room(other, no, 'startConferenceOnEnter="true"')
    assert other.exchange.speak(her, "hello") == [desk]


@case("Conference", "endConferenceOnExit")
def her_going_ends_it(world: World) -> None:
    _, desk = room(world, theirs='endConferenceOnExit="true"')
    world.exchange.calls[desk].hang_up()
    world.carrier.run_for(3)
    assert world.heard(HER) == ["after"]
    other = World()
    _, desk = room(other, theirs='endConferenceOnExit="false"')
    other.exchange.calls[desk].hang_up()
    other.carrier.run_for(3)
    assert other.heard(HER) == []


@case("Conference", "participantLabel")
def a_label_names_her(world: World) -> None:
    her, _ = room(world, 'participantLabel="caller"')
    assert world.client.conferences("c").participants("caller").fetch().call_sid == her


@case("Conference", "waitUrl")
def she_hears_it_while_she_waits(world: World) -> None:
    world.program.on("/music", "<Say>wait</Say>")
    room(world, 'waitUrl="/music"', others=())
    assert world.heard(HER) == ["wait"]


@case("Conference", "waitMethod")
def it_is_fetched_by_its_method(world: World) -> None:
    world.program.on("/music", "<Say>wait</Say>")
    room(world, 'waitUrl="/music" waitMethod="GET"', others=())
    assert set(world.program.methods("/music")) == {"GET"}


@case("Conference", "maxParticipants")
def a_third_is_let_in_or_not(world: World) -> None:
    room(world, theirs='maxParticipants="2"', others=(DESK, STAFF))
    assert (world.heard(DESK), world.heard(STAFF)) == ([], ["after"])


@case("Conference", "record")
def a_conference_is_never_recorded(world: World) -> None:
    her, desk = room(world, 'record="do-not-record"')
    assert world.exchange.speak(her, "hello") == [desk]
    assert refused("Conference", 'record="record-from-start"')


@case("Conference", "coach")
def a_coach_is_heard_by_one(world: World) -> None:
    _, desk = room(world)
    world.program.on("/coach", f'<Dial><Conference coach="{desk}">c</Conference></Dial>')
    world.phone_does(STAFF, after=1.0)
    coach = world.ring(STAFF, url=f"{HOST}/coach").sid
    assert world.exchange.speak(coach, "ask") == [desk]


@case("Conference", "statusCallback")
def events_go_where_they_shall(world: World) -> None:
    room(world, 'statusCallback="/conf" statusCallbackEvent="start"')
    assert events(world) == ["conference-start"]
    assert world.program.methods("/conf") == ["POST"]


@case("Conference", "statusCallbackMethod")
def events_go_by_their_method(world: World) -> None:
    room(world, 'statusCallback="/conf" statusCallbackMethod="GET" statusCallbackEvent="start"')
    assert world.program.methods("/conf") == ["GET"]


#: What makes each event happen, and what is told then.
HAPPENINGS: dict[str, tuple[str, ...]] = {
    "start": ("conference-start",),
    "end": ("conference-end",),
    "join": ("participant-join",) * 2,
    "leave": ("participant-leave",) * 2,
    "mute": ("participant-mute", "participant-unmute"),
    "hold": ("participant-hold", "participant-unhold"),
    "modify": ("participant-modify",),
    "speaker": ("participant-speech-start", "participant-speech-stop"),
    "announcement": ("announcement-end",),
}


@case("Conference", "statusCallbackEvent")
def each_event_is_told_when_it_was_asked_for(world: World) -> None:
    for asked, told in HAPPENINGS.items():
        other = World()
        other.program.on("/announce", "<Say>to her</Say>")
        her, desk = room(other, f'statusCallback="/conf" statusCallbackEvent="{asked}"')
        participant = other.client.conferences("c").participants(her)
        participant.update(muted=True)
        other.exchange.speak(her, "nobody hears this")
        participant.update(muted=False)
        participant.update(hold=True, hold_url=f"{HOST}/announce")
        participant.update(hold=False)
        participant.update(end_conference_on_exit=True)
        participant.update(announce_url=f"{HOST}/announce")
        other.carrier.run_for(5)
        other.exchange.speak(her, "merhaba")
        other.carrier.run_for(5)
        other.exchange.calls[her].hang_up()
        other.carrier.run_for(5)
        assert tuple(events(other)) == told, asked
        assert other.exchange.calls[desk].over
    assert refused("Conference", 'statusCallbackEvent="whatever"')
    assert world.exchange.calls == {}


@case("Conference", "region", "jitterBufferSize")
def where_and_how_it_is_mixed_cannot_be_heard(world: World) -> None:
    her, desk = room(world, 'region="ie1" jitterBufferSize="small"')
    assert world.exchange.speak(her, "hello") == [desk]
    assert refused("Conference", 'jitterBufferSize="huge"')


# Queues.


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


# Texts.


def answered(world: World, attributes: str) -> None:
    world.program.on("/sms", f"<Message {attributes}>we are here</Message>")
    world.program.on("/after", "")
    world.program.on("/report", "")
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(5)


@case("Message", "to")
def a_message_to_somebody_else(world: World) -> None:
    answered(world, f'to="{STAFF}"')
    assert (world.exchange.phone(STAFF).texts(), world.exchange.phone(HER).texts()) == (["we are here"], [])


@case("Message", "from")
def a_message_from_another_number_of_ours(world: World) -> None:
    second = "+903120000002"
    numbers = (NumberConfig(number=LINE, sms_url=f"{HOST}/sms"), NumberConfig(number=second))
    other = World(numbers=numbers, sender_ids=frozenset({"KOZASONIM"}))
    for sender in (second, "KOZASONIM"):
        answered(other, f'from="{sender}"')
    assert [text.from_ for text in other.exchange.messages.values() if text.direction == "outbound-reply"] == [
        second,
        "KOZASONIM",
    ]
    answered(world, 'from="+905550000000"')
    assert world.exchange.phone(HER).texts() == []
    assert [error.code for error in world.exchange.errors] == [21606]


@case("Message", "action")
def what_became_of_it_is_told(world: World) -> None:
    answered(world, 'action="/after"')
    assert world.program.at("/after")[0]["MessageStatus"] == "queued"


@case("Message", "method")
def what_became_of_it_is_told_by_its_method(world: World) -> None:
    answered(world, 'action="/after" method="GET"')
    assert world.program.methods("/after") == ["GET"]


@case("Message", "statusCallback")
def its_states_are_told(world: World) -> None:
    answered(world, 'statusCallback="/report"')
    assert [form["MessageStatus"] for form in world.program.at("/report")] == ["sending", "sent", "delivered"]
