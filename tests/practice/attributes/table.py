"""The table of attributes: which function is the case of which attribute, and how a verb with attributes is written."""

from __future__ import annotations

from collections.abc import Callable

from practice.twiml import TwimlError, parse_message, parse_voice
from tests.practice.world import DESK, World

Case = Callable[[World], None]
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


def tones(world: World, address: str) -> list[str]:
    return [line.text for line in world.exchange.phone(address).transcript if line.kind == "tone"]
