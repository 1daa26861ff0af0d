"""What phones do by themselves, and what their transcripts say."""

from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.practice.world import DESK, HER, LINE, STAFF, World

MENU = '<Gather numDigits="1" action="/menu"><Say>Press 1 for Turkish</Say></Gather>'


def staff_call(world: World, answering: str, seconds: float = 20.0, **more: object) -> Call:
    world.program.on("/leg", MENU)
    world.program.on("/menu", '<Gather numDigits="4" action="/pin"><Say>Your PIN</Say></Gather>')
    world.program.on("/pin", "<Say>thank you</Say>")
    world.phone_does(STAFF, answering, **more)
    return world.ring(STAFF, seconds)


def test_answers_after_its_time(world: World) -> None:
    call = staff_call(world, "answer", after=7.0)
    assert call.answered_at == call.created_at + 7.5


def test_presses_when_it_hears_a_prompt(world: World) -> None:
    staff_call(world, "answer", presses=(Press("1234", hearing="pin"), Press("1", hearing="press 1")))
    assert world.program.at("/pin")[0]["Digits"] == "1234"
    assert world.heard(STAFF)[-1] == "thank you"


def test_presses_whenever_the_line_listens(world: World) -> None:
    staff_call(world, "answer", presses=(Press("1"), Press("4321")))
    assert world.program.at("/pin")[0]["Digits"] == "4321"


def test_presses_after_a_time(world: World) -> None:
    staff_call(world, "answer", presses=(Press("9", after=3.0),))
    assert world.program.at("/menu")[0]["Digits"] == "9"


def test_a_desk_answers_and_presses_one(world: World) -> None:
    staff_call(world, "desk")
    assert world.program.at("/menu")[0]["Digits"] == "1"
    assert world.kinds(STAFF)[:3] == ["ringing", "connected", "heard"]


def test_a_machine_speaks_and_never_presses(world: World) -> None:
    call = staff_call(world, "machine", presses=(Press("1"),))
    assert world.program.at("/menu") == []
    assert "said" in world.kinds(STAFF)
    assert call.status == "completed"


def test_hangs_up_after_a_time(world: World) -> None:
    assert staff_call(world, "answer", hang_up_after=2.0).duration == 2


def test_a_manual_phone_waits_for_a_person(world: World) -> None:
    call = staff_call(world, "manual", seconds=5)
    assert call.status == "ringing"
    call.answer()
    world.carrier.run_for(1)
    call.press("1")
    world.carrier.run_for(1)
    call.hang_up()
    assert world.program.at("/menu")[0]["Digits"] == "1"
    assert call.status == "completed"


def test_a_manual_phone_can_decline(world: World) -> None:
    call = staff_call(world, "manual", seconds=5)
    call.refuse("busy")
    assert call.status == "busy"


def test_a_script_for_one_call_does_not_change_the_phone(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    world.her_call(MENU, Behaviour(presses=(Press("5", hearing="press"),)), seconds=5)
    world.her_call(MENU, seconds=20)
    assert [form["Digits"] for form in world.program.at("/menu")] == ["5"]


def test_phones_of_the_configuration(world: World) -> None:
    world = World(phones={DESK: Behaviour("busy")}, default_behaviour=Behaviour("answer"))
    world.program.on("/leg", "<Hangup/>")
    assert world.ring(DESK).status == "busy"
    assert world.ring(STAFF).status == "completed"


def test_transcript_lines_carry_time_call_and_other_side(world: World) -> None:
    call = world.her_call("<Say>hello</Say>", seconds=5)
    line = world.exchange.phone(HER).transcript[0]
    assert (line.kind, line.text, line.sid, line.at) == ("dialled", LINE, call.sid, call.created_at)
    world.program.on("/sms", "")
    world.exchange.text(HER, LINE, "hi")
    line = world.exchange.phone(HER).transcript[-1]
    assert (line.kind, line.text, line.other) == ("text_out", "hi", LINE)


def test_a_behaviour_can_be_varied() -> None:
    assert Behaviour("desk").but(after=9.0) == Behaviour("desk", after=9.0)
