"""After key 5 the operator is joined muted, turns her voice on by a key of the screen, and asks what a key can answer.

What each telephone hears, and who is heard by whom, is followed at the practice exchange.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from core.facts import Reactions
from core.ids import new_id
from core.unit_of_work import unit_of_work
from hotline import service as hotline
from hotline.carriers.protocol import Outcome, Retry, Unknown
from hotline.models import Leg, Send, StepOut
from hotline.phrases import phrase
from hotline.rules import ALONE_S, KEY_S
from hotline.service.sending import COMMAND_S
from practice.calls import Call
from practice.phones import Behaviour, Press
from tests.support.story import (
    ACTOR,
    call_row,
    contact,
    desk,
    leg_row,
    no_database,
    redirects_meet,
    story,
    telephone,
    waiting_call,
    words,
)
from tests.support.world import World

FIVE = Behaviour(presses=(Press("5", after=1.0),))
ACCEPT = "Kabul için 1"
#: Takes her on the telephone alone, and then says how she wants to be joined.
SILENTLY = Behaviour("answer", after=2.0, presses=(Press("1", hearing=ACCEPT), Press("1", hearing="Sessizce")))
SPEAKING = Behaviour("answer", after=2.0, presses=(Press("1", hearing=ACCEPT), Press("2", hearing="Sessizce")))
SAYS_NOTHING = Behaviour("answer", after=2.0, presses=(Press("1", hearing=ACCEPT),))


@pytest.fixture(autouse=True)
def _the_test_is_the_room_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])


def met(world: World, call: Call) -> None:
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    world.pass_time(20)


def together(world: World, behaviour: Behaviour = FIVE) -> tuple[Call, Leg]:
    """She and an operator who took her on the board, in the talking room."""
    call = waiting_call(world, behaviour)
    leg_id = desk(world, call, Behaviour("desk"))
    met(world, call)
    return call, leg_row(world, leg_id)


def speak(world: World, call: Call, leg: Leg, *, muted: bool = False) -> None:
    contact_id = contact(world, call.sid).id
    world.do(lambda session: hotline.set_voice(session, ACTOR, contact_id, leg.account_id, muted=muted))


def ask(world: World, call: Call, question: str = "hurt") -> UUID:
    contact_id = contact(world, call.sid).id
    out_id: UUID = world.do(lambda session: hotline.ask_by_key(session, ACTOR, contact_id, question))
    return out_id


def row(world: World, out_id: UUID) -> StepOut:
    with unit_of_work(world.ground) as session:
        out = session.get_one(StepOut, out_id)
        _ = out.answer, out.question
        return out


def hears(world: World, speaker: str, listener: str) -> bool:
    return listener in world.exchange.speak(speaker, "alo")


def mutes_meet(world: World, answers: list[Outcome], *, taken: bool) -> None:
    """The first changes of a voice get these answers; ``taken``: the carrier carries them out all the same."""
    carrier, left = world.sender._carrier, list(answers)
    real = carrier.mute

    def mute(sid: str, *, room: str, muted: bool) -> Outcome:
        if not left:
            return real(sid, room=room, muted=muted)
        if taken:
            real(sid, room=room, muted=muted)
        return left.pop(0)

    carrier.mute = mute  # type: ignore[method-assign]


# The voice.


def test_who_took_her_on_the_board_is_joined_muted_and_speaks_by_a_key_of_the_screen(world: World) -> None:
    call, leg = together(world)
    number = world.exchange.calls[str(leg.carrier_sid)].to
    assert phrase("whisper_muted", "tr").text in words(world, number)
    before = world.exchange.phone(call.from_).heard()
    assert hears(world, call.sid, str(leg.carrier_sid))
    assert not hears(world, str(leg.carrier_sid), call.sid)
    speak(world, call, leg)
    world.pass_time(1)
    assert hears(world, str(leg.carrier_sid), call.sid)
    speak(world, call, leg, muted=True)
    world.pass_time(1)
    assert not hears(world, str(leg.carrier_sid), call.sid)
    said = [line for line in world.exchange.phone(call.from_).heard() if line != "alo"]
    assert said == before
    assert not {"tone", "music"} & {line.kind for line in world.exchange.phone(call.from_).transcript}


def test_without_a_five_nobody_is_muted(world: World) -> None:
    call, leg = together(world, Behaviour(presses=(Press("1", after=1.0),)))
    assert hears(world, str(leg.carrier_sid), call.sid)
    assert (leg.muted, leg.muted_told) == (False, False)


def test_a_five_that_comes_while_his_telephone_rings_counts(world: World) -> None:
    call = waiting_call(world)
    leg_id = desk(world, call, Behaviour("desk", after=8.0))
    world.pass_time(2)
    call.press("5")
    met(world, call)
    assert not hears(world, str(leg_row(world, leg_id).carrier_sid), call.sid)


@pytest.mark.parametrize("answer", [Unknown("timeout"), Retry(20429), Retry(404)])
@pytest.mark.parametrize("taken", [True, False])
def test_a_voice_whose_command_was_lost_is_asked_for_again(world: World, answer: Outcome, taken: bool) -> None:
    call, leg = together(world)
    mutes_meet(world, [answer] * 3, taken=taken)
    speak(world, call, leg)
    world.pass_time(5)
    assert hears(world, str(leg.carrier_sid), call.sid)
    assert leg_row(world, leg.id).muted_told is False


def test_the_newest_wish_counts_whatever_became_of_the_one_before(world: World) -> None:
    call, leg = together(world)
    mutes_meet(world, [Unknown("timeout")] * 2, taken=True)
    speak(world, call, leg)
    speak(world, call, leg, muted=True)
    world.pass_time(10)
    assert not hears(world, str(leg.carrier_sid), call.sid)
    after = leg_row(world, leg.id)
    assert (after.muted, after.muted_told) == (True, True)


def test_a_worker_that_is_killed_before_it_asked_the_carrier_leaves_the_wish(world: World) -> None:
    call, leg = together(world)
    settle, world.settle = world.settle, lambda: None  # type: ignore[method-assign]
    speak(world, call, leg)
    with unit_of_work(world.ground) as session:
        assert world.sender._claim(session) is not None
    world.settle = settle  # type: ignore[method-assign]
    world.pass_time(15)
    assert hears(world, str(leg.carrier_sid), call.sid)


def test_a_wish_for_a_telephone_that_is_gone_harms_nobody(world: World) -> None:
    call, leg = together(world)
    world.exchange.calls[str(leg.carrier_sid)].hang_up()
    world.pass_time(2)
    with pytest.raises(hotline.NotInTheRoomError):
        speak(world, call, leg)
    world.pass_time(ALONE_S + 2)
    assert contact(world, call.sid).state == "queued"


@pytest.mark.parametrize(("behaviour", "heard"), [(SILENTLY, False), (SPEAKING, True), (SAYS_NOTHING, False)])
def test_who_took_her_without_a_screen_says_how_to_be_joined(world: World, behaviour: Behaviour, heard: bool) -> None:
    call, number = waiting_call(world, FIVE), telephone(world, behaviour)
    before = world.exchange.phone(call.from_).heard()
    contact_id = contact(world, call.sid).id
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.until(lambda: leg_row(world, leg_id).polls > 0, limit=40)
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, leg_id))
    met(world, call)
    assert hears(world, call.sid, str(leg_row(world, leg_id).carrier_sid))
    assert hears(world, str(leg_row(world, leg_id).carrier_sid), call.sid) is heard
    assert "CallerAlone" not in story(world, contact_id)
    assert [line for line in world.exchange.phone(call.from_).heard() if line != "alo"] == before


def test_who_hangs_up_while_he_is_asked_keeps_her_from_nobody(world: World) -> None:
    call, number = waiting_call(world, FIVE), telephone(world, SAYS_NOTHING.but(presses=(Press("1", hearing=ACCEPT),)))
    contact_id = contact(world, call.sid).id
    leg_id: UUID = world.do(
        lambda session: hotline.ring_offer(session, ACTOR, contact_id, new_id(), number, str(new_id())),
    )
    world.until(lambda: leg_row(world, leg_id).polls > 0, limit=40)
    world.do(lambda session: hotline.join(session, ACTOR, contact_id, leg_id))
    world.until(lambda: "Sessizce" in words(world, number), limit=20)
    world.exchange.calls[str(leg_row(world, leg_id).carrier_sid)].hang_up()
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=ALONE_S + 25)
    assert not call.over


# The key.


@pytest.mark.parametrize(
    ("key", "answer"), [("1", "yes"), ("2", "no"), ("5", "danger"), ("0", "other"), ("#", "other")]
)
def test_her_key_is_heard_and_she_is_back(world: World, key: str, answer: str) -> None:
    call, leg = together(world)
    before = world.exchange.phone(call.from_).heard()
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=5)
    assert not hears(world, call.sid, str(leg.carrier_sid))
    call.press(key)
    world.pass_time(2)
    after = row(world, out_id)
    assert (after.question, after.answer, after.outcome) == ("hurt", answer, "key")
    assert hears(world, call.sid, str(leg.carrier_sid))
    assert [line for line in world.exchange.phone(call.from_).heard() if line != "alo"] == before
    told = story(world, contact(world, call.sid).id)
    assert told[-2:] == ["KeyAsked", "KeyAnswered"]


def test_no_key_is_no_answer_and_she_is_back_by_herself(world: World) -> None:
    call, leg = together(world)
    out_id = ask(world, call)
    world.pass_time(KEY_S + 2)
    assert hears(world, call.sid, str(leg.carrier_sid))
    world.pass_time(10)
    after = row(world, out_id)
    assert (after.answer, after.outcome) == (None, "none")
    assert call_row(world, call.sid).stage == "talking"
    assert "CallerAlone" not in story(world, contact(world, call.sid).id)


def test_with_nobody_of_us_there_she_is_back_all_the_same(world: World) -> None:
    """The web process dies while she is out, and nothing answers any more."""
    call, leg = together(world)
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=5)
    world.carrier.outage = "connect"
    world.pass_time(KEY_S + 5)
    assert hears(world, call.sid, str(leg.carrier_sid))
    world.carrier.outage = None
    world.pass_time(30)
    assert not call.over
    assert row(world, out_id).outcome == "none"
    assert call_row(world, call.sid).stage == "talking"


def test_a_key_that_meets_a_web_that_starts_anew_is_heard(world: World) -> None:
    call, leg = together(world)
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=5)
    world.carrier.outage = "connect"
    call.press("1")
    world.pass_time(2)
    world.carrier.outage = None
    world.pass_time(15)
    assert (row(world, out_id).answer, row(world, out_id).outcome) == ("yes", "key")
    assert hears(world, call.sid, str(leg.carrier_sid))


def test_without_a_database_she_is_led_back_and_her_key_is_known_later(world: World) -> None:
    call, leg = together(world)
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=5)
    with no_database(world):
        call.press("2")
        world.pass_time(2)
        assert hears(world, call.sid, str(leg.carrier_sid))
    world.pass_time(1)
    assert (row(world, out_id).answer, row(world, out_id).outcome) == ("no", "key")
    assert call_row(world, call.sid).stage == "talking"


@pytest.mark.parametrize("taken", [True, False])
def test_a_redirect_whose_answer_was_lost_asks_her_once(world: World, taken: bool) -> None:
    call, leg = together(world)
    redirects_meet(world, call, [Unknown("timeout"), Unknown("timeout")], taken=taken)
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=15)
    call.press("1")
    world.pass_time(10)
    assert row(world, out_id).answer == "yes"
    assert hears(world, call.sid, str(leg.carrier_sid))
    assert story(world, contact(world, call.sid).id).count("KeyAnswered") == 1


def test_a_redirect_that_never_leaves_lets_her_be_asked_again(world: World) -> None:
    call, leg = together(world)
    redirects_meet(world, call, [Retry(20429)] * 30, taken=False)
    out_id = ask(world, call)
    contact_id = contact(world, call.sid).id
    with pytest.raises(hotline.NotTogetherError):
        ask(world, call)
    world.pass_time(COMMAND_S + 10)
    assert row(world, out_id).outcome == "lost"
    assert hears(world, call.sid, str(leg.carrier_sid))
    with unit_of_work(world.ground) as session:
        sends = session.scalars(select(Send.state).where(Send.owner_ref == str(contact_id))).all()
    assert "waiting" not in sends


def test_the_redirect_and_her_hanging_up_meet(world: World) -> None:
    call, leg = together(world)
    settle, world.settle = world.settle, lambda: None  # type: ignore[method-assign]
    out_id = ask(world, call)
    call.hang_up()
    world.settle = settle  # type: ignore[method-assign]
    world.pass_time(60)
    assert row(world, out_id).outcome == "over"
    assert call_row(world, call.sid).ended_at is not None
    assert world.exchange.calls[str(leg.carrier_sid)].over


def test_she_hangs_up_out_there(world: World) -> None:
    call, leg = together(world)
    out_id = ask(world, call)
    world.until(lambda: row(world, out_id).state == "out", limit=5)
    call.hang_up()
    world.pass_time(40)
    assert row(world, out_id).outcome == "over"
    assert contact(world, call.sid).state == "wrap_up"
    assert world.exchange.calls[str(leg.carrier_sid)].over


def test_when_the_operator_is_gone_meanwhile_she_waits_again_first_of_all(world: World) -> None:
    call, leg = together(world)
    ask(world, call)
    world.pass_time(2)
    world.exchange.calls[str(leg.carrier_sid)].hang_up()
    world.until(lambda: call_row(world, call.sid).stage == "waiting", limit=ALONE_S + 5)
    world.pass_time(KEY_S + 10)
    assert call_row(world, call.sid).stage == "waiting"
    assert not call.over


def test_a_late_key_of_an_earlier_question_is_no_answer_to_the_next(world: World) -> None:
    call, _ = together(world)
    first = ask(world, call, "hurt")
    world.pass_time(KEY_S + 10)
    second = ask(world, call, "weapon")
    world.until(lambda: row(world, second).state == "out", limit=5)
    contact_id, room = contact(world, call.sid).id, call_row(world, call.sid).conference
    form = {**call.parameters(), "Digits": "1"}
    answer = world.line.post(f"/twilio/voice/apart/{contact_id}", form, query=f"o={first}&r={room}")
    assert answer.status_code == 200
    assert (row(world, first).answer, row(world, second).answer) == ("yes", None)
