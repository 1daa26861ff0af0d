"""Say, Play, Pause, Gather, Redirect, Hangup, Reject, and what happens when a document is broken."""

import pytest
from flask import Response

from practice.phones import Behaviour, Press
from practice.script import APPLICATION_ERROR
from tests.practice.world import HER, HOST, LINE, World
from tests.support.tones import wav


def pressing(*digits: str, hearing: str | None = None) -> Behaviour:
    return Behaviour(presses=tuple(Press(digit, hearing=hearing) for digit in digits))


def test_say_is_heard_and_the_end_of_the_document_hangs_up(world: World) -> None:
    call = world.her_call("<Say>Good day to you all, dear friends</Say>", seconds=30)
    assert world.heard(HER) == ["Good day to you all, dear friends"]
    assert call.status == "completed"
    assert call.duration == 2  # 32 letters at 15 a second


def test_say_loops(world: World) -> None:
    world.her_call('<Say loop="3">again</Say>', seconds=30)
    assert world.heard(HER) == ["again"] * 3


def test_play_is_heard_by_name_or_by_its_words() -> None:
    world = World(media_texts={"ku.mp3": "Bi xêr hatî"})
    world.program.sounds("/audio/other.mp3")
    world.her_call("<Play>/audio/ku.mp3</Play><Play>/audio/other.mp3?v=1</Play>", seconds=30)
    assert world.heard(HER) == ["Bi xêr hatî"]
    assert [line.text for line in world.exchange.phone(HER).transcript if line.kind == "played"] == ["other.mp3"]


def test_play_fetches_the_sound_without_a_cookie_and_takes_as_long_as_it_lasts(world: World) -> None:
    world.program.sounds("/audio/ku.wav", content=wav(3), content_type="audio/wav")
    call = world.her_call("<Play>/audio/ku.wav</Play>", seconds=30)
    (asked,) = [each for each in world.program.received if each.path == "/audio/ku.wav"]
    assert (asked.method, asked.form) == ("GET", {})
    assert "Cookie" not in asked.headers
    assert call.duration == 3


def test_a_key_cuts_a_sound_short_also_before_it_is_there(world: World) -> None:
    """It is on its way when she presses; that it cannot be had then harms nobody."""
    world.program.on("/menu", "<Say>thanks</Say>")
    world.exchange.fault_once("delay", "/slow.wav")
    gather = '<Gather numDigits="2" action="/menu"><Say>press</Say><Play>/slow.wav</Play></Gather>'
    world.her_call(gather, Behaviour(presses=(Press("4", hearing="press", delay=1.05),)), seconds=30)
    assert [each.path for each in world.program.received].count("/slow.wav") == 1
    assert world.heard(HER) == ["press", "thanks"]


@pytest.mark.parametrize("content_type", [None, "text/html"])
def test_a_sound_that_cannot_be_had_fails_the_call_as_a_document_does(world: World, content_type: str | None) -> None:
    if content_type:
        world.program.sounds("/a.mp3", content_type=content_type)
    world.her_call("<Play>/a.mp3</Play>", seconds=5)
    assert world.heard(HER) == [APPLICATION_ERROR]
    world.program.on("/fallback", "<Say>one moment</Say>")
    call = world.her_call("<Gather><Play>/a.mp3</Play></Gather>", seconds=30)
    assert world.heard(HER) == [APPLICATION_ERROR, "one moment"]
    form = world.program.at("/fallback")[-1]
    assert (form["ErrorUrl"], form["CallSid"]) == (f"{HOST}/a.mp3", call.sid)
    assert form["ErrorCode"] == ("13420" if content_type else "11200")


def test_pause_takes_its_time(world: World) -> None:
    call = world.her_call('<Say>a</Say><Pause length="20"/>', seconds=20)
    assert call.status == "in-progress"
    world.carrier.run_for(2)
    assert call.duration == 21


def test_a_first_pause_leaves_the_caller_ringing(world: World) -> None:
    call = world.her_call('<Pause length="5"/><Say>a sentence of several seconds, at least for now</Say>', seconds=4)
    assert call.status == "ringing"
    world.carrier.run_for(2)
    assert call.status == "in-progress"


def test_gather_sends_digits_at_their_number(world: World) -> None:
    world.program.on("/menu", "<Say>thanks</Say>")
    world.her_call('<Gather numDigits="2" action="/menu"><Say>two keys</Say></Gather>', pressing("42"), seconds=10)
    (form,) = world.program.at("/menu")
    assert form["Digits"] == "42"
    assert form["CallStatus"] == "in-progress"
    assert world.heard(HER) == ["two keys", "thanks"]


