"""What was recorded is heard by who calls, from this process's own hands, and never stands between her and a person."""

from __future__ import annotations

import time
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.unit_of_work import run
from hotline.models import Recording
from hotline.phrases import phrase
from hotline.queries.recordings import can_be_recorded, said_on_lines, wanting
from hotline.service import recordings
from hotline.sound_files import SoundError, silence
from hotline.sounds import PATH
from hotline.voice_scripts import SAID
from practice.phones import Behaviour, Press
from practice.script import APPLICATION_ERROR
from staff.errors import MissingPermissionError
from staff.scope import Scope
from tests.edge.hotline.conftest import alarmed
from tests.support.desk import Desk, desk
from tests.support.house import Clock
from tests.support.line import Line, fresh_number
from tests.support.recordings import ACTOR, SCOPE, recorded
from tests.support.story import contact
from tests.support.tones import mp3, wav
from tests.support.world import World
from tests.unit.hotline.twiml_table import validate

__all__ = ["desk"]

pytestmark = pytest.mark.usefixtures("_no_recordings_left")


def look(line: Line) -> None:
    """What the thread of a web process does now and then."""
    assert line.telephone.sounds.look()


def played(world: World, number: str) -> list[str]:
    """The recordings that a telephone heard, by their names."""
    return [line.text for line in world.exchange.phone(number).transcript if line.kind == "played"]


def addresses(twiml: str) -> list[str]:
    """What a document has the carrier fetch."""
    return [element.text or "" for element in validate(twiml).iter("Play")]


def call_in_kurdish(world: World) -> str:
    """She chooses Kurdish and waits for a minute; her number."""
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press("4", after=1.0),)))
    world.pass_time(75)
    assert not call.over
    call.hang_up()
    return call.from_


def test_a_call_hears_what_was_recorded_and_a_voice_where_nothing_was(world: World) -> None:
    for prompt in ("danger", "waiting_112"):
        recorded(world.ground, prompt)
    look(world.line)
    hers = call_in_kurdish(world)
    assert played(world, hers) == ["danger.ku.wav", "waiting_112.ku.wav"]
    heard = world.exchange.phone(hers).heard()
    assert phrase("waiting", "ku").text in heard
    assert not {phrase("danger", "ku").text, phrase("waiting_112", "ku").text} & set(heard)
    fetched = world.exchange.requests("play")
    assert {(entry.outcome, entry.form) for entry in fetched} == {("200", ())}
    assert world.exchange.errors == []


def test_the_greeting_and_the_closing_sentence_are_played_too(world: World) -> None:
    recorded(world.ground, "greeting_neutral", "ku")
    recorded(world.ground, "closing", "tr", mp3(2))
    look(world.line)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour())
    world.pass_time(300)
    assert call.over
    assert played(world, call.from_) == ["greeting_neutral.ku.wav", "closing.tr.mp3"]


def test_without_a_recording_every_word_is_the_carriers(world: World) -> None:
    look(world.line)
    assert played(world, call_in_kurdish(world)) == []


def test_an_upload_is_heard_by_nobody_until_it_is_put_to_use(line: Line) -> None:
    found = run(line.ground, lambda s: recordings.upload(s, ACTOR, SCOPE, "greeting_neutral", "ku", wav()))
    look(line)
    assert addresses(line.ring(fresh_number())[1].text) == []
    run(line.ground, lambda session: recordings.put_to_use(session, ACTOR, SCOPE, found))
    look(line)
    (address,) = addresses(line.ring(fresh_number())[1].text)
    assert address == f"{line.ground.settings.public_url}{PATH}/{found}/greeting_neutral.ku.wav"


