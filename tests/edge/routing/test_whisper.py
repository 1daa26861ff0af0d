"""What a telephone of staff hears before it takes her, on the practice exchange: nothing in it names her."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from hotline.phrases import phrase
from intake import service as intake
from intake.models import Intake
from practice.calls import Call as Carried
from practice.phones import Behaviour, Press
from routing import service as routing
from staff.models import Centre
from tests.support.line import fresh_number
from tests.support.planted import NAME
from tests.support.story import contact, words
from tests.support.world import Person, World

HOME = "06"


@pytest.fixture(autouse=True)
def _a_centre_has_a_province(world: World) -> None:
    with unit_of_work(world.ground) as session:
        session.get_one(Centre, world.line.centre_id).province_code = HOME


def whispered(person: Person, world: World) -> str:
    """The question that her telephone heard."""
    opening = phrase("whisper", "tr").text.split("{")[0]
    return next(line for line in world.exchange.phone(person.phone).heard() if line.startswith(opening))


def about(level: int, language: str, province: str, repeat: str = "") -> str:
    text = phrase("whisper", "tr")
    return text.fill(level=level, language=language, province=province, repeat=repeat).strip()


def talks(world: World, operator: Person, key: str = "4") -> Carried:
    """Somebody called, chose a language, and speaks with this operator."""
    world.ready(operator)
    call = world.exchange.call(fresh_number(), world.line.number, Behaviour(presses=(Press(key, after=1.0),)))
    world.pass_time(5)
    contact_id = contact(world, call.sid).id
    assert world.do(lambda s: routing.accept(s, operator.actor, contact_id, operator.account_id)).won
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    return call


def tells(world: World, operator: Person, call: Carried, **fields: object) -> None:
    """She tells it, and the operator writes it down."""
    with unit_of_work(world.ground) as session:
        found = session.scalars(select(Intake).where(Intake.contact_id == contact(world, call.sid).id)).one()
    scope = world.scope(operator)
    saved = world.do(lambda s: intake.autosave(s, operator.actor, scope, found.id, fields, found.version))
    assert saved.errors == {}


def cut_off(world: World, operator: Person, call: Carried) -> None:
    """The operator's screen and line are gone, and she waits again."""
    world.do(
        lambda s: routing.heartbeat(s, operator.actor, operator.account_id, operator.centre_id, ready=False),
    )
    desk = next(one for one in world.exchange.calls.values() if one.to == operator.phone and not one.over)
    desk.hang_up()
    world.until(lambda: contact(world, call.sid).state == "queued", limit=60)


def test_the_telephone_names_language_province_and_level_and_that_she_was_cut_off(world: World) -> None:
    first = world.person("operator", languages=("tr", "ku"), behaviour=Behaviour("desk"))
    call = talks(world, first)
    tells(world, first, call, province_code="35", display_name=NAME, district="Karşıyaka")
    away = world.person("operator", languages=("tr", "ku"), behaviour=Behaviour("answer"))
    cut_off(world, first, call)
    world.pass_time(60)
    heard = whispered(away, world)
    assert heard == about(2, "Kürtçe", "İzmir", phrase("whisper_returned", "tr").text)
    everything = words(world, away.phone)
    for hers in (NAME, call.from_, call.from_[3:], "Karşıyaka"):
        assert hers not in everything


def test_a_province_that_she_did_not_tell_is_unknown_and_never_the_centre_s_own(world: World) -> None:
    away = world.person("operator", behaviour=Behaviour("answer"))
    world.exchange.call(fresh_number(), world.line.number, Behaviour())
    world.pass_time(40)
    heard = whispered(away, world)
    # No key at the greeting means Turkish.
    assert heard == about(2, "Türkçe", phrase("province_unknown", "tr").text)
    assert "Ankara" not in words(world, away.phone)


def test_who_takes_her_on_the_board_hears_the_same_on_her_own_telephone(world: World) -> None:
    first, second = (world.person("operator", languages=("tr", "ar"), behaviour=Behaviour("desk")) for _ in range(2))
    call = talks(world, first, key="3")
    tells(world, first, call, province_code="63", language="ar")
    world.ready(second)
    cut_off(world, first, call)
    contact_id = contact(world, call.sid).id
    assert world.do(lambda s: routing.accept(s, second.actor, contact_id, second.account_id)).won
    world.until(lambda: contact(world, call.sid).state == "connected", limit=60)
    assert whispered(second, world) == about(2, "Arapça", "Şanlıurfa", phrase("whisper_returned", "tr").text)


def test_who_has_called_before_is_said_to_have(world: World) -> None:
    away, caller = world.person("operator", behaviour=Behaviour("no_answer")), fresh_number()
    earlier = world.exchange.call(caller, world.line.number, Behaviour(hang_up_after=5.0))
    world.pass_time(20)
    assert earlier.over
    world.exchange.set_behaviour(away.phone, Behaviour("answer"))
    world.exchange.call(caller, world.line.number, Behaviour())
    world.pass_time(60)
    unknown = phrase("province_unknown", "tr").text
    assert whispered(away, world) == about(2, "Türkçe", unknown, phrase("whisper_repeat", "tr").text)
