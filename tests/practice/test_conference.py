"""Dial with Conference, its attributes and callbacks, and conferences by REST."""

import pytest
from twilio.base.exceptions import TwilioRestException

from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.practice.world import DESK, HER, HOST, LINE, STAFF, World

EVENTS = "start end join leave mute hold modify announcement"


def conference(attributes: str = "", name: str = "c1") -> str:
    return f"<Dial><Conference {attributes}>{name}</Conference></Dial><Say>after</Say>"


def talk(world: World, hers: str = "", theirs: str = "", seconds: float = 10.0) -> tuple[Call, Call]:
    """She and a desk phone in one conference."""
    world.program.on("/leg", conference(theirs))
    world.phone_does(DESK)
    her = world.her_call(conference(hers))
    desk = world.ring(DESK, seconds)
    return her, desk


def events(world: World) -> list[str]:
    return [form["StatusCallbackEvent"] for form in world.program.at("/conf")]


def test_two_calls_talk(world: World) -> None:
    her, desk = talk(world)
    assert world.exchange.speak(her.sid, "I am here") == [desk.sid]
    assert world.heard(DESK) == ["I am here"]
    (found,) = world.client.conferences.list()
    assert (found.friendly_name, found.status) == ("c1", "in-progress")
    assert {each.call_sid for each in found.participants.list()} == {her.sid, desk.sid}


def test_callbacks_in_order_and_why_it_ended(world: World) -> None:
    world.program.on("/conf", "")
    callback = f'statusCallback="/conf" statusCallbackEvent="{EVENTS}"'
    her, desk = talk(world, callback, 'endConferenceOnExit="true" participantLabel="desk"')
    desk.hang_up()
    world.carrier.run_for(5)
    assert events(world) == [
        "participant-join", "participant-join", "conference-start", "participant-leave", "participant-leave",
        "conference-end",
    ]  # fmt: skip
    forms = world.program.at("/conf")
    assert [form["SequenceNumber"] for form in forms] == [str(n) for n in range(1, 7)]
    assert forms[1]["ParticipantLabel"] == "desk"
    assert forms[5]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert forms[5]["CallSidEndingConference"] == desk.sid
    assert world.heard(HER) == ["after"]
    assert her.status == "completed"


def test_without_end_on_exit_she_stays_alone(world: World) -> None:
    her, desk = talk(world)
    desk.hang_up()
    world.carrier.run_for(60)
    assert her.status == "in-progress"
    assert world.client.conferences.list()[0].status == "in-progress"


def test_waiting_for_somebody_who_may_start(world: World) -> None:
    world.program.on("/music", "<Say>please wait</Say>")
    her = world.her_call(conference('startConferenceOnEnter="false" waitUrl="/music"'), seconds=5)
    assert world.heard(HER)[:2] == ["please wait", "please wait"]
    assert world.client.conferences.list()[0].status == "init"
    assert world.exchange.speak(her.sid, "anyone?") == []
    world.program.on("/leg", conference())
    world.phone_does(DESK)
    world.ring(DESK, 5)
    laps = len(world.heard(HER))
    world.carrier.run_for(10)
    assert len(world.heard(HER)) == laps
    assert world.program.at("/music")[0]["FriendlyName"] == "c1"


def test_silent_and_default_waiting(world: World) -> None:
    world.her_call(conference('waitUrl=""'))
    assert "music" not in world.kinds(HER)
    world.exchange.call(STAFF, LINE)
    world.program.on("/voice", conference("", "other"))
    world.carrier.run_for(1)
    assert "music" in world.kinds(STAFF)


def test_beep(world: World) -> None:
    talk(world)
    assert "tone" in world.kinds(HER)
    other = World()
    talk(other, theirs='beep="false"')
    assert "tone" not in other.kinds(HER)


def test_muted_is_not_heard(world: World) -> None:
    her, desk = talk(world, theirs='muted="true"')
    assert world.exchange.speak(desk.sid, "psst") == []
    assert world.exchange.speak(her.sid, "hello") == [desk.sid]


def test_a_coach_is_heard_by_one(world: World) -> None:
    her, desk = talk(world)
    world.program.on("/coach", conference(f'coach="{desk.sid}"'))
    world.phone_does(STAFF)
    coach = world.ring(STAFF, url=f"{HOST}/coach")
    assert world.exchange.speak(coach.sid, "ask her name") == [desk.sid]
    assert set(world.exchange.speak(her.sid, "hello")) == {desk.sid, coach.sid}