def test_a_version_takes_the_place_of_another_and_who_is_in_the_middle_hears_the_old_one_out(line: Line) -> None:
    first = recorded(line.ground, "greeting_neutral", file=wav(hertz=300))
    look(line)
    caller = fresh_number()
    sid, before = line.ring(caller)
    second = recorded(line.ground, "greeting_neutral", file=wav(hertz=500))
    look(line)
    (old,), (new,) = addresses(before.text), addresses(line.ring(fresh_number())[1].text)
    assert (f"{first}" in old, f"{second}" in new) == (True, True)
    assert line.client.get(urlsplit(old).path).data == wav(hertz=300)
    assert line.client.get(urlsplit(new).path).data == wav(hertz=500)
    # A repeated delivery gets the answer that was given first.
    assert line.ring(caller, sid)[1].text == before.text
    run(line.ground, lambda session: recordings.take_out(session, ACTOR, SCOPE, second))
    look(line)
    assert addresses(line.ring(fresh_number())[1].text) == []


def test_a_sound_is_given_to_whoever_asks_and_may_be_kept(line: Line) -> None:
    found = recorded(line.ground, "closing", file=wav(2))
    look(line)
    path = f"{PATH}/{found}/closing.ku.wav"
    answer = line.client.get(path)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", wav(2))
    assert {"public", "immutable", "max-age=31536000"} == set(answer.headers["Cache-Control"].split(", "))
    head = line.client.head(path)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(wav(2))))
    assert line.client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    part = line.client.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    assert line.client.post(path).status_code == 405


def test_a_sound_that_is_nowhere_is_silence_and_no_error_which_would_end_the_call(line: Line) -> None:
    answer = line.client.get(f"{PATH}/{uuid4()}/closing.ku.wav")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", silence())
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_process_that_has_not_looked_yet_gives_what_another_has_named(line: Line) -> None:
    found = recorded(line.ground, "closing", file=wav(2))
    assert line.client.get(f"{PATH}/{found}/closing.ku.wav").data == wav(2)


def test_whoever_answers_without_the_database_lets_the_carriers_voice_read(line: Line) -> None:
    for language in ("tr", "en"):
        for prompt in sorted(SAID):
            recorded(line.ground, prompt, language)
    look(line)
    caller = fresh_number()
    sid, first = line.ring(caller)
    assert len(addresses(first.text)) == 3
    for kind, params in (("voice", {}), ("voice_step", {"name": "rung", "contact": str(uuid4())})):
        form = {"CallSid": [sid], "From": [caller], "To": [line.number], "CallStatus": ["in-progress"]}
        assert addresses(line.steps[kind].safe(form, params)) == []


def test_a_moment_later_the_old_sound_is_still_there_and_a_day_later_it_is_gone(line: Line, hand: Clock) -> None:
    first = recorded(line.ground, "closing")
    second = recorded(line.ground, "closing")

    def kept(session: Session) -> list[bool]:
        return [session.get_one(Recording, each).content is not None for each in (first, second)]

    hand.advance(23 * 3600)
    assert run(line.ground, kept) == [True, True]
    hand.advance(2 * 3600)
    assert run(line.ground, kept) == [False, True]


@pytest.mark.parametrize(
    ("prompt", "next_said"),
    [("greeting_neutral", "greeting_neutral"), ("danger", "waiting"), ("waiting_112", "waiting")],
)
def test_a_sound_that_the_carrier_cannot_have_costs_nobody_her_call_and_voices_read_from_then_on(
    world: World, monkeypatch: pytest.MonkeyPatch, prompt: str, next_said: str
) -> None:
    """A proxy in front of us lets POST alone through."""
    monkeypatch.setattr("hotline.edge.give", lambda _sounds, _recording: Response(status=403))
    recorded(world.ground, prompt)
    look(world.line)
    alarms = alarmed("sound")
    keys = Behaviour(presses=(Press("4", hearing=phrase("greeting_neutral", "ku").text),))
    first = world.exchange.call(fresh_number(), world.line.number, keys)
    world.pass_time(90)
    heard = world.exchange.phone(first.from_).heard()
    assert not first.over
    assert APPLICATION_ERROR not in heard
    assert phrase(next_said, "ku").text in heard
    assert alarmed("sound") == alarms + 1
    found = contact(world, first.sid)
    assert (found.state, found.language) == ("queued", "ku")
    hers = call_in_kurdish(world)
    assert played(world, hers) == []
    assert {phrase(each, "ku").text for each in ("danger", "waiting", "waiting_112")} <= set(
        world.exchange.phone(hers).heard()
    )