def test_gather_ends_at_the_finish_key(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    world.her_call('<Gather action="/menu"/>', pressing("12#"), seconds=10)
    assert world.program.at("/menu")[0]["Digits"] == "12"
    assert world.program.at("/menu")[0]["FinishedOnKey"] == "#"


def test_gather_sends_after_its_timeout(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    world.her_call('<Gather action="/menu" timeout="3" finishOnKey=""/>', pressing("1#"), seconds=4)
    assert world.program.at("/menu") == []
    world.carrier.run_for(1)
    assert world.program.at("/menu")[0]["Digits"] == "1#"


def test_gather_without_keys_falls_through(world: World) -> None:
    world.her_call('<Gather action="/menu" timeout="3"><Say>x</Say></Gather><Say>nobody</Say>', seconds=10)
    assert world.heard(HER) == ["x", "nobody"]
    assert world.program.at("/menu") == []


def test_gather_asks_without_keys_when_told_to(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    world.her_call('<Gather action="/menu" timeout="3" actionOnEmptyResult="true"/>', seconds=10)
    assert world.program.at("/menu")[0]["Digits"] == ""


def test_a_key_silences_the_prompts(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    prompts = "<Say>one sentence of some length, then</Say><Say>another</Say>"
    world.her_call(f'<Gather numDigits="1" action="/menu">{prompts}</Gather>', pressing("1"), seconds=10)
    assert world.heard(HER) == ["one sentence of some length, then"]


def test_gather_without_action_asks_its_own_url(world: World) -> None:
    def voice(form: dict[str, str]) -> str:
        return "<Say>got it</Say>" if form.get("Digits") else '<Gather numDigits="1"/>'

    world.her_call(voice, pressing("7"), seconds=10)
    assert world.heard(HER) == ["got it"]


def test_keys_outside_a_gather_are_lost(world: World) -> None:
    world.program.on("/menu", "<Hangup/>")
    script = Behaviour(presses=(Press("1", hearing="say"),))
    world.her_call(
        '<Say>say a long sentence so that the key is early</Say><Gather action="/menu"/>', script, seconds=20
    )
    assert world.program.at("/menu") == []


def test_redirect_resolves_relative_urls(world: World) -> None:
    world.program.on("/a/b", "<Redirect>../c</Redirect>")
    world.program.on("/c", "<Say>here</Say>")
    world.her_call(f"<Redirect>{HOST}/a/b</Redirect>", seconds=10)
    assert world.heard(HER) == ["here"]


def test_redirect_by_get_signs_the_query(world: World) -> None:
    world.program.on("/next", "<Say>here</Say>")
    world.her_call('<Redirect method="GET">/next?x=1</Redirect>', seconds=10)
    (received,) = [each for each in world.program.received if each.path == "/next"]
    assert received.signed
    assert received.form["x"] == "1"
    assert received.form["From"] == HER


def test_hangup(world: World) -> None:
    call = world.her_call("<Say>a</Say><Hangup/><Say>b</Say>", seconds=10)
    assert world.heard(HER) == ["a"]
    assert call.status == "completed"


@pytest.mark.parametrize(("reason", "status"), [("rejected", "no-answer"), ("busy", "busy")])
def test_reject_never_answers(world: World, reason: str, status: str) -> None:
    call = world.her_call(f'<Reject reason="{reason}"/>')
    assert call.status == status
    assert call.answered_at is None


def test_leave_outside_a_queue_is_an_error(world: World) -> None:
    world.program.on("/fallback", "<Hangup/>")
    world.her_call("<Leave/>", seconds=5)
    assert [error.code for error in world.exchange.errors] == [12200]
    assert world.heard(HER) == [APPLICATION_ERROR]


def test_a_broken_document_goes_to_the_fallback(world: World) -> None:
    world.program.on("/fallback", "<Say>safe</Say>")
    world.her_call("<Sya>x</Sya>", seconds=5)
    (form,) = world.program.at("/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("12200", f"{HOST}/voice")
    assert world.heard(HER) == ["safe"]


def test_a_wrong_content_type_is_an_error(world: World) -> None:
    world.her_call(lambda _form: Response("<Response/>", content_type="application/json"), seconds=5)
    assert world.exchange.errors[0].code == 12300


def test_when_nothing_works_she_hears_it(world: World) -> None:
    call = world.her_call("<Sya>x</Sya>", seconds=5)
    assert world.heard(HER) == [APPLICATION_ERROR]
    assert call.status == "completed"


def test_relative_urls_without_a_document_url_are_errors(world: World) -> None:
    world.phone_does("+905301110003")
    world.ring(url=None, twiml="<Response><Redirect>/x</Redirect></Response>")
    assert [error.code for error in world.exchange.errors] == [11100]


def test_a_number_without_webhook_fails(world: World) -> None:
    assert world.exchange.call(HER, "+903129999999").status == "failed"
    assert world.kinds(HER) == ["dialled", "ended"]
    assert LINE in world.exchange.ground.numbers


def test_she_hangs_up_in_a_prompt(world: World) -> None:
    call = world.her_call(
        "<Say>" + "long " * 100 + "</Say><Redirect>/x</Redirect>", Behaviour(hang_up_after=4), seconds=60
    )
    assert (call.status, call.duration) == ("completed", 4)
    assert world.program.at("/x") == []