def test_a_coach_of_nobody_in_the_room_goes_on(world: World) -> None:
    her, desk = talk(world)
    world.program.on("/coach", conference(f'coach="{desk.sid}"'))
    desk.hang_up()
    world.phone_does(STAFF)
    world.ring(STAFF, url=f"{HOST}/coach")
    assert world.heard(STAFF) == ["after"]
    assert world.exchange.speak(her.sid, "hello") == []


def test_a_full_conference_lets_nobody_in(world: World) -> None:
    talk(world)
    world.program.on("/third", conference('maxParticipants="2"'))
    world.phone_does(STAFF)
    world.ring(STAFF, url=f"{HOST}/third")
    assert world.heard(STAFF) == ["after"]


def test_nobody_is_let_in_under_a_label_that_is_in_use(world: World) -> None:
    her, desk = talk(world, 'participantLabel="caller"', 'participantLabel="caller"')
    assert world.exchange.speak(her.sid, "hello") == []
    assert world.heard(DESK) == ["after"]
    assert desk.status == "completed"


def test_the_name_is_free_again_after_the_end(world: World) -> None:
    her, desk = talk(world)
    her.hang_up()
    desk.hang_up()
    world.her_call(conference())
    found = world.client.conferences.list(friendly_name="c1")
    assert [each.status for each in found] == ["init", "completed"]
    assert found[1].reason_conference_ended == "last-participant-left"


def test_star_leaves(world: World) -> None:
    text = '<Dial hangupOnStar="true"><Conference>c1</Conference></Dial><Say>out</Say>'
    world.her_call(text, Behaviour(presses=(Press("*", after=3.0),)), seconds=10)
    assert world.heard(HER) == ["out"]


def test_the_action_knows_no_leg_after_a_conference(world: World) -> None:
    world.program.on("/after", "<Hangup/>")
    text = '<Dial action="/after" timeLimit="20"><Conference>c1</Conference></Dial>'
    world.her_call(text, seconds=30)
    (form,) = world.program.at("/after")
    assert form["DialCallStatus"] == "answered"
    assert "DialCallSid" not in form


# By REST.


def test_hold_with_music_and_back(world: World) -> None:
    world.program.on("/conf", "")
    world.program.on("/hold", "<Say>one moment</Say><Pause length='5'/>")
    her, desk = talk(world, f'statusCallback="/conf" statusCallbackEvent="{EVENTS}"')
    participant = world.client.conferences("c1").participants(her.sid)
    participant.update(hold=True, hold_url=f"{HOST}/hold")
    world.carrier.run_for(10)
    assert world.heard(HER) == ["one moment", "one moment"]
    assert world.exchange.speak(desk.sid, "she cannot hear this") == []
    assert participant.fetch().hold is True
    participant.update(hold=False)
    world.carrier.run_for(10)
    assert world.exchange.speak(desk.sid, "now she can") == [her.sid]
    assert events(world)[-2:] == ["participant-hold", "participant-unhold"]


def test_mute_by_rest(world: World) -> None:
    world.program.on("/conf", "")
    her, _ = talk(world, f'statusCallback="/conf" statusCallbackEvent="{EVENTS}"')
    world.client.conferences("c1").participants(her.sid).update(muted=True)
    world.client.conferences("c1").participants(her.sid).update(muted=False)
    world.carrier.run_for(1)
    assert events(world)[-2:] == ["participant-mute", "participant-unmute"]


def test_who_is_redirected_leaves_and_comes_back_as_the_document_says(world: World) -> None:
    """As the carrier does: its participants are gone with new instructions, the room stays, and a mute is not kept."""
    world.program.on("/conf", "")
    her, desk = talk(world, f'statusCallback="/conf" statusCallbackEvent="{EVENTS}"')
    (room,) = world.client.conferences.list()
    world.client.conferences(room.sid).participants(her.sid).update(muted=True)
    back = '<Gather timeout="5" numDigits="1" action="/key" actionOnEmptyResult="false"/>' + conference('beep="false"')
    world.program.on("/out", back)
    world.program.on("/key", conference('beep="false"'))
    world.client.calls(her.sid).update(url=f"{HOST}/out")
    world.carrier.run_for(2)
    with pytest.raises(TwilioRestException) as refused:
        world.client.conferences(room.sid).participants(her.sid).update(muted=False)
    assert refused.value.status == 404
    assert {each.call_sid for each in world.client.conferences(room.sid).participants.list()} == {desk.sid}
    world.carrier.run_for(5)
    assert world.exchange.speak(her.sid, "back") == [desk.sid]
    assert world.program.at("/key") == []
    world.client.calls(her.sid).update(url=f"{HOST}/out")
    world.carrier.run_for(2)
    her.press("1")
    world.carrier.run_for(2)
    assert [form["Digits"] for form in world.program.at("/key")] == ["1"]
    assert world.exchange.speak(desk.sid, "hello") == [her.sid]
    assert events(world).count("participant-leave") == 2
    assert "conference-end" not in events(world)