def test_who_brought_what_and_when_is_written_down(line: Line) -> None:
    found = recorded(line.ground, "closing")
    run(line.ground, lambda session: recordings.take_out(session, ACTOR, SCOPE, found))
    other = run(line.ground, lambda session: recordings.upload(session, ACTOR, SCOPE, "closing", "ku", wav()))
    run(line.ground, lambda session: recordings.drop(session, ACTOR, SCOPE, other))

    def acts(session: Session) -> list[tuple[str, int]]:
        entries = select(AuditEntry).where(AuditEntry.subject_id.in_([str(found), str(other)])).order_by(AuditEntry.id)
        return [(entry.act, entry.detail["number"]) for entry in session.scalars(entries)]

    assert run(line.ground, acts) == [
        ("recording_uploaded", 1),
        ("recording_used", 1),
        ("recording_ended", 1),
        ("recording_uploaded", 2),
        ("recording_dropped", 2),
    ]


@pytest.mark.parametrize("what", ["upload", "put_to_use", "take_out", "drop"])
def test_who_manages_the_lines_of_one_of_several_centres_changes_nothing(desk: Desk, what: str) -> None:
    hers = desk.person("admin")
    standing = recorded(desk.line.ground, "closing")
    waiting = run(desk.line.ground, lambda s: recordings.upload(s, ACTOR, SCOPE, "closing", "ku", wav()))

    def act(session: Session) -> None:
        scope = Scope.of(session, hers)
        if what == "upload":
            recordings.upload(session, scope.actor, scope, "closing", "ku", wav())
        else:
            chosen: UUID = standing if what == "take_out" else waiting
            getattr(recordings, what)(session, scope.actor, scope, chosen)

    # Another centre stands beside hers in the database of these tests: what holds there is not hers to change.
    with pytest.raises(MissingPermissionError):
        run(desk.line.ground, act)


@pytest.mark.parametrize(("prompt", "language"), [("whisper", "tr"), ("nothing", "ku"), ("closing", "de")])
def test_only_what_a_caller_can_hear_is_recorded(line: Line, prompt: str, language: str) -> None:
    with pytest.raises(recordings.RecordingError):
        run(line.ground, lambda session: recordings.upload(session, ACTOR, SCOPE, prompt, language, wav()))
    with pytest.raises(SoundError):
        run(line.ground, lambda session: recordings.upload(session, ACTOR, SCOPE, "closing", "ku", b"MZ"))


def test_what_should_be_recorded_is_what_a_caller_can_hear_in_a_language_without_a_voice(line: Line) -> None:
    asked = run(line.ground, said_on_lines)
    # Some lines of these tests may name the institution; this one does not.
    assert asked | {"greeting"} == SAID
    assert set(can_be_recorded()) > SAID
    assert set(run(line.ground, wanting)) == {(key, "ku") for key in asked}
    recorded(line.ground, "closing")
    assert set(run(line.ground, wanting)) == {(key, "ku") for key in asked - {"closing"}}


def test_the_hot_path_asks_the_database_nothing_for_it(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(line.ground, "greeting_neutral")
    look(line)
    asked: list[str] = []
    monkeypatch.setattr("hotline.sounds.run", lambda *_: asked.append("asked"))
    assert len(addresses(line.ring(fresh_number())[1].text)) == 1
    (path,) = (urlsplit(address).path for address in addresses(line.ring(fresh_number())[1].text))
    began = time.monotonic()
    assert line.client.get(path).status_code == 200
    assert time.monotonic() - began < 1
    assert asked == []
