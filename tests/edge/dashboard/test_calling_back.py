"""Whether she may be called stands on the page before anybody calls, for who may answer her; refusals are in words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.unit_of_work import run, unit_of_work
from hotline.models import CallBack, Send
from hotline.service import calls
from hotline.service.holding import hold
from intake import service as intake
from intake.service import Agreed
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import acts, taken_call


def ended_call(house: House, **agreed: Any) -> UUID:
    """A call that nobody answered, of a number with which this was agreed."""
    contact = house.desk.call()
    intake_id = house.desk.intake(contact).id
    scope = Scope.system("tests")
    with unit_of_work(house.ground) as session:
        intake.set_safe_contact(session, scope.actor, scope, intake_id, Agreed(**agreed))
    run(house.ground, lambda session: calls.call_over(session, *hold(session, contact)[:2], "completed"))
    return contact


def call_of(house: House, contact: UUID) -> CallBack | None:
    with unit_of_work(house.ground) as session:
        return session.scalars(select(CallBack).where(CallBack.of_contact_id == contact)).one_or_none()


def test_the_page_says_how_before_she_is_called_and_every_colleague_may(house: House) -> None:
    contact = ended_call(house, call="neutral")
    operator, colleague, on_call = (house.browser(role) for role in ("operator", "operator", "oncall"))
    for browser in (operator, colleague, on_call):
        page = browser.get(f"/contacts/{contact}")
        assert f'action="/contacts/{contact}/call-back"' in page.text
        for said in ("She will see", house.desk.line.number, "Say nothing that tells who we are.", "at any time"):
            assert said in shown(page)
    assert operator.post(f"/contacts/{contact}/call-back").status_code == 303
    row = call_of(house, contact)
    assert row is not None
    assert (row.state, row.account_id) == ("ringing", operator.account_id)
    assert [entry.detail for entry in acts(house, "call_back_asked", contact)] == [{"gate": "allowed"}]
    assert "Your telephone rings: answer it and press 1." in shown(operator.get(f"/contacts/{contact}"))
    theirs = colleague.get(f"/contacts/{contact}")
    assert "A colleague is calling her." in shown(theirs)
    assert "/call-back" not in theirs.text.replace('id="call-back"', "")
    assert "somebody is calling her" in shown(colleague.post(f"/contacts/{contact}/call-back"))
    assert colleague.post(f"/contacts/{contact}/call-back/off").status_code == 422
    assert operator.post(f"/contacts/{contact}/call-back/off").status_code == 303
    assert "The call was given up." in shown(operator.get(f"/contacts/{contact}"))


def test_where_the_gate_forbids_it_the_reason_stands_there_and_no_button(house: House) -> None:
    contact = ended_call(house, call="never", sms="ok")
    operator = house.browser("operator")
    page = operator.get(f"/contacts/{contact}")
    assert "We may not call her back now. Her safe contact forbids this way of reaching her." in shown(page)
    assert "/call-back" not in page.text.replace('id="call-back"', "")
    refused = operator.post(f"/contacts/{contact}/call-back")
    assert refused.status_code == 422
    assert "Her safe contact forbids this way of reaching her." in shown(refused)
    assert call_of(house, contact) is None
    assert [entry.detail for entry in acts(house, "call_back_asked", contact)] == [{"gate": "never"}]
    with unit_of_work(house.ground) as session:
        assert session.scalars(select(Send).where(Send.public, Send.centre_id == house.desk.centre_id)).all() == []


def test_what_cannot_be_is_refused_in_words(house: House) -> None:
    contact = ended_call(house, call="ok")
    without = house.browser("operator", phone=False)
    assert "You have no telephone" in shown(without.post(f"/contacts/{contact}/call-back"))
    operator, call = taken_call(house)
    assert "You have somebody on the line." in shown(operator.post(f"/contacts/{contact}/call-back"))
    assert "This is no call of ours." in shown(operator.post(f"/contacts/{call}/call-back/other"))
    assert "It is over already" in shown(operator.post(f"/contacts/{contact}/call-back/off"))
    assert call_of(house, contact) is None


def test_the_question_is_kept_with_what_was_agreed_and_shown_to_who_may_read_it(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}"
    operator.save(path, {"safe_question": "Koli geldi mi?", "safe_code_word": "mavi fincan", "safe_call": "ok"})
    run(house.ground, lambda session: calls.call_over(session, *hold(session, call)[:2], "completed"))
    again: Browser = house.browser(account_id=operator.account_id)
    assert again.post(f"/contacts/{call}/call-back").status_code == 303
    assert "Koli geldi mi?" in shown(again.get(f"/contacts/{call}"))
    colleague = house.browser("operator")
    assert "Koli geldi mi?" not in shown(colleague.get(f"/contacts/{call}"))
