"""What the workspace does with a conversation: refused with a reason where it cannot be, sealed where it is content."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from sqlalchemy import select, text

from core.facts import StoredFact
from core.unit_of_work import run, unit_of_work
from hotline.models import Call, StepOut
from hotline.service import stepping_out
from hotline.service.holding import hold
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_workspace import taken_call
from tests.edge.routing.test_calling_in import JOINS, Talk, talking
from tests.support.desk import Desk
from tests.support.world import World


def test_what_she_answered_by_key_is_read_in_the_story_and_sealed_below_it(house: House) -> None:
    operator, call = taken_call(house)
    with unit_of_work(house.ground) as session:
        session.get_one(Call, call).stage = "talking"
    assert operator.post(f"/contacts/{call}/ask-by-key", {"question": "hurt"}).status_code == 303
    assert operator.post(f"/contacts/{call}/ask-by-key", {"question": "hurt"}).status_code == 422
    with unit_of_work(house.ground) as session:
        out_id = session.scalars(select(StepOut.id).where(StepOut.contact_id == call)).one()
    run(house.ground, lambda session: stepping_out.answered(session, hold(session, call), out_id, "2"))
    case = operator.post(f"/intakes/{house.desk.intake(call).id}/open-case").headers["Location"]
    assert "Are you hurt? Pressed 2: no" in unescape(operator.get(case).text)
    with unit_of_work(house.ground) as session:
        facts = select(StoredFact.payload).where(StoredFact.contact_id == call, StoredFact.kind == "KeyAnswered")
        assert session.scalars(facts).all() == [{"out_id": str(out_id), "outcome": "key"}]
        row = session.execute(
            text("SELECT question_sealed, answer_sealed FROM hotline_steps_out WHERE id = :id"), {"id": out_id}
        ).one()
    assert b"hurt" not in bytes(row.question_sealed)
    assert bytes(row.answer_sealed) != b"no"


def test_what_cannot_be_is_refused_with_a_reason(house: House) -> None:
    operator, call = taken_call(house)
    for path, fields, reason in (
        ("voice", {"muted": "0"}, "Your telephone is not with her."),
        ("ask-by-key", {}, "She cannot be asked by key now."),
        ("hold", {"hold": "1"}, "She cannot be put on hold now."),
        ("call-in", {"account": "x"}, "Choose whom to call in."),
        ("call-in", {"account": str(operator.account_id)}, "This person cannot be called in now."),
        ("hand-over", {"do": "leave"}, "Only who has her may do this."),
    ):
        answer = operator.post(f"/contacts/{call}/{path}", fields)
        assert (path, answer.status_code, reason in unescape(answer.text)) == (path, 422, True)


def listed(page: str) -> list[tuple[str, str]]:
    """The people of the list from which one is called in, each with the group she stands in."""
    found = page.split('id="call-in-who"', 1)[1].split("</select>", 1)[0]
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', found) or [("", found)]
    return [(group, one) for group, people in groups for one in re.findall(r'<option value="([0-9a-f-]{36})"', people)]


def test_women_stand_first_where_somebody_is_called_in_unless_she_said_that_it_need_not_be_one(
    world: World, app: Flask
) -> None:
    talk: Talk = talking(world)
    # He speaks her language, and she does not: for a ring he would come first of the two.
    man = world.person("operator", behaviour=JOINS, gender="male", languages=("tr", "en"))
    house = House(app, Desk(world.line))
    operator = house.browser(account_id=talk.first.account_id)
    page = operator.get(f"/contacts/{talk.contact_id}")
    assert listed(page.text) == [("", str(man.account_id))]
    assert "No woman is free now." in shown(page)
    woman = world.person("operator", behaviour=JOINS, languages=("tr", "ku"))
    page = operator.get(f"/contacts/{talk.contact_id}")
    assert listed(page.text) == [("Women", str(woman.account_id)), ("Others", str(man.account_id))]
    assert "Women stand first: she has not said that it need not be one." in shown(page)
    intake = f"/intakes/{house.desk.intake(talk.contact_id).id}"
    assert operator.save(intake, {"anybody_may_answer": "1", "version": "0"}).status_code == 200
    page = operator.get(f"/contacts/{talk.contact_id}")
    assert listed(page.text) == [("", str(man.account_id)), ("", str(woman.account_id))]
    assert "call-in-women" not in page.text
