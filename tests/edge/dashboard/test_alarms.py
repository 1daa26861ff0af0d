"""Alarms of the system: in words, in the bar of those who can act, and gone with their cause."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from core.actor import system
from core.clock import now
from hotline.models import Contact, SilentLine
from hotline.queries import kept_aside
from hotline.service.days import Open, note_unexplained
from staff import queries as staff
from staff.service import disable_contact_point, note_proof, suspect_contact_point
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import taken_call
from tests.support.house import Clock
from tests.support.line import fresh_number, fresh_sid


def told(browser: Browser, path: str = "/alarms") -> list[str]:
    return [alarm["text"] for alarm in browser.json(path)["alarms"]]


def test_a_line_that_nobody_serves_is_told_to_who_writes_the_rota(house: House, elsewhere: House) -> None:
    lead, operator = house.browser("shift_lead"), house.browser("operator")
    with house.desk.work() as session:
        name = next(line.name for line in staff.lines(session, centre_id=house.desk.centre_id))
    gap = f"Nobody is on duty: {name}"
    assert told(lead) == [gap]
    assert gap in shown(lead.get("/shifts"))
    assert told(operator) == []
    house.on_duty(operator, "operator")
    assert told(lead) == []
    assert told(elsewhere.browser("shift_lead")) == ["Nobody is on duty: Başka hat"]


def test_who_is_on_call_without_a_telephone_is_named_but_not_on_the_wall(house: House) -> None:
    lead, member = house.browser("shift_lead"), house.browser("oncall")
    house.on_duty(member, "oncall")
    assert told(lead) == []
    with house.desk.work() as session:
        [(_, point, _, _)] = staff.contact_point_states(session, [member.account_id])
        disable_contact_point(session, system("tests"), point, reason="lost")
    assert told(lead) == ["Elif Deneme: on call without a telephone"]
    assert told(lead, "/alarms?wall=1") == []


def test_a_page_that_went_up_its_whole_ladder_is_told_until_somebody_accepts(house: House, hand: Clock) -> None:
    operator, call = taken_call(house)
    member = house.browser("oncall")
    house.on_duty(member, "operator")
    assert operator.post(f"/contacts/{call}/escalate", {"reason": "language"}).status_code == 303
    [page] = operator.json("/board/snapshot")["pages"]
    alarm = f"{page['code']}: nobody accepts"
    assert told(member) == []
    hand.advance(3600)
    member = house.browser(account_id=member.account_id)
    # The pager says for itself that it found nobody, and finds nobody for that here either.
    assert alarm in told(member)
    assert told(house.browser("auditor")) == []
    assert member.post(f"/pages/{page['code']}/accept").status_code == 303
    assert alarm not in told(member)


def test_what_was_kept_aside_at_the_door_is_told_to_who_sets_up_the_lines(house: House) -> None:
    with house.desk.work() as session:
        before = kept_aside(session, 24 * 3600)
    sender = fresh_number()
    sid, _ = house.desk.line.text(sender, "merhaba")
    house.desk.line.text(sender, "başka", sid)
    form = {"CallSid": fresh_sid("CA"), "From": sender, "CallStatus": "ringing", "Direction": "inbound"}
    house.desk.line.post("/twilio/voice", {**form, "To": fresh_number()})
    conflicts, quarantined = told(house.browser("admin"))
    assert conflicts.startswith(f"{before.conflicts + 1} message")
    assert quarantined.startswith(f"{before.quarantined + 1} contact")
    assert told(house.browser("auditor")) == []


def test_who_is_shown_many_numbers_is_told_to_the_supervisors(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.contacts.UNMASK_LIMIT", 1)
    operator, call = taken_call(house, stepped_up=True)
    house.on_duty(operator, "operator")
    lead, director, auditor = (house.browser(role) for role in ("shift_lead", "director", "auditor"))
    for shown_before in range(3):
        assert told(lead) == (["Elif Deneme saw 2 numbers in an hour"] if shown_before == 2 else [])
        assert operator.post(f"/unmask/contact/{call}", {"reason": "emergency"}).status_code == 200
    assert told(lead) == told(director) == told(auditor) == ["Elif Deneme saw 3 numbers in an hour"]
    assert told(operator) == []


def test_her_pause_and_her_wish_to_talk_are_told_to_her_and_to_who_leads_alone(house: House) -> None:
    operator, lead, colleague = (
        house.browser("operator", ready=True),
        house.browser("shift_lead"),
        house.browser("operator"),
    )
    contact = house.desk.text("beni öldürecek")
    assert operator.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
    assert operator.post(f"/contacts/{contact}/close").status_code == 303
    [mine] = [text for text in told(operator) if "Time for yourself" in text]
    assert "How are you?" in mine
    assert not [text for one in (lead, colleague) for text in told(one) if "Time for yourself" in text]
    path = f"/intakes/{house.desk.intake(contact).id}"
    assert operator.save(path, {"operator_state": "needs_debrief", "version": "0"}).get_json()["errors"] == []
    assert [text for text in told(lead) if "would like to talk" in text] == ["Elif Deneme would like to talk"]
    assert not [text for text in told(colleague) if "would like to talk" in text]
    # Off and on again ends nothing before the minimum.
    for ready in ("", "1"):
        operator.post("/presence", {"ready": ready}, json=True)
    assert [text for text in told(operator) if "Time for yourself" in text]
    lead.save(path, {"operator_state": "ok", "version": "9"})
    assert not [text for text in told(lead) if "would like to talk" in text]


def test_who_ended_without_an_explanation_is_told_to_who_leads_until_somebody_is_asked(
    house: House, elsewhere: House
) -> None:
    lead, director, operator = (house.browser(role) for role in ("shift_lead", "director", "operator"))
    house.on_duty(operator, "operator")
    caller = fresh_number()
    sid, _ = house.desk.line.ring(caller)
    house.desk.line.status(sid, caller, "completed")
    with house.desk.work() as session:
        call = session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()
        session.execute(text("DELETE FROM core_due WHERE kind = 'paging.step'"))
        session.execute(text("DELETE FROM paging_pages WHERE contact_id = :of"), {"of": call.id})
        note_unexplained(session, [Open(call.centre_id, call.id, "voice", sid, "nobody_asked", call.received_at)])
    alarm = "1 contact without an explanation"
    assert told(lead) == told(director) == [alarm]
    assert told(operator) == told(elsewhere.browser("shift_lead", "operator"))[1:] == []
    page = lead.get("/night-acts")
    assert "not answered, and nobody is asked to do so" in shown(page)
    assert f'href="/contacts/{call.id}"' in page.text
    assert lead.post(f"/contacts/{call.id}/escalate", {"reason": "language"}).status_code == 303
    assert told(lead) == []
    assert "Without an explanation" not in shown(lead.get("/night-acts"))


def test_a_line_that_nobody_reaches_any_more_is_told_to_who_leads_and_who_sets_it_up(
    house: House, elsewhere: House
) -> None:
    lead, admin, operator = (house.browser(role) for role in ("shift_lead", "admin", "operator"))
    house.on_duty(operator, "operator")
    with house.desk.work() as session:
        line = next(line for line in staff.lines(session, centre_id=house.desk.centre_id))
        session.add(SilentLine(line_id=line.id, since=now(session)))
    [alarm] = [text for text in told(lead) if "quiet" in text]
    assert alarm.startswith(f"{line.name} is unusually quiet since")
    assert any("quiet" in text for text in told(admin))
    assert not any("quiet" in text for one in (operator, elsewhere.browser("shift_lead")) for text in told(one))
    house.desk.line.text(fresh_number(), "deneme")
    assert not any("quiet" in text for text in told(lead))


def test_a_telephone_that_did_not_answer_its_trial_is_told_to_its_owner_and_to_who_leads(house: House) -> None:
    lead, operator, colleague = (house.browser(role) for role in ("shift_lead", "operator", "operator"))
    house.on_duty(operator, "operator")
    with house.desk.work() as session:
        [(_, point, _, _)] = staff.contact_point_states(session, [operator.account_id])
        suspect_contact_point(session, point, "silent")
    assert told(lead) == ["Elif Deneme: the telephone did not answer the trial call"]
    assert told(operator) == ["Your telephone did not answer the trial call: tell your lead"]
    assert told(colleague) == []
    with house.desk.work() as session:
        note_proof(session, point)
    assert told(lead) == told(operator) == []
