"""Rooms in which several talk."""

from __future__ import annotations

from tests.practice.attributes.table import case, refused, tones
from tests.practice.world import DESK, HER, HOST, STAFF, World


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
