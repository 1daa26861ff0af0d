"""What is said and played, keys that are awaited, and where the document goes on."""

from __future__ import annotations

from practice.phones import Behaviour, Press
from tests.practice.attributes.table import case, refused
from tests.practice.world import HER, World


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
    world.program.sounds("/a.mp3")
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
