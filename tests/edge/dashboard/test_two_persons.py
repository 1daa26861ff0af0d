"""Acts that need a second person: asked for and agreed to by day, done alone at night and looked at in the morning."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from core import clock
from core.clock import now
from core.unit_of_work import unit_of_work
from staff.rules import ISTANBUL
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import taken_call
from tests.support.house import Clock


@pytest.fixture
def _clock(hand: Clock) -> Clock:
    """Set back when the test ends."""
    return hand


pytestmark = pytest.mark.usefixtures("_clock")


def at(house: House, hour: int) -> None:
    """Go to the next Tuesday at this hour of Istanbul."""
    with unit_of_work(house.ground) as session:
        local = now(session).astimezone(ISTANBUL)
        days = (1 - local.weekday()) % 7 or 7
        wanted = datetime.combine(local.date() + timedelta(days=days), datetime.min.time(), ISTANBUL)
        clock.shift(session, wanted + timedelta(hours=hour) - local)


def in_danger(house: House) -> tuple[Browser, UUID, str]:
    """A call that its operator raised to level 1 by mistake: operator, contact, where its level is changed."""
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}/level"
    assert operator.post(path, {"level": "1"}).status_code == 303
    return operator, call, path


def dialog(page: TestResponse) -> str:
    """The form for lowering the level."""
    found = re.search(r'<dialog id="lower".*?</dialog>', page.text, re.DOTALL)
    return found[0] if found else ""


def figure(browser: Browser) -> int:
    """What stands beside the night acts in her rail, which is what her board says."""
    rail = re.search(r'<a href="/night-acts".*?</a>', browser.get("/").text, re.DOTALL)
    assert rail is not None
    count = re.search(r"<b[^>]*>(\d+)</b>", rail[0])
    drawn = int(count[1]) if count else 0
    assert browser.json("/board/snapshot")["acts"] == drawn
    return drawn


def due(browser: Browser, kind: str) -> list[dict[str, str]]:
    return [item for item in browser.json("/board/snapshot")["due"] if item["kind"] == kind]


def only_act(browser: Browser) -> str:
    """The one act that she may decide about."""
    found: list[str] = re.findall(r'name="id" value="([^"]+)"', browser.get("/night-acts").text)
    assert len(found) == 1
    return found[0]


def test_by_day_a_second_person_is_asked_and_then_the_level_is_lowered(house: House) -> None:
    at(house, 12)
    operator, call, path = in_danger(house)
    lead = house.browser("shift_lead")
    form = dialog(operator.get(f"/contacts/{call}"))
    assert 'value="ask"' in form
    assert 'value="alone"' not in form
    assert operator.post(path, {"level": "3", "reason": "yanlış tuş", "do": "alone"}).status_code == 422
    assert operator.post(path, {"do": "ask", "reason": " "}).status_code == 422
    assert (figure(lead), due(lead, "approve")) == (0, [])
    assert operator.post(path, {"do": "ask", "reason": "yanlış tuş", "level": "3"}).status_code == 303
    assert house.desk.intake(call).level == 1
    waits = operator.get(f"/contacts/{call}")
    assert "A second person was asked to agree" in shown(waits)
    assert "yanlış tuş" in dialog(waits)
    assert operator.post(path, {"level": "3", "reason": "yanlış tuş"}).status_code == 422

    assert figure(lead) == 1
    [item] = due(lead, "approve")
    assert (item["ref"], item["href"], item["owner"]) == ("Lower level 1", "/night-acts", "Elif Deneme")
    asked = lead.get("/night-acts")
    assert "yanlış tuş" in asked.text
    assert f'href="/contacts/{call}">{house.desk.intake(call).ref}</a>' in asked.text
    assert lead.post("/night-acts", {"id": only_act(lead), "decision": "confirm"}).status_code == 303
    assert figure(lead) == 0
    assert "A second person has agreed" in shown(operator.get(f"/contacts/{call}"))
    assert operator.post(path, {"level": "3", "reason": "yanlış tuş", "do": "lower"}).status_code == 303
    assert house.desk.intake(call).level == 3
    # What two agreed to by day is looked at by nobody again.
    assert figure(lead) == 0


def test_at_night_she_lowers_it_alone_and_is_told_before_what_follows(house: House, hand: Clock) -> None:
    at(house, 27)
    operator, call, path = in_danger(house)
    form = dialog(operator.get(f"/contacts/{call}"))
    assert 'value="alone"' in form
    assert "somebody else looks at it on" in form
    assert "09:00" in form
    refused = operator.post(path, {"level": "3", "reason": "", "do": "alone"})
    assert refused.status_code == 422
    assert "data-open" in dialog(refused)
    assert "Write the reason first." in dialog(refused)
    nothing = operator.post(path, {"reason": "yanlış tuş", "do": "alone"})
    assert nothing.status_code == 422
    assert "yanlış tuş" in dialog(nothing)
    assert operator.post(path, {"level": "3", "reason": "yanlış tuş", "do": "alone"}).status_code == 303
    assert house.desk.intake(call).level == 3
    again = operator.post(path, {"level": "1"})
    assert again.status_code == 303
    assert operator.post(path, {"level": "3", "reason": "yanlış tuş"}).status_code == 422

    hand.advance(6.5 * 3600, sweeping=False)
    lead = house.browser("shift_lead")
    assert figure(lead) == 1
    [item] = due(lead, "night_review")
    assert datetime.fromisoformat(item["due_at"]).astimezone(ISTANBUL).hour == 9
    # Who did it sees nothing to look at, whatever her role.
    assert house.browser("operator").json("/board/snapshot")["acts"] == 0
    assert lead.post("/night-acts", {"id": only_act(lead), "decision": "object"}).status_code == 303
    assert figure(lead) == 0
    assert due(lead, "night_review") == []


def test_a_supervisor_lowers_by_her_own_word_and_a_level_above_one_needs_nobody(house: House) -> None:
    at(house, 12)
    operator, call, path = in_danger(house)
    lead, director = house.browser("shift_lead"), house.browser("director")
    for supervisor in (lead, director):
        form = dialog(supervisor.get(f"/contacts/{call}"))
        assert 'name="do"' not in form
        assert 'name="reason"' in form
    assert director.post(path, {"level": "2", "reason": "yanlış tuş"}).status_code == 303
    assert operator.post(path, {"level": "3", "reason": "bilgi", "do": "alone"}).status_code == 303
    assert house.desk.intake(call).level == 3
    assert house.browser("shift_lead").json("/board/snapshot")["acts"] == 0


def test_who_may_not_lower_sees_no_form(house: House, elsewhere: House) -> None:
    at(house, 27)
    _operator, call, path = in_danger(house)
    colleague, stranger = house.browser("operator"), elsewhere.browser("shift_lead")
    assert dialog(colleague.get(f"/contacts/{call}")) == ""
    for other in (colleague, stranger):
        assert other.post(path, {"level": "3", "reason": "x", "do": "alone"}).status_code in (403, 404)
        assert other.post(path, {"reason": "x", "do": "ask"}).status_code in (403, 404)
    assert house.desk.intake(call).level == 1
    assert house.browser("shift_lead").json("/board/snapshot")["acts"] == 0


def test_a_reset_takes_two_supervisors_by_day(house: House) -> None:
    at(house, 12)
    operator, lead, director = (
        house.browser("operator"),
        house.browser("shift_lead", stepped_up=True),
        house.browser("director"),
    )
    path = f"/staff/{operator.account_id}"
    page = lead.get(path)
    assert 'value="reset_alone"' not in page.text
    assert lead.post(path, {"do": "disable"}).status_code == 403
    assert lead.post(path, {"do": "reset", "reason": " "}).status_code == 422
    assert lead.post(path, {"do": "reset_alone", "reason": "telefonu bozuldu"}).status_code == 422
    assert lead.post(path, {"do": "reset", "reason": "telefonu bozuldu"}).headers["Location"] == "/night-acts"
    assert operator.get("/").status_code == 200
    asked = director.get("/night-acts")
    assert "telefonu bozuldu" in asked.text
    assert f'href="/staff/{operator.account_id}"' in asked.text
    assert director.post("/night-acts", {"id": only_act(director), "decision": "confirm"}).status_code == 303
    assert "A second person has agreed" in shown(lead.get(path))
    assert "Shown once." in shown(lead.post(path, {"do": "reset", "reason": "telefonu bozuldu"}))
    assert operator.get("/").headers["Location"] == "/sign-in"


def test_a_lead_alone_at_night_resets_and_another_looks_at_it(house: House) -> None:
    at(house, 23)
    operator, lead, director = (
        house.browser("operator"),
        house.browser("shift_lead", stepped_up=True),
        house.browser("director"),
    )
    path = f"/staff/{operator.account_id}"
    page = lead.get(path)
    assert 'value="reset_alone"' in page.text
    assert "somebody else looks at it on" in shown(page)
    refused = lead.post(path, {"do": "reset_alone", "reason": ""})
    assert refused.status_code == 422
    assert "Write the reason first." in shown(refused)
    assert operator.get("/").status_code == 200
    assert "Shown once." in shown(lead.post(path, {"do": "reset_alone", "reason": "telefonu bozuldu"}))
    assert operator.get("/").headers["Location"] == "/sign-in"
    assert figure(lead) == 0
    assert figure(director) == 1
    assert director.post("/night-acts", {"id": only_act(director), "decision": "confirm"}).status_code == 303
    assert figure(director) == 0


def test_nobody_resets_her_own_sign_in_or_without_the_right(house: House) -> None:
    at(house, 23)
    operator, lead, admin = (
        house.browser("operator", stepped_up=True),
        house.browser("shift_lead", stepped_up=True),
        house.browser("admin", stepped_up=True),
    )
    own = lead.post(f"/staff/{lead.account_id}", {"do": "reset_alone", "reason": "x"})
    assert own.status_code == 422
    assert "reset by somebody else" in shown(own)
    assert 'value="reset_alone"' not in lead.get(f"/staff/{lead.account_id}").text
    path = f"/staff/{operator.account_id}"
    refused = admin.post(path, {"do": "reset_alone", "reason": "x"})
    assert "needs two supervisors" in shown(refused)
    assert operator.post(path, {"do": "reset_alone", "reason": "x"}).status_code == 403
    assert operator.get("/").status_code == 200
