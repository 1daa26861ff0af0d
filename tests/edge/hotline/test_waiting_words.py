"""What she hears while she waits, and when, on the practice exchange: the policy in seconds of her own time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.facts import Reactions
from core.unit_of_work import unit_of_work
from hotline.models import Heard
from hotline.phrases import phrase
from hotline.waiting_words import waiting_words
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from tests.support.story import call_row, contact, on_time, waiting_call, words
from tests.support.world import World

#: In each language the key that chooses it, and words of the two sentences.
LANGUAGES = {"1": "tr", "2": "en", "3": "ar", "4": "ku"}


@pytest.fixture(autouse=True)
def _nobody_takes_her(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(Reactions, "to", lambda _self, _fact: [])
    on_time(world)


def heard_at(world: World, call: Carried, key: str, language: str) -> list[float]:
    """The seconds of waiting at which the sentence ``key`` began."""
    lines = world.exchange.phone(call.from_).transcript
    since = call_row(world, call.sid).waiting_since
    assert since is not None
    wanted = phrase(key, language).text
    return [line.at - since.timestamp() for line in lines if line.kind == "heard" and line.text == wanted]


@pytest.mark.parametrize("key", LANGUAGES)
def test_a_sentence_every_15_seconds_and_after_45_the_one_that_names_112(world: World, key: str) -> None:
    call = waiting_call(world, Behaviour(presses=(Press(key, after=1.0),)))
    world.pass_time(95)
    plain, emergency = (heard_at(world, call, name, LANGUAGES[key]) for name in ("waiting", "waiting_112"))
    # The first comes with the words about key 5, at once.
    assert plain[0] < 8
    for due, at in zip((15, 30, 60, 75, 90), plain[1:], strict=True):
        assert 0 <= at - due < 3
    assert len(emergency) == 1
    assert 0 <= emergency[0] - 45 < 3
    # A poll is a webhook: no more of them than before, when a sentence came twice a minute.
    assert call_row(world, call.sid).polls <= 8


def test_what_the_policy_says_is_what_she_hears(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rare = waiting_words().model_copy(update={"sentence_seconds": 30, "emergency_after_seconds": 60})
    monkeypatch.setattr("hotline.waiting_words.waiting_words", lambda: rare)
    call = waiting_call(world)
    world.pass_time(80)
    assert [round(at, -1) for at in heard_at(world, call, "waiting", "tr")[1:]] == [30]
    assert [round(at, -1) for at in heard_at(world, call, "waiting_112", "tr")] == [60]


@pytest.mark.parametrize("second", [8.0, 12.0, 20.0, 31.0, 44.0])
def test_a_five_at_any_moment_of_waiting_is_heard_and_nothing_is_said_after_it(world: World, second: float) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press("5", after=second))))
    world.until(lambda: contact(world, call.sid).danger, limit=60)
    assert world.carrier.now - call.answered_at <= second + 1  # type: ignore[operator]
    world.pass_time(1)
    before = words(world, call.from_)
    world.pass_time(60)
    assert words(world, call.from_) == before
    assert call_row(world, call.sid).stage == "waiting"


def noted(world: World, call: Carried) -> list[tuple[list[str], float]]:
    """What was written down of what she was told, and when."""
    with unit_of_work(world.ground) as session:
        wanted = select(Heard).where(Heard.contact_id == contact(world, call.sid).id).order_by(Heard.number)
        return [(row.prompts, row.at.timestamp()) for row in session.scalars(wanted)]


def test_what_she_heard_is_written_down_and_of_silence_nothing(world: World) -> None:
    call = waiting_call(world, Behaviour(presses=(Press("1", after=1.0), Press("5", after=70.0))))
    world.pass_time(140)
    lines = [line for line in world.exchange.phone(call.from_).transcript if line.kind == "heard"]
    said = [(key, at) for prompts, at in noted(world, call) for key in prompts]
    assert [key for key, _ in said] == ["danger", "waiting", "waiting", "waiting", "waiting_112", "waiting"]
    heard = [line for line in lines if line.text in {phrase(key, "tr").text for key, _ in said[1:]}]
    assert [line.text for line in heard] == [phrase(key, "tr").text for key, _ in said[1:]]
    for line, (_, at) in zip(heard, said[1:], strict=True):
        # The words about key 5 are said before the first of them.
        assert -0.01 <= line.at - at < 8