def test_a_key_in_a_conference_is_told_to_nobody(world: World) -> None:
    her, _ = talk(world)
    asked = len(world.program.received)
    her.press("1")
    world.carrier.run_for(5)
    assert len(world.program.received) == asked
    assert her.status == "in-progress"


def test_a_document_mutes_and_rest_lets_speak(world: World) -> None:
    her, desk = talk(world, theirs='muted="true"')
    (room,) = world.client.conferences.list(friendly_name="c1")
    assert world.exchange.speak(desk.sid, "psst") == []
    found = world.client.conferences(room.sid).participants(desk.sid).update(muted=False)
    assert (found.call_sid, found.muted) == (desk.sid, False)
    assert world.exchange.speak(desk.sid, "hello") == [her.sid]


def test_announcements(world: World) -> None:
    world.program.on("/announce", "<Say>only for her</Say>")
    her, _ = talk(world)
    world.client.conferences("c1").participants(her.sid).update(announce_url=f"{HOST}/announce")
    world.carrier.run_for(5)
    assert (world.heard(HER), world.heard(DESK)) == (["only for her"], [])
    world.client.conferences("c1").update(announce_url=f"{HOST}/announce")
    world.carrier.run_for(5)
    assert world.heard(DESK) == ["only for her"]


def test_coaching_and_end_on_exit_by_rest(world: World) -> None:
    her, desk = talk(world)
    participant = world.client.conferences("c1").participants(desk.sid)
    found = participant.update(coaching=True, call_sid_to_coach=her.sid, end_conference_on_exit=True)
    assert (found.coaching, found.call_sid_to_coach, found.end_conference_on_exit) == (True, her.sid, True)
    desk.hang_up()
    world.carrier.run_for(5)
    assert her.status == "completed"


def test_removing_a_participant_goes_on_with_its_document(world: World) -> None:
    her, _ = talk(world)
    assert world.client.conferences("c1").participants(her.sid).delete()
    world.carrier.run_for(5)
    assert world.heard(HER) == ["after"]


def test_ending_a_conference(world: World) -> None:
    world.program.on("/conf", "")
    talk(world, 'statusCallback="/conf" statusCallbackEvent="end"')
    assert world.client.conferences("c1").update(status="completed").status == "completed"
    world.carrier.run_for(5)
    assert world.program.at("/conf")[0]["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert (world.heard(HER), world.heard(DESK)) == (["after"], ["after"])


def test_ringing_somebody_into_a_conference(world: World) -> None:
    world.program.on("/conf", "")
    world.program.on("/leg-status", "")
    world.phone_does(STAFF)
    her = world.her_call(conference())
    made = world.client.conferences("c1").participants.create(
        from_=LINE, to=STAFF, label="second", end_conference_on_exit=True, early_media=True, timeout=20,
        status_callback=f"{HOST}/leg-status", status_callback_event=["initiated", "answered", "completed"],
    )  # fmt: skip
    assert made.status == "queued"
    world.carrier.run_for(10)
    assert world.exchange.speak(her.sid, "hello") == [made.call_sid]
    assert world.client.conferences("c1").participants("second").fetch().call_sid == made.call_sid
    world.exchange.calls[made.call_sid].hang_up()
    world.carrier.run_for(5)
    assert [form["CallStatus"] for form in world.program.at("/leg-status")] == ["initiated", "in-progress", "completed"]
    assert her.status == "completed"


def test_a_participant_can_open_the_conference(world: World) -> None:
    world.program.on("/conf", "")
    world.phone_does(STAFF)
    world.client.conferences("new").participants.create(
        from_=LINE, to=STAFF, conference_status_callback=f"{HOST}/conf", conference_status_callback_event=["join"],
    )  # fmt: skip
    world.carrier.run_for(10)
    assert events(world) == ["participant-join"]
